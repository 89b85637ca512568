//! The command line of `explain`, made of the questions that the capabilities answer.

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::error::Error;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use luminarys_grants::{Flag, Target, questions};

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// The skill's id.
    pub skill: String,
    /// The capability to use.
    #[arg(value_parser = names())]
    pub capability: String,
    #[arg(default_value = "", hide_default_value = true, help = targets())]
    pub target: String,
    #[command(flatten)]
    pub flags: Flags,
    /// Print the answer as a JSON object.
    #[arg(long)]
    pub json: bool,
}

/// The options that are given, with their values; empty for a switch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags(pub Vec<(&'static str, String)>);

impl Flags {
    /// Every option of a question, once.
    fn all() -> Vec<&'static Flag> {
        let mut all: Vec<&Flag> = Vec::new();
        for flag in questions().flat_map(|question| question.flags) {
            if !all.iter().any(|known| known.name == flag.name) {
                all.push(flag);
            }
        }
        all
    }

    /// Returns the names of the questions that take an option.
    pub fn fitting(name: &str) -> Vec<&'static str> {
        let takes = |flags: &[Flag]| flags.iter().any(|flag| flag.name == name);
        let fitting = questions().filter(|question| takes(question.flags));
        fitting.map(|question| question.name).collect()
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        let given = |flag: &Flag| match flag.value {
            Some(_) => matches.get_one::<String>(flag.name).cloned(),
            None => matches.get_flag(flag.name).then(String::new),
        };
        let all = Self::all().into_iter();
        self.0
            .extend(all.filter_map(|flag| Some((flag.name, given(flag)?))));
        Ok(())
    }
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        let made = |flag: &'static Flag| {
            let fitting = Self::fitting(flag.name).into_iter();
            let fitting: Vec<String> = fitting.map(|name| format!("`{name}`")).collect();
            let help = format!("For {}: {}", fitting.join(" and "), flag.help);
            let argument = Arg::new(flag.name).long(flag.name).help(help);
            match flag.value {
                Some(value) => argument.value_name(value),
                None => argument.action(ArgAction::SetTrue),
            }
        };
        command.args(Self::all().into_iter().map(made))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn names() -> PossibleValuesParser {
    let value = questions().map(|question| PossibleValue::new(question.name).help(question.help));
    PossibleValuesParser::new(value)
}

/// What the questions are about, for people.
fn targets() -> String {
    let mut needed: Vec<&str> = Vec::new();
    let mut others = String::new();
    for question in questions() {
        match question.target {
            Target::Needed(what) if !needed.contains(&what) => needed.push(what),
            Target::Needed(_) => {}
            Target::Optional(what, _) => {
                others += &format!("; for `{}` {what}", question.name);
            }
            Target::Nothing(_) => others += &format!("; nothing for `{}`", question.name),
        }
    }
    let mut text = format!("{}{others}", needed.join(", "));
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

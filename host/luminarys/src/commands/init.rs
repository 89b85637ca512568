//! `luminarys init`

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use luminarys_grants::command;
use luminarys_text::visible;
use serde_json::json;

use super::made::Made;
use crate::cli::Init;
use crate::config::Config;
use crate::exit;
use crate::output;

/// The variable that holds the token.
const TOKEN: &str = "LUMINARYS_TOKEN";
/// Bytes of a token.
const TOKEN_BYTES: usize = 32;

pub(super) fn run(named: Option<&Path>, arguments: &Init) -> anyhow::Result<u8> {
    if let Some(file) = named {
        bail!(
            "--config names a configuration that is there, and `init` makes one: luminarys init {}",
            file.parent().unwrap_or(Path::new("")).display()
        );
    }
    let directory = arguments.directory.as_deref().unwrap_or(Path::new("."));
    let directory = std::path::absolute(directory)?;
    let files = Files::in_directory(&directory)?;
    let mut made = Made::default();
    files.make(&mut made)?;
    // What was made must be usable, whatever stood beside it before.
    let config = Config::find(Some(&files.config)).context(
        "the configuration was not made: with what is there already it could not be used",
    )?;
    made.keep();
    let is_named = std::env::var_os("LUMINARYS_CONFIG").is_some_and(|name| !name.is_empty());
    let is_here = std::env::current_dir().is_ok_and(|current| current == directory);
    let more = match is_here && !is_named {
        true => Vec::new(),
        false => vec!["--config".to_owned(), files.config.display().to_string()],
    };
    let line = |words: &[&str]| {
        let words = words.iter().map(|word| (*word).to_owned());
        command::join(&words.chain(more.clone()).collect::<Vec<_>>())
    };
    let steps = [
        (
            line(&["luminarys", "add", "FILE"]),
            "a package, and what it may do",
        ),
        (line(&["luminarys", "connect"]), "a client that uses it"),
        (
            line(&["luminarys", "serve"]),
            "serves clients over HTTP, with the token",
        ),
    ];
    if std::env::var_os(TOKEN).is_some_and(|token| !token.is_empty()) {
        output::tell(format_args!(
            "{TOKEN} is set in the environment of this shell and comes before the one in {}; unset it to use that",
            files.token.display()
        ));
    }
    if arguments.json {
        output::print_json(&json!({
            "config": files.config,
            "token_file": files.token,
            "skills_dir": files.skills,
            "data_dir": config.settings.data_dir,
            "audit_log": config.settings.audit.map(|audit| audit.path),
            "next": steps.map(|(line, _)| line),
        }))?;
        return Ok(exit::OK);
    }
    let mut text = String::new();
    for (what, path) in [
        ("configuration", &files.config),
        ("token", &files.token),
        ("skills", &files.skills),
        ("their state", &files.data),
    ] {
        text.push_str(&format!(
            "{what:<14} {}\n",
            visible(&path.display().to_string())
        ));
    }
    let width = steps
        .iter()
        .map(|(line, _)| line.len())
        .max()
        .unwrap_or_default();
    text.push_str("\nNext:\n");
    for (line, what) in &steps {
        text.push_str(&format!("  {:<width$}   {what}\n", visible(line)));
    }
    output::print(&text)?;
    Ok(exit::OK)
}

/// What is made.
struct Files {
    directory: PathBuf,
    config: PathBuf,
    token: PathBuf,
    skills: PathBuf,
    data: PathBuf,
}

impl Files {
    /// Finds a place for each in `directory`.
    ///
    /// # Errors
    /// What is there already.
    fn in_directory(directory: &Path) -> anyhow::Result<Self> {
        let at = |name: &str| directory.join(name);
        let is_there = |path: &Path| fs::symlink_metadata(path).is_ok();
        for name in ["luminarys.yaml", "host.yaml"] {
            let config = at(name);
            if is_there(&config) {
                bail!(
                    "{} is there already and was left as it is; name another directory: luminarys init DIRECTORY",
                    config.display()
                );
            }
        }
        // The second comes before the first where both have a variable.
        let mut places = [at(".env"), at(".env.local")].into_iter();
        let token = places.find(|place| !is_there(place));
        let token = token.with_context(|| {
            let directory = directory.display();
            format!(
                "{directory} has .env and .env.local, one of which would hold the token; both were left as they are; name \
                 another directory: luminarys init DIRECTORY"
            )
        })?;
        Ok(Self {
            config: at("luminarys.yaml"),
            token,
            skills: at("skills"),
            data: at("data"),
            directory: directory.to_owned(),
        })
    }

    /// Makes all of them; `made` is told of each.
    ///
    /// # Errors
    /// The operating system's.
    fn make(&self, made: &mut Made) -> anyhow::Result<()> {
        made.directory(&self.directory, 0o755)?;
        made.directory(&self.skills, 0o755)?;
        made.directory(&self.data, 0o700)?;
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|error| anyhow::anyhow!("the system gave no random bytes: {error}"))?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let token = format!(
            "# What clients over HTTP show (http.auth.tokens). Whoever has it can call the skills: keep it to yourself.\n\
             {TOKEN}={token}\n"
        );
        made.file(&self.token, token.as_bytes(), 0o600)?;
        let name = self.token.file_name().unwrap_or_default();
        let config = config(&name.to_string_lossy());
        made.file(&self.config, config.as_bytes(), 0o644)
    }
}

/// The configuration, with the token in the file of this name.
fn config(token: &str) -> String {
    format!(
        "# A Luminarys host. `luminarys serve --help` names every section, README.md every key;\n\
         # `luminarys check` says what of it would be refused or ignored.\n\
         \n\
         # Manifests. `luminarys add` puts one there for each package.\n\
         skills: [\"skills/*.yaml\"]\n\
         \n\
         # Public keys of those whose packages run. `luminarys add` asks before it adds one.\n\
         trust: []\n\
         \n\
         http:\n\
         \x20 addr: 127.0.0.1:8080\n\
         \x20 # The token itself is in {token}, which only you can read.\n\
         \x20 auth: {{ tokens: [\"${{{TOKEN}:?it is in {token} beside the configuration}}\"] }}\n\
         \n\
         # What skills keep between calls.\n\
         data_dir: data\n\
         \n\
         # What was decided, and by which line of a manifest: `luminarys audit`.\n\
         audit: {{ path: data/audit.jsonl, keep_days: 90 }}\n"
    )
}

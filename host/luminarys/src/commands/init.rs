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
            "--config names an existing configuration, and `init` creates one: luminarys init {}",
            file.parent().unwrap_or(Path::new("")).display()
        );
    }
    let directory = arguments.directory.as_deref().unwrap_or(Path::new("."));
    let directory = std::path::absolute(directory)?;
    let files = Files::in_directory(&directory)?;
    let mut made = Made::default();
    files.make(&mut made)?;
    // The new configuration must be valid together with the files that were there before.
    let config = Config::find(Some(&files.config)).context(
        "the configuration was not created: it would not be valid with the files that exist already",
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
            "adds a package and its grants",
        ),
        (line(&["luminarys", "connect"]), "configures a client"),
        (
            line(&["luminarys", "serve"]),
            "serves clients over HTTP, with the token",
        ),
    ];
    if std::env::var_os(TOKEN).is_some_and(|token| !token.is_empty()) {
        output::tell(format_args!(
            "{TOKEN} is set in the environment of this shell and overrides the one in {}; unset it to use that",
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

/// The files and directories to create.
struct Files {
    directory: PathBuf,
    config: PathBuf,
    token: PathBuf,
    skills: PathBuf,
    data: PathBuf,
}

impl Files {
    /// Chooses their paths in `directory`.
    ///
    /// # Errors
    /// Fails if the file exists.
    fn in_directory(directory: &Path) -> anyhow::Result<Self> {
        let at = |name: &str| directory.join(name);
        let is_there = |path: &Path| fs::symlink_metadata(path).is_ok();
        for name in ["luminarys.yaml", "host.yaml"] {
            let config = at(name);
            if is_there(&config) {
                bail!(
                    "{} exists already and was not changed; name another directory: luminarys init DIRECTORY",
                    config.display()
                );
            }
        }
        // The second overrides the first.
        let mut places = [at(".env"), at(".env.local")].into_iter();
        let token = places.find(|place| !is_there(place));
        let token = token.with_context(|| {
            let directory = directory.display();
            format!(
                "{directory} has .env and .env.local, one of which would have to hold the token; neither was changed; name \
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

    /// Creates all of them, and records each in `made`.
    ///
    /// # Errors
    /// The operating system's error.
    fn make(&self, made: &mut Made) -> anyhow::Result<()> {
        made.directory(&self.directory, 0o755)?;
        made.directory(&self.skills, 0o755)?;
        made.directory(&self.data, 0o700)?;
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|error| anyhow::anyhow!("the system has no random bytes: {error}"))?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let token = format!(
            "# The token of HTTP clients (http.auth.tokens). Anyone who has it can call the skills: keep it secret.\n\
             {TOKEN}={token}\n"
        );
        made.file(&self.token, token.as_bytes(), 0o600)?;
        let name = self.token.file_name().unwrap_or_default();
        let config = config(&name.to_string_lossy());
        made.file(&self.config, config.as_bytes(), 0o644)
    }
}

/// Returns the configuration's text, with the token in the file of this name.
fn config(token: &str) -> String {
    format!(
        "# A Luminarys host. `luminarys serve --help` names every section, README.md every key;\n\
         # `luminarys check` reports what in it is invalid or ignored.\n\
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

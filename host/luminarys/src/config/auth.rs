//! Interprets `http.auth`: which clients are admitted over HTTP.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use luminarys_grants::yaml::YamlError;
use luminarys_mcp::{
    AuthOptions, ClientRule, Token, TokenClient, ToolFilter, check_client_name, check_tool_pattern,
};
use luminarys_orchestrator::NetworkOptions;
use luminarys_text::{check_credential, short_credential};
use serde_saphyr::{Location, Spanned};

use super::oauth;
use super::raw::{RawAuth, RawClient, RawRule, Text};
use super::reader::Reader;

/// The longest file of a token, in bytes.
const MAX_TOKEN: u64 = 64 << 10;

/// The section `http.auth`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Auth {
    pub options: AuthOptions,
    /// The known tokens, which are redacted in logs.
    pub secrets: Vec<String>,
    /// The files with tokens.
    pub files: Vec<PathBuf>,
}

/// Reads the section `http.auth`; adds to `notes` what is probably a mistake.
///
/// # Errors
/// [`YamlError`] with file, line and column.
pub(super) fn read(
    reader: &Reader<'_>,
    raw: &RawAuth,
    network: &NetworkOptions,
    notes: &mut Vec<String>,
) -> Result<Auth, YamlError> {
    let mut reading = Reading {
        reader,
        notes,
        names: HashMap::new(),
        tokens: HashMap::new(),
        auth: Auth::default(),
    };
    reading.plain(&raw.tokens)?;
    for (index, client) in raw.clients.iter().enumerate() {
        reading.client(&format!("http.auth.clients[{index}]"), client)?;
    }
    if let Some(raw) = &raw.oauth {
        let mut own = Vec::new();
        let mut rule =
            |key: &str, place: Location, raw: &RawRule<'_>| reading.rule(key, place, raw);
        let options = oauth::read(reader, raw, network, &mut own, &mut rule)?;
        reading.auth.options.oauth = Some(options);
        reading.notes.extend(own);
    }
    Ok(reading.auth)
}

/// The parts read so far.
struct Reading<'a, 'r> {
    reader: &'a Reader<'r>,
    notes: &'a mut Vec<String>,
    /// The key where each name was read.
    names: HashMap<String, String>,
    /// The key where each token was read.
    tokens: HashMap<Token, String>,
    auth: Auth,
}

impl Reading<'_, '_> {
    fn note(&mut self, place: Location, note: String) {
        self.notes.push(self.reader.at(place, note).to_string());
    }

    /// Reads the tokens without a rule.
    fn plain(&mut self, texts: &[Text]) -> Result<(), YamlError> {
        let list = "http.auth.tokens";
        let tokens = self.reader.list(list, texts, |token| {
            check_credential(token).map_err(|error| error.to_string())
        })?;
        for (index, (text, place)) in tokens.into_iter().zip(texts).enumerate() {
            let (key, place) = (format!("{list}[{index}]"), place.referenced);
            if let Some(reason) = short_credential(&text) {
                self.note(place, format!("{key} {reason}"));
            }
            let token = self.token_of(&key, &text, place)?;
            match self.tokens.get(&token) {
                Some(first) => {
                    let note = format!(
                        "{key} is the same as {first}: clients with it are one client; give each its own"
                    );
                    self.note(place, note);
                }
                None => {
                    self.tokens.insert(token, key);
                    self.auth.options.tokens.push(token);
                }
            }
            self.auth.secrets.push(text);
        }
        Ok(())
    }

    fn client(&mut self, key: &str, raw: &Spanned<RawClient>) -> Result<(), YamlError> {
        let place = raw.referenced;
        let rule = self.rule(key, place, &raw.value.rule())?;
        let (of, token) = self.token(key, place, &raw.value)?;
        if let Some(first) = self.tokens.insert(token, key.to_owned()) {
            let message = format!(
                "{key}: its token is that of {first} already; give each client its own, as of `openssl rand -hex 16`"
            );
            return Err(self.reader.at(of, message));
        }
        self.auth.options.clients.push(TokenClient { token, rule });
        Ok(())
    }

    /// Reads the token of a client and its place. Exactly one key gives it.
    fn token(
        &mut self,
        key: &str,
        place: Location,
        raw: &RawClient,
    ) -> Result<(Location, Token), YamlError> {
        let given = [
            ("token", &raw.token),
            ("token_from_env", &raw.token_from_env),
            ("token_from_file", &raw.token_from_file),
            ("token_sha256", &raw.token_sha256),
        ];
        let mut given = given
            .into_iter()
            .filter_map(|(way, text)| Some((way, text.as_ref()?)));
        let (Some((way, text)), None) = (given.next(), given.next()) else {
            let message = format!(
                "{key}: a client has one of `token`, `token_from_env`, `token_from_file` and `token_sha256`"
            );
            return Err(self.reader.at(place, message));
        };
        let (key, place) = (format!("{key}.{way}"), text.referenced);
        let failed = |reader: &Reader<'_>, reason: &str| reader.at(place, format!("{key}{reason}"));
        let value = match way {
            "token_from_file" => {
                let file = self.reader.path(&key, Some(text))?.unwrap_or_default();
                // Recorded even if it cannot be read, since it is read again later.
                self.auth.files.push(file.clone());
                if let Some(note) = exposed(&file) {
                    self.note(place, format!("{key}: {note}"));
                }
                let read = read_token(&file);
                read.map_err(|reason| {
                    let file = file.display();
                    failed(self.reader, &format!(": {file} cannot be read: {reason}"))
                })?
            }
            "token_from_env" => {
                let name = self.reader.text(&key, Some(text))?.unwrap_or_default();
                let value = self.reader.environment.get(&name);
                value.ok_or_else(|| {
                    failed(self.reader, &format!(": the variable {name} is not set"))
                })?
            }
            "token_sha256" => {
                let digest = self.reader.text(&key, Some(text))?.unwrap_or_default();
                let token = Token::from_hexadecimal(&digest);
                let reason = ": this is not the SHA-256 of a token, 64 hexadecimal digits as `printf %s TOKEN | sha256sum` prints";
                return Ok((place, token.ok_or_else(|| failed(self.reader, reason))?));
            }
            _ => self.reader.text(&key, Some(text))?.unwrap_or_default(),
        };
        if let Some(reason) = short_credential(&value) {
            self.note(place, format!("{key} {reason}"));
        }
        let token = self.token_of(&key, &value, place)?;
        self.auth.secrets.push(value);
        Ok((place, token))
    }

    fn token_of(&self, key: &str, text: &str, place: Location) -> Result<Token, YamlError> {
        Token::new(text).map_err(|error| self.reader.at(place, format!("{key} {error}")))
    }

    /// Reads a client's name and rights; the name is unique.
    fn rule(
        &mut self,
        key: &str,
        place: Location,
        raw: &RawRule<'_>,
    ) -> Result<ClientRule, YamlError> {
        let reader = self.reader;
        let Some(text) = raw.name else {
            return Err(reader.at(place, format!("{key}: a client needs a `name`")));
        };
        let of_name = format!("{key}.name");
        let name = reader.text(&of_name, Some(text))?.unwrap_or_default();
        let refused = |reason: String| reader.at(text.referenced, reason);
        check_client_name(&name)
            .map_err(|error| refused(format!("{of_name}: {name:?} {error}")))?;
        if let Some(first) = self.names.insert(name.clone(), key.to_owned()) {
            return Err(refused(format!(
                "{of_name}: {name:?} is the name of {first} already; give each client its own"
            )));
        }
        let mut rule = ClientRule::new(name);
        let metrics = reader.switch(&format!("{key}.metrics"), raw.metrics)?;
        rule.metrics = metrics.unwrap_or(false);
        if let Some(patterns) = raw.tools {
            let list = reader.list(&format!("{key}.tools"), patterns, |pattern| {
                check_tool_pattern(pattern).map_err(|error| format!("is {pattern:?}: {error}"))
            })?;
            rule.tools = ToolFilter::new(list)
                .map_err(|error| reader.at(place, format!("{key}.tools: {error}")))?;
            if patterns.is_empty() && !rule.metrics {
                let note = format!(
                    "{key}.tools is empty, so the client may call nothing; leave it out to allow every tool"
                );
                self.note(place, note);
            }
        }
        let of_rate = format!("{key}.calls_per_minute");
        let rate = reader.whole(&of_rate, raw.calls_per_minute, 1..=u32::MAX.into())?;
        rule.calls_per_minute = rate.and_then(NonZeroU32::new);
        Ok(rule)
    }
}

/// Reads the token in a file, without the line end.
fn read_token(file: &Path) -> Result<String, String> {
    let text = luminarys_files::read_text(file, MAX_TOKEN).map_err(|error| error.to_string())?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

/// Returns what is wrong with the permissions of a token's file.
#[cfg(unix)]
fn exposed(file: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(file).ok()?.permissions().mode();
    (mode & 0o077 != 0).then(|| {
        let (file, mode) = (file.display(), mode & 0o7777);
        format!("other users of this machine may read or change {file} (mode {mode:04o}); `chmod 600` keeps it to its owner")
    })
}

#[cfg(not(unix))]
fn exposed(_: &Path) -> Option<String> {
    None
}

//! What a package says it needs, against what its manifest grants.

use crate::denial::offer;
use crate::grants::Grants;
use crate::manifest::split_mode;
use crate::path_set::is_beneath;
use crate::pattern::Pattern;
use crate::url_pattern::UrlPattern;

/// Whether a requirement is met, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequirementVerdict {
    /// Whether it is met.
    pub granted: bool,
    /// The manifest entry that meets it, or why none does.
    pub why: String,
    /// The YAML line to add when it is not met.
    pub missing: Option<String>,
}

impl RequirementVerdict {
    fn met(why: impl Into<String>) -> Self {
        Self {
            granted: true,
            why: why.into(),
            missing: None,
        }
    }

    fn unmet(why: impl Into<String>, line: String) -> Self {
        Self {
            granted: false,
            why: why.into(),
            missing: Some(line),
        }
    }
}

impl Grants {
    /// Checks one requirement of a package against these grants. An operator may grant more than is asked, never less:
    /// a requirement is met by an entry that matches its pattern taken as plain text.
    pub fn requirement(&self, kind: &str, pattern: &str, mode: Option<&str>) -> RequirementVerdict {
        match kind {
            "fs" => self.fs_requirement(pattern, mode),
            "http" => listed(self.http.enabled, &self.http.allowlist, "http", pattern),
            "ws" if self.http.enabled && !self.http.websocket => RequirementVerdict::unmet(
                "permissions.http.allow_websocket is off",
                "permissions.http.allow_websocket: true".to_owned(),
            ),
            "ws" => listed(self.http.enabled, &self.http.allowlist, "http", pattern),
            "tcp" => listed(self.tcp.enabled, &self.tcp.allowlist, "tcp", pattern),
            "shell" if self.shell.unrestricted() => RequirementVerdict::met(
                "permissions.shell.allowlist is empty, which allows every command",
            ),
            "shell" => listed(self.shell.enabled, &self.shell.allowlist, "shell", pattern),
            "env" if self.env.contains_key(pattern) => {
                RequirementVerdict::met(format!("env.{pattern} is set"))
            }
            "env" => {
                let line = format!("env: {{ {pattern}: \"…\" }}");
                RequirementVerdict::unmet(format!("the manifest's env has no {pattern}"), line)
            }
            "invoke" => match self.invoke.may_invoke(pattern) {
                Ok(()) => RequirementVerdict::met("invoke_policy.can_invoke lists it"),
                Err(denial) => RequirementVerdict::unmet(denial.reason, denial.rule),
            },
            "llm" => match self.llm.decide() {
                Ok(rule) => RequirementVerdict::met(rule),
                Err(denial) => RequirementVerdict::unmet(denial.reason, denial.rule),
            },
            "file_transfer" if self.file_transfer => {
                RequirementVerdict::met("permissions.file_transfer is enabled")
            }
            "file_transfer" => RequirementVerdict::unmet(
                "permissions.file_transfer is not enabled",
                "permissions.file_transfer.enabled: true".to_owned(),
            ),
            other => RequirementVerdict {
                granted: false,
                why: format!("this host does not offer the capability {other:?}"),
                missing: None,
            },
        }
    }

    fn fs_requirement(&self, pattern: &str, mode: Option<&str>) -> RequirementVerdict {
        let (path, suffix_writable) = split_mode(pattern);
        let writable = suffix_writable || mode == Some("rw");
        let wanted = path.strip_suffix("/**").unwrap_or(path);
        let enabled = self.filesystem.enabled();
        let entry = format!("{wanted}:{}", if writable { "rw" } else { "ro" });
        let line = offer("permissions.fs", enabled, "dirs", &[entry]);
        if !enabled {
            return RequirementVerdict::unmet("permissions.fs is not enabled", line);
        }
        let mut read_only = None;
        for entry in self.filesystem.entries() {
            let literal = is_beneath(wanted, &entry.pattern);
            if literal
                || covers(&entry.pattern, wanted)
                || covers(&format!("{}/**", entry.pattern), wanted)
            {
                if entry.writable || !writable {
                    return RequirementVerdict::met(entry.rule.clone());
                }
                read_only = Some(&entry.rule);
            }
        }
        match read_only {
            Some(rule) => RequirementVerdict::unmet(format!("{rule} grants it read-only"), line),
            None => RequirementVerdict::unmet("no entry of permissions.fs.dirs covers it", line),
        }
    }
}

/// A pattern as it is written.
trait Written {
    fn written(&self) -> &str;
}

impl Written for Pattern {
    fn written(&self) -> &str {
        self.as_str()
    }
}

impl Written for UrlPattern {
    fn written(&self) -> &str {
        self.as_str()
    }
}

fn listed<P: Written>(
    enabled: bool,
    list: &[(P, String)],
    section: &str,
    wanted: &str,
) -> RequirementVerdict {
    let line = offer(
        &format!("permissions.{section}"),
        enabled,
        "allowlist",
        &[wanted.to_owned()],
    );
    if !enabled {
        return RequirementVerdict::unmet(format!("permissions.{section} is not enabled"), line);
    }
    match list
        .iter()
        .find(|(pattern, _)| covers(pattern.written(), wanted))
    {
        Some((_, rule)) => RequirementVerdict::met(rule.clone()),
        None => RequirementVerdict::unmet(
            format!("no entry of permissions.{section}.allowlist covers it"),
            line,
        ),
    }
}

/// Whether everything that `wanted` asks for is allowed by `granted`: `granted` matches it as plain text, where a
/// single `*` cannot stand for the wider `**`.
fn covers(granted: &str, wanted: &str) -> bool {
    if granted == wanted || granted == "**" {
        return true;
    }
    // A pair of stars becomes a name with a slash, which a single `*` stops at.
    let plain = wanted.replace("**", "\u{1}/\u{1}");
    Pattern::new(granted).is_ok_and(|pattern| pattern.matches(&plain))
}

#[cfg(test)]
mod tests {
    use crate::{Grants, Manifest};

    #[test]
    fn requirements_against_a_manifest() {
        let dir = std::env::temp_dir();
        let dir = dir.to_str().unwrap();
        let text = format!(
            "id: a\npath: b\nenv: {{KEY: v}}\npermissions:\n  fs: {{enabled: true, dirs: ['{dir}:rw', '/usr:ro']}}\n  \
             http: {{enabled: true, allowlist: ['https://api.test/**']}}\n  tcp: {{enabled: true, allowlist: ['*:5432']}}\n  \
             shell: {{enabled: true, allowlist: ['git **', 'go *']}}\n"
        );
        let grants = Grants::open(&Manifest::parse("m.yaml", &text, &|_| None).unwrap()).unwrap();
        for (kind, pattern, mode, granted) in [
            ("fs", format!("{dir}/x/**"), Some("rw"), true),
            ("fs", format!("{dir}/**:rw"), None, true),
            ("fs", dir.to_owned(), None, true),
            ("fs", "/usr/**".to_owned(), Some("rw"), false),
            ("fs", "/usr/**".to_owned(), Some("ro"), true),
            ("fs", "/usr2".to_owned(), None, false),
            ("fs", "/**".to_owned(), None, false),
            ("http", "https://api.test/v1/**".to_owned(), None, true),
            ("http", "**".to_owned(), None, false),
            ("http", "https://**".to_owned(), None, false),
            ("ws", "wss://api.test/".to_owned(), None, false),
            ("tcp", "db:5432".to_owned(), None, true),
            ("tcp", "*:80".to_owned(), None, false),
            ("shell", "git **".to_owned(), None, true),
            ("shell", "git status".to_owned(), None, true),
            ("shell", "go **".to_owned(), None, false),
            ("shell", "go *".to_owned(), None, true),
            ("shell", "**".to_owned(), None, false),
            ("env", "KEY".to_owned(), None, true),
            ("env", "OTHER".to_owned(), None, false),
            ("invoke", "x".to_owned(), None, false),
            ("llm", String::new(), None, false),
            ("file_transfer", String::new(), None, false),
            ("magic", String::new(), None, false),
        ] {
            let verdict = grants.requirement(kind, &pattern, mode);
            assert_eq!(
                verdict.granted, granted,
                "{kind} {pattern} {mode:?}: {verdict:?}"
            );
            assert!(
                granted || kind == "magic" || verdict.missing.is_some(),
                "{verdict:?}"
            );
        }
        let verdict = grants.requirement("fs", "/data/**", Some("rw"));
        assert_eq!(
            verdict.missing.as_deref(),
            Some(r#"permissions.fs.dirs: ["/data:rw"]"#)
        );
    }
}

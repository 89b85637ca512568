//! The directories that clients' files are in.

use std::env;
use std::path::{Path, PathBuf};

/// An operating system, as far as clients put files elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Linux and its like.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

/// The directories of one user on one machine.
#[derive(Clone, Debug)]
pub struct Places {
    /// The operating system.
    pub system: System,
    /// The user's home.
    pub home: PathBuf,
    /// Configurations by the XDG specification: `~/.config`, unless `$XDG_CONFIG_HOME` says otherwise.
    pub config: PathBuf,
    /// Where programs keep what is theirs: `~/Library/Application Support`, `%APPDATA%`, and on Linux `config`.
    pub applications: PathBuf,
    /// `$CLAUDE_CONFIG_DIR`
    pub claude: Option<PathBuf>,
    /// `$CODEX_HOME`
    pub codex: Option<PathBuf>,
    /// `$PATH`
    pub programs: Vec<PathBuf>,
}

impl Places {
    /// Those of whoever runs this program; none without a home.
    pub fn own() -> Option<Self> {
        let system = match env::consts::OS {
            "macos" => System::MacOs,
            "windows" => System::Windows,
            _ => System::Linux,
        };
        let home = env::home_dir().filter(|home| home.is_absolute())?;
        // A relative one is not meant: it would be another in each directory.
        let named = |name: &str| {
            let named = env::var_os(name).map(PathBuf::from);
            named.filter(|path| path.is_absolute())
        };
        let programs = env::var_os("PATH").unwrap_or_default();
        Some(Self {
            claude: named("CLAUDE_CONFIG_DIR"),
            codex: named("CODEX_HOME"),
            programs: env::split_paths(&programs).collect(),
            ..Self::of(system, &home, named("XDG_CONFIG_HOME"), named("APPDATA"))
        })
    }

    /// Those of a user with this `home`, and no others named.
    pub fn of(
        system: System,
        home: &Path,
        config: Option<PathBuf>,
        app_data: Option<PathBuf>,
    ) -> Self {
        let config = config.unwrap_or_else(|| home.join(".config"));
        let applications = match system {
            System::Linux => config.clone(),
            System::MacOs => home.join("Library/Application Support"),
            System::Windows => app_data.unwrap_or_else(|| home.join("AppData/Roaming")),
        };
        Self {
            system,
            home: home.to_owned(),
            config,
            applications,
            claude: None,
            codex: None,
            programs: Vec::new(),
        }
    }
}

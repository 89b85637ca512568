//! The directories of clients' files.

use std::env;
use std::path::{Path, PathBuf};

/// The operating systems on which clients use different directories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Linux and similar systems.
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
    /// The XDG configuration directory: `~/.config`, or `$XDG_CONFIG_HOME`.
    pub config: PathBuf,
    /// The directory of application data: `~/Library/Application Support`, `%APPDATA%`, and on Linux `config`.
    pub applications: PathBuf,
    /// `$CLAUDE_CONFIG_DIR`
    pub claude: Option<PathBuf>,
    /// `$CODEX_HOME`
    pub codex: Option<PathBuf>,
    /// `$PATH`
    pub programs: Vec<PathBuf>,
}

impl Places {
    /// Returns the directories of the current user; `None` without a home.
    pub fn own() -> Option<Self> {
        let system = match env::consts::OS {
            "macos" => System::MacOs,
            "windows" => System::Windows,
            _ => System::Linux,
        };
        let home = env::home_dir().filter(|home| home.is_absolute())?;
        // Relative values are ignored: they would depend on the current directory.
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

    /// Returns the default directories of a user with this `home`.
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

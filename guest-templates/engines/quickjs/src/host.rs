//! What the engine asks of its surroundings. An error is the text that the program's exception shows.

/// The surroundings of an engine.
pub trait Host {
    /// Calls methods of other skills, all at once; answers in their order, each the result as JSON. Fails when none was made.
    ///
    /// # Errors
    /// The reason.
    fn batch(&self, requests: &[Request]) -> Result<Vec<Result<String, String>>, String>;

    /// The ids of skills that may be called now.
    fn skills(&self) -> Vec<String>;

    /// The methods of one of them.
    fn methods(&self, skill: &str) -> Vec<String>;

    /// Sends a request over HTTP.
    ///
    /// # Errors
    /// The reason.
    fn fetch(&self, request: &Fetch) -> Result<Fetched, String>;

    /// Reads a file.
    ///
    /// # Errors
    /// The reason.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;

    /// Replaces a file, or appends to it.
    ///
    /// # Errors
    /// The reason.
    fn write(&self, path: &str, content: &[u8], append: bool) -> Result<(), String>;

    /// Removes a file or a directory.
    ///
    /// # Errors
    /// The reason.
    fn remove(&self, path: &str) -> Result<(), String>;

    /// Lists a directory.
    ///
    /// # Errors
    /// The reason.
    fn list(&self, path: &str) -> Result<Vec<Entry>, String>;

    /// Describes what has this name.
    ///
    /// # Errors
    /// The reason.
    fn stat(&self, path: &str) -> Result<Entry, String>;

    /// Finds what matches a pattern: paths relative to the directory, or absolute ones where none is given.
    ///
    /// # Errors
    /// The reason.
    fn glob(&self, pattern: &str, directory: Option<&str>) -> Result<Vec<String>, String>;
}

/// A call of another skill's method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The instance id.
    pub skill: String,
    /// The method.
    pub method: String,
    /// A JSON object.
    pub arguments: String,
}

/// A request over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetch {
    /// Absolute.
    pub url: String,
    /// `GET`, ...
    pub method: String,
    /// Names and values, in order.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Vec<u8>,
    /// Whether redirects are followed.
    pub follow: bool,
    /// How long it may take, in milliseconds; none means the host's default.
    pub timeout: Option<u64>,
}

/// What answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// The status.
    pub status: u16,
    /// The URL that answered.
    pub url: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the body was longer than what the host keeps.
    pub truncated: bool,
}

/// A name in a directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The last part of the path.
    pub name: String,
    /// `file`, `directory`, `symlink` or `other`.
    pub kind: &'static str,
    /// In bytes.
    pub size: u64,
    /// Milliseconds since 1970, where they were asked for.
    pub modified: Option<i64>,
}

//! A request of a skill and its response.

use std::sync::atomic::Ordering;
use std::time::Duration;

use http::{HeaderValue, Method, header};
use luminarys_accounts::Answer;
use luminarys_audit::CallAudit;
use luminarys_grants::Narrowing;
use reqwest::Body;
use tokio::time::Instant;

use super::client::HttpClient;
use super::headers::{self, Header};
use super::incoming::{Head, Incoming};
use super::redirect::Outgoing;
use super::upload::Upload;
use super::url::parse_url;
use crate::error::NetworkError;

/// Bytes of a response body that are kept where neither the skill nor the manifest sets a limit.
const DEFAULT_BODY: u64 = 1 << 20;
/// How often the progress of an upload is checked.
const PROGRESS: Duration = Duration::from_millis(200);

/// A request as a skill asks for it.
#[derive(Clone, Debug)]
pub struct Request {
    /// In any case; empty for GET.
    pub method: String,
    /// Absolute, `http` or `https`.
    pub url: String,
    /// In the order in which they are sent.
    pub headers: Vec<Header>,
    /// Names and values.
    pub cookies: Vec<(String, String)>,
    /// Empty for none.
    pub body: Vec<u8>,
    /// For the request, its redirects and the response; for each wait of an upload or a body that is read in pieces.
    pub timeout: Duration,
    /// How much of the response body is kept, in bytes; none and 0 leave it to the manifest.
    pub max_response_bytes: Option<u64>,
    /// Whether redirects are followed.
    pub follow_redirects: bool,
    /// Whether cookies of the jar are sent, and those of the response kept.
    pub use_jar: bool,
}

/// A response with its body.
#[derive(Debug)]
pub struct Reply {
    /// What came before the body.
    pub head: Head,
    /// As much of the body as is kept.
    pub body: Vec<u8>,
    /// Whether the body is longer.
    pub truncated: bool,
}

/// A checked request that is ready to be sent.
pub struct Exchange<'a> {
    client: &'a HttpClient,
    audit: &'a CallAudit,
    outgoing: Outgoing,
    timeout: Duration,
    limit: usize,
}

impl<'a> Exchange<'a> {
    /// Checks `request`. Nothing is sent, and the URL is not decided yet. At most `max_output_bytes` of the response body are
    /// kept.
    ///
    /// # Errors
    /// [`NetworkError::Invalid`], [`NetworkError::TooLarge`]
    pub fn new(
        client: &'a HttpClient,
        audit: &'a CallAudit,
        request: Request,
        narrowing: Narrowing,
        max_output_bytes: u64,
    ) -> Result<Self, NetworkError> {
        let set = client.grants.http.max_response_bytes;
        let limit = body_limit(request.max_response_bytes, set).min(max_output_bytes);
        Ok(Self {
            client,
            audit,
            outgoing: Outgoing {
                method: method(&request.method)?,
                url: parse_url(&request.url, &["http", "https"])?,
                headers: headers::from_skill(&request.headers)?,
                cookies: request.cookies,
                body: request.body.into(),
                follow: request.follow_redirects,
                use_jar: request.use_jar,
                narrowing,
            },
            timeout: request.timeout,
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
        })
    }

    /// Makes it an upload: without redirects, as the file is read once.
    ///
    /// # Errors
    /// [`NetworkError::Invalid`] for a request with a body, or a method that takes none.
    pub fn as_upload(mut self) -> Result<Self, NetworkError> {
        let invalid = |text: &str| Err(NetworkError::Invalid(text.to_owned().into()));
        if !self.outgoing.body.is_empty() {
            return invalid("the body of an upload must be empty, as it is the file");
        }
        if matches!(self.outgoing.method, Method::GET | Method::HEAD) {
            return invalid("an upload needs a method with a body, such as PUT or POST");
        }
        self.outgoing.follow = false;
        Ok(self)
    }

    /// Sends the request, and returns once the head of the response has arrived.
    ///
    /// # Errors
    /// [`NetworkError`]
    pub async fn open(mut self) -> Result<Incoming, NetworkError> {
        let timeout = self.timeout;
        within(timeout, self.begin(None)).await
    }

    /// Sends the request, and returns the whole response, whose body is charged to `answer`.
    ///
    /// # Errors
    /// [`NetworkError`]
    pub async fn send(mut self, answer: &Answer) -> Result<Reply, NetworkError> {
        let timeout = self.timeout;
        within(timeout, self.finish(None, answer)).await
    }

    /// Sends `upload` as the body, and returns the whole response. The timeout is that of each wait for progress; `report`
    /// receives the bytes sent so far.
    ///
    /// # Errors
    /// [`NetworkError`]
    pub async fn upload(
        mut self,
        upload: Upload,
        answer: &Answer,
        report: impl Fn(u64),
    ) -> Result<Reply, NetworkError> {
        let Upload { body, length, sent } = upload;
        let headers = &mut self.outgoing.headers;
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        let timeout = self.timeout;
        let mut exchange = std::pin::pin!(self.finish(Some(body), answer));
        let mut last = (0, Instant::now());
        loop {
            tokio::select! {
                biased;
                reply = &mut exchange => return reply,
                () = tokio::time::sleep(PROGRESS) => {
                    let done = sent.load(Ordering::Relaxed);
                    if done != last.0 {
                        last = (done, Instant::now());
                        report(done);
                    } else if last.1.elapsed() > timeout {
                        return Err(late(timeout));
                    }
                }
            }
        }
    }

    async fn begin(&mut self, stream: Option<Body>) -> Result<Incoming, NetworkError> {
        let sent = self.outgoing.send(self.client, stream, self.audit);
        let response = sent.await?;
        let head = Head::new(self.outgoing.url.to_string(), &response);
        Ok(Incoming::new(head, response, self.timeout))
    }

    async fn finish(
        &mut self,
        stream: Option<Body>,
        answer: &Answer,
    ) -> Result<Reply, NetworkError> {
        let mut incoming = self.begin(stream).await?;
        let (body, truncated) = incoming.collect(self.limit, answer).await?;
        Ok(Reply {
            head: incoming.head,
            body,
            truncated,
        })
    }
}

/// Returns the method that `text` names.
fn method(text: &str) -> Result<Method, NetworkError> {
    let method = match text {
        "" => Method::GET,
        text => Method::from_bytes(text.to_uppercase().as_bytes()).map_err(|_| {
            NetworkError::Invalid(format!("{text:?} is not a valid HTTP method").into())
        })?,
    };
    if method == Method::CONNECT || method == Method::TRACE {
        let text = format!("the method {method} is not supported");
        return Err(NetworkError::Invalid(text.into()));
    }
    Ok(method)
}

/// Returns how much of a body is kept when a skill has `asked` for so many bytes and the manifest has `set` a limit.
fn body_limit(asked: Option<u64>, set: Option<u64>) -> u64 {
    match (asked.filter(|asked| *asked > 0), set) {
        (Some(asked), Some(set)) => asked.min(set),
        (Some(asked), None) => asked,
        (None, set) => set.unwrap_or(DEFAULT_BODY),
    }
}

/// Runs `work` for at most `timeout`.
async fn within<T>(
    timeout: Duration,
    work: impl Future<Output = Result<T, NetworkError>>,
) -> Result<T, NetworkError> {
    let done = tokio::time::timeout(timeout, work).await;
    done.unwrap_or_else(|_| Err(late(timeout)))
}

fn late(timeout: Duration) -> NetworkError {
    NetworkError::Timeout(format!("no response within {} ms", timeout.as_millis()).into())
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn methods_are_accepted_or_rejected() {
        let rows = [
            ("", Some("GET")),
            ("get", Some("GET")),
            ("Purge", Some("PURGE")),
            ("M-SEARCH", Some("M-SEARCH")),
            ("connect", None),
            ("TRACE", None),
            ("a b", None),
            ("GET\r\n", None),
            ("é", None),
        ];
        each_row(rows, |(text, expected)| {
            let found = method(text).ok();
            assert_eq!(found.as_ref().map(Method::as_str), expected, "{text:?}");
        });
    }

    #[test]
    fn the_smaller_limit_of_a_body_wins() {
        let rows = [
            (None, None, DEFAULT_BODY),
            (Some(0), None, DEFAULT_BODY),
            (None, Some(5), 5),
            (Some(0), Some(5), 5),
            (Some(3), Some(5), 3),
            (Some(7), Some(5), 5),
            (Some(u64::MAX), None, u64::MAX),
        ];
        each_row(rows, |(asked, set, expected)| {
            assert_eq!(body_limit(asked, set), expected, "{asked:?} {set:?}");
        });
    }
}

//! `http` towards the guest.

use std::sync::atomic::Ordering;
use std::time::Duration;

use http::{HeaderValue, Method, header};
use luminarys_accounts::Answer;
use luminarys_audit::CallAudit;
use luminarys_grants::Narrowing;
use reqwest::Body;
use wasmtime::component::Resource;

use super::redirect::Outgoing;
use super::state::HttpCapability;
use super::transfer::{Sink, Source};
use super::{Incoming, headers, parse_url};
use crate::bindings::luminarys::skill::http as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::capabilities::connections::patience;
use crate::capabilities::filesystem::{blocking, failed};
use crate::environment::{SkillShared, View};
use crate::network::NetworkError;

const DEFAULT_BODY: u64 = 1 << 20;
const DEFAULT_DOWNLOAD: u64 = 1 << 30;
/// How often the progress of an upload is looked at.
const GLANCE: Duration = Duration::from_millis(200);

/// What is left of a request once its parts are taken.
struct Plan {
    outgoing: Outgoing,
    timeout: Duration,
    limit: usize,
}

impl Plan {
    fn new(
        http: &HttpCapability,
        shared: &SkillShared,
        request: wit::Request,
        narrowing: Narrowing,
    ) -> Result<Self, NetworkError> {
        let method = match request.method.as_str() {
            "" => Method::GET,
            text => Method::from_bytes(text.to_uppercase().as_bytes())
                .map_err(|_| NetworkError::Invalid(format!("{text:?} is no method")))?,
        };
        if method == Method::CONNECT || method == Method::TRACE {
            return Err(NetworkError::Invalid(format!(
                "the method {method} is not sent"
            )));
        }
        let set = shared.grants.http.max_response_bytes;
        let limit = match (request.max_response_bytes.filter(|asked| *asked > 0), set) {
            (Some(asked), Some(set)) => asked.min(set),
            (Some(asked), None) => asked,
            (None, set) => set.unwrap_or(DEFAULT_BODY),
        };
        let limit = limit.min(shared.limits.max_output_bytes);
        Ok(Self {
            outgoing: Outgoing {
                method,
                url: parse_url(&request.url, &["http", "https"])?,
                headers: headers::from_guest(&request.headers)?,
                cookies: request.cookies,
                body: request.body.into(),
                follow: request.follow_redirects,
                jar: request.use_jar.then(|| http.jar.clone()),
                narrowing,
            },
            timeout: patience(request.timeout_ms),
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
        })
    }

    async fn begin(
        &mut self,
        http: &HttpCapability,
        shared: &SkillShared,
        stream: Option<Body>,
        audit: &CallAudit,
    ) -> Result<Incoming, NetworkError> {
        let response = self
            .outgoing
            .send(&http.client, &shared.lane, stream, audit)
            .await?;
        let head = wit::Head {
            status: response.status().as_u16(),
            url: self.outgoing.url.to_string(),
            headers: headers::to_guest(response.headers()),
            cookies: headers::cookies(response.headers()),
        };
        Ok(Incoming::new(head, response, self.timeout))
    }

    async fn exchange(
        &mut self,
        http: &HttpCapability,
        shared: &SkillShared,
        stream: Option<Body>,
        audit: &CallAudit,
        answer: &Answer,
    ) -> Result<wit::Response, NetworkError> {
        let mut incoming = self.begin(http, shared, stream, audit).await?;
        let (body, truncated) = incoming.collect(self.limit, answer).await?;
        Ok(response(incoming.head, body, truncated))
    }
}

impl View<'_, HttpCapability> {
    async fn send_whole(&mut self, request: wit::Request) -> Result<wit::Response, Error> {
        let (http, shared, audit) = (self.state.clone(), self.shared.clone(), self.audit());
        let narrowing = self.call.narrowing;
        let _held = self.hold_bytes(sent_size(&request))?;
        let answer = self.answer();
        let sent = async {
            let mut plan = Plan::new(&http, &shared, request, narrowing)?;
            within(
                plan.timeout,
                plan.exchange(&http, &shared, None, &audit, &answer),
            )
            .await
        };
        let sent = sent.await;
        sent.map_err(|error| self.network_failed(error))
    }

    /// Sends it; the head has come, the body not yet.
    async fn send_head(&mut self, request: wit::Request) -> Result<Incoming, Error> {
        let (http, shared, audit) = (self.state.clone(), self.shared.clone(), self.audit());
        let narrowing = self.call.narrowing;
        let _held = self.hold_bytes(sent_size(&request))?;
        let begun = async {
            let mut plan = Plan::new(&http, &shared, request, narrowing)?;
            within(plan.timeout, plan.begin(&http, &shared, None, &audit)).await
        };
        let begun = begun.await;
        begun.map_err(|error| self.network_failed(error))
    }

    async fn fetch(
        &mut self,
        mut incoming: Incoming,
        path: String,
    ) -> Result<wit::Downloaded, Error> {
        let audit = self.audit();
        let limit = self.shared.grants.http.max_download_bytes;
        let limit = limit.unwrap_or(DEFAULT_DOWNLOAD);
        let length = incoming.head.headers.iter();
        let mut length = length.filter(|one| one.name == "content-length");
        let total: Option<u64> = length.next_back().and_then(|one| one.value.parse().ok());
        let too_large = || {
            let text = format!(
                "the download is larger than {limit} bytes, permissions.http.max_download_bytes"
            );
            Error::TooLarge(text)
        };
        if total.is_some_and(|total| total > limit) {
            return Err(too_large());
        }
        let shared = self.shared.clone();
        let opened = Sink::open(&shared, path, audit, self.call.narrowing).await;
        let mut sink = opened.map_err(|error| failed(self, error))?;
        let mut size = 0_u64;
        loop {
            let piece = incoming.piece().await;
            let Some(piece) = piece.map_err(|error| self.network_failed(error))? else {
                break;
            };
            size += piece.len() as u64;
            if size > limit {
                return Err(too_large());
            }
            let put = sink.put(&shared.lane, &piece).await;
            put.map_err(|error| failed(self, error))?;
            self.report(size as f64, total.map(|total| total as f64), None);
        }
        match sink.finish(&shared.lane).await {
            Ok(()) => Ok(wit::Downloaded {
                status: incoming.head.status,
                url: incoming.head.url,
                headers: incoming.head.headers,
                size,
            }),
            Err(error) => Err(failed(self, error)),
        }
    }
}

impl wit::Host for View<'_, HttpCapability> {
    async fn get(&mut self, url: String) -> Result<wit::Response, Error> {
        let request = simple("GET", url, Vec::new(), Vec::new());
        self.send_whole(request).await
    }

    async fn post(
        &mut self,
        url: String,
        body: Vec<u8>,
        content_type: String,
    ) -> Result<wit::Response, Error> {
        let value = match content_type.as_str() {
            "" => "application/octet-stream".to_owned(),
            _ => content_type,
        };
        let name = "content-type".to_owned();
        let request = simple("POST", url, body, vec![wit::Header { name, value }]);
        self.send_whole(request).await
    }

    async fn send(&mut self, request: wit::Request) -> Result<wit::Response, Error> {
        self.send_whole(request).await
    }

    async fn open(&mut self, request: wit::Request) -> Result<Resource<Incoming>, Error> {
        self.admit_connection()?;
        let incoming = self.send_head(request).await?;
        self.keep_connection(incoming)
    }

    async fn download(
        &mut self,
        request: wit::Request,
        path: String,
    ) -> Result<wit::Downloaded, Error> {
        let wanted = path.clone();
        blocking(self, move |files, _| files.may_write(&wanted)).await?;
        let incoming = self.send_head(request).await?;
        if !(200..300).contains(&incoming.head.status) {
            return Ok(wit::Downloaded {
                status: incoming.head.status,
                url: incoming.head.url,
                headers: incoming.head.headers,
                size: 0,
            });
        }
        self.fetch(incoming, path).await
    }

    async fn upload(
        &mut self,
        request: wit::Request,
        path: String,
    ) -> Result<wit::Response, Error> {
        if !request.body.is_empty() {
            return Err(Error::Invalid(
                "an upload has no body but the file".to_owned(),
            ));
        }
        let planned = Plan::new(self.state, &self.shared, request, self.call.narrowing);
        let mut plan = planned.map_err(|error| self.network_failed(error))?;
        plan.outgoing.follow = false;
        if matches!(plan.outgoing.method, Method::GET | Method::HEAD) {
            let text = "an upload needs a method with a body, such as PUT or POST";
            return Err(Error::Invalid(text.to_owned()));
        }
        let (file, length) = blocking(self, move |files, _| files.open_whole(&path)).await?;
        let source = Source::new(self.shared.lane.clone(), file, length);
        let headers = &mut plan.outgoing.headers;
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(source.length));
        let sender = self.call.context.progress.clone();
        let (sent, total) = (source.sent.clone(), length as f64);
        let patience = plan.timeout;
        let (http, shared, audit) = (self.state.clone(), self.shared.clone(), self.audit());
        let answer = self.answer();
        let exchange = plan.exchange(&http, &shared, Some(source.body), &audit, &answer);
        let mut exchange = std::pin::pin!(exchange);
        let mut last = (0, tokio::time::Instant::now());
        let answer = loop {
            tokio::select! {
                biased;
                answer = &mut exchange => break answer,
                () = tokio::time::sleep(GLANCE) => {
                    let done = sent.load(Ordering::Relaxed);
                    if done != last.0 {
                        last = (done, tokio::time::Instant::now());
                        if let Some(sender) = &sender {
                            let done = done as f64;
                            let report = crate::Progress { done, total: Some(total), message: None };
                            let _ = sender.send(Some(report));
                        }
                    } else if last.1.elapsed() > patience {
                        break Err(late(patience));
                    }
                }
            }
        };
        answer.map_err(|error| self.network_failed(error))
    }
}

impl wit::HostIncoming for View<'_, HttpCapability> {
    async fn head(&mut self, incoming: Resource<Incoming>) -> wit::Head {
        let found = self.table.get(&incoming);
        // The guest cannot have a handle to what is not there.
        found
            .map(|incoming| incoming.head.clone())
            .unwrap_or_else(|_| wit::Head {
                status: 0,
                url: String::new(),
                headers: Vec::new(),
                cookies: Vec::new(),
            })
    }

    async fn read(&mut self, incoming: Resource<Incoming>, max: u32) -> Result<Vec<u8>, Error> {
        self.may("incoming.read", "read")?;
        let read = self.connection(&incoming)?.read(max as usize).await;
        let read = read.map(|bytes| bytes.to_vec());
        let read = read.map_err(|error| self.network_failed(error))?;
        self.charge_answer(read.len())?;
        Ok(read)
    }

    async fn drop(&mut self, incoming: Resource<Incoming>) -> wasmtime::Result<()> {
        self.release_connection(incoming)
    }
}

/// `work`, as long as there is time.
async fn within<T>(
    timeout: Duration,
    work: impl Future<Output = Result<T, NetworkError>>,
) -> Result<T, NetworkError> {
    let done = tokio::time::timeout(timeout, work).await;
    done.unwrap_or_else(|_| Err(late(timeout)))
}

/// What the host holds of a request while it is sent, in bytes.
fn sent_size(request: &wit::Request) -> usize {
    let headers = request.headers.iter();
    let headers = headers.map(|header| header.name.len() + header.value.len());
    request.url.len() + request.body.len() + headers.sum::<usize>()
}

fn late(timeout: Duration) -> NetworkError {
    NetworkError::Timeout(format!("no answer within {} ms", timeout.as_millis()))
}

fn simple(method: &str, url: String, body: Vec<u8>, headers: Vec<wit::Header>) -> wit::Request {
    wit::Request {
        method: method.to_owned(),
        url,
        headers,
        cookies: Vec::new(),
        body,
        timeout_ms: None,
        max_response_bytes: None,
        follow_redirects: true,
        use_jar: false,
    }
}

fn response(head: wit::Head, body: Vec<u8>, truncated: bool) -> wit::Response {
    wit::Response {
        status: head.status,
        url: head.url,
        headers: head.headers,
        cookies: head.cookies,
        body,
        truncated,
    }
}

//! The functions of `http`.

use luminarys_network::http::{Cookie, Exchange, Head, Header, Incoming, Reply, Request, Upload};
use wasmtime::component::Resource;

use super::resources::{Given, RequestOptions};
use super::state::HttpCapability;
use super::transfer::Sink;
use crate::bindings::luminarys::skill::http as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::capabilities::filesystem::{blocking, failed};
use crate::capabilities::timeout::timeout;
use crate::environment::View;

/// Maximum size in bytes of a download if the manifest sets no limit.
const DEFAULT_DOWNLOAD: u64 = 1 << 30;

impl View<'_, HttpCapability> {
    async fn send_whole(
        &mut self,
        request: wit::Request,
        options: Given,
    ) -> Result<wit::Response, Error> {
        let (http, shared, audit) = (self.state.clone(), self.shared.clone(), self.audit());
        let (narrowing, max) = (self.call.narrowing, shared.limits.max_output_bytes);
        let _held = self.hold_bytes(sent_size(&request))?;
        let answer = self.answer();
        let sent = async {
            let request = complete(request, options);
            let exchange = Exchange::new(&http.client, &audit, request, narrowing, max)?;
            exchange.send(&answer).await
        };
        let sent = sent.await;
        sent.map(Into::into)
            .map_err(|error| self.network_failed(error))
    }

    /// Sends a request, and returns once the head of the response has arrived.
    async fn send_head(
        &mut self,
        request: wit::Request,
        options: Given,
    ) -> Result<Incoming, Error> {
        let (http, shared, audit) = (self.state.clone(), self.shared.clone(), self.audit());
        let (narrowing, max) = (self.call.narrowing, shared.limits.max_output_bytes);
        let _held = self.hold_bytes(sent_size(&request))?;
        let begun = async {
            let request = complete(request, options);
            let exchange = Exchange::new(&http.client, &audit, request, narrowing, max)?;
            exchange.open().await
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
        let total = incoming.head.content_length();
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
            Ok(()) => Ok(downloaded(incoming.head, size)),
            Err(error) => Err(failed(self, error)),
        }
    }
}

impl wit::Host for View<'_, HttpCapability> {
    async fn get(&mut self, url: String) -> Result<wit::Response, Error> {
        let request = simple("GET", url, Vec::new(), Vec::new());
        self.send_whole(request, Given::default()).await
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
        let value = value.into_bytes();
        let request = simple("POST", url, body, vec![wit::Header { name, value }]);
        self.send_whole(request, Given::default()).await
    }

    async fn send(
        &mut self,
        request: wit::Request,
        options: Option<Resource<RequestOptions>>,
    ) -> Result<wit::Response, Error> {
        let options = self.options(options, Given::default())?;
        self.send_whole(request, options).await
    }

    async fn open(
        &mut self,
        request: wit::Request,
        options: Option<Resource<RequestOptions>>,
    ) -> Result<Resource<Incoming>, Error> {
        self.admit_connection()?;
        let options = self.options(options, Given::default())?;
        let incoming = self.send_head(request, options).await?;
        self.keep_connection(incoming)
    }

    async fn download(
        &mut self,
        request: wit::Request,
        path: String,
        options: Option<Resource<RequestOptions>>,
    ) -> Result<wit::Downloaded, Error> {
        let options = self.options(options, Given::default())?;
        let wanted = path.clone();
        blocking(self, move |files, _| files.may_write(&wanted)).await?;
        let incoming = self.send_head(request, options).await?;
        if !(200..300).contains(&incoming.head.status) {
            return Ok(downloaded(incoming.head, 0));
        }
        self.fetch(incoming, path).await
    }

    async fn upload(
        &mut self,
        request: wit::Request,
        path: String,
        options: Option<Resource<RequestOptions>>,
    ) -> Result<wit::Response, Error> {
        let options = self.options(options, Given::default())?;
        let (http, shared, audit) = (self.state.clone(), self.shared.clone(), self.audit());
        let (narrowing, max) = (self.call.narrowing, shared.limits.max_output_bytes);
        let request = complete(request, options);
        let planned = Exchange::new(&http.client, &audit, request, narrowing, max);
        let planned = planned.and_then(Exchange::as_upload);
        let exchange = planned.map_err(|error| self.network_failed(error))?;
        let (file, length) = blocking(self, move |files, _| files.open_whole(&path)).await?;
        let upload = Upload::new(shared.lane.clone(), file, length);
        let sink = self.progress_sink();
        let answer = self.answer();
        let sent = exchange.upload(upload, &answer, |sent| {
            if let Some(sink) = &sink {
                let (done, total) = (sent as f64, Some(length as f64));
                let message = None;
                sink.send(crate::Progress {
                    done,
                    total,
                    message,
                });
            }
        });
        let sent = sent.await;
        sent.map(Into::into)
            .map_err(|error| self.network_failed(error))
    }
}

impl wit::HostIncoming for View<'_, HttpCapability> {
    async fn head(&mut self, incoming: Resource<Incoming>) -> wit::Head {
        let found = self.table.get(&incoming);
        // The guest cannot hold a handle to a missing resource.
        found
            .map(|incoming| incoming.head.clone().into())
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

/// Returns the bytes that the host holds for a request while it is sent.
fn sent_size(request: &wit::Request) -> usize {
    let headers = request.headers.iter();
    let headers = headers.map(|header| header.name.len() + header.value.len());
    request.url.len() + request.body.len() + headers.sum::<usize>()
}

fn simple(method: &str, url: String, body: Vec<u8>, headers: Vec<wit::Header>) -> wit::Request {
    wit::Request {
        method: method.to_owned(),
        url,
        headers,
        cookies: Vec::new(),
        body,
    }
}

fn downloaded(head: Head, size: u64) -> wit::Downloaded {
    let head = wit::Head::from(head);
    wit::Downloaded {
        status: head.status,
        url: head.url,
        headers: head.headers,
        size,
    }
}

fn complete(request: wit::Request, options: Given) -> Request {
    Request {
        method: request.method,
        url: request.url,
        headers: request.headers.into_iter().map(Into::into).collect(),
        cookies: request.cookies,
        body: request.body,
        timeout: timeout(options.timeout),
        max_response_bytes: options.max_response_bytes,
        follow_redirects: options.follow_redirects,
        use_jar: options.use_jar,
    }
}

impl From<wit::Header> for Header {
    fn from(header: wit::Header) -> Self {
        Self {
            name: header.name,
            value: header.value,
        }
    }
}

impl From<Reply> for wit::Response {
    fn from(reply: Reply) -> Self {
        let head = wit::Head::from(reply.head);
        Self {
            status: head.status,
            url: head.url,
            headers: head.headers,
            cookies: head.cookies,
            body: reply.body,
            truncated: reply.truncated,
        }
    }
}

impl From<Head> for wit::Head {
    fn from(head: Head) -> Self {
        let headers = head.headers.iter().map(|(name, value)| wit::Header {
            name: name.as_str().to_owned(),
            value: value.as_bytes().to_vec(),
        });
        Self {
            status: head.status,
            url: head.url,
            headers: headers.collect(),
            cookies: head.cookies.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Cookie> for wit::Cookie {
    fn from(cookie: Cookie) -> Self {
        Self {
            name: cookie.name,
            value: cookie.value,
            domain: cookie.domain,
            path: cookie.path,
            expires: cookie.expires.map(|seconds| seconds.saturating_mul(1_000)),
            secure: cookie.secure,
            http_only: cookie.http_only,
        }
    }
}

//! Several requests at once, through WASI 0.3, whose functions are `async`.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use crate::wasi::http0_3_0::client;
use crate::wasi::http0_3_0::types::{ErrorCode, Fields, Method, Request, Scheme};
use crate::wit_future;

/// Requests at once: each holds a connection.
const MOST: usize = 50;

/// Returns the status of each page, or why there is none.
pub async fn of(urls: Vec<String>) -> Result<Vec<String>, String> {
    if urls.len() > MOST {
        return Err(format!(
            "{} addresses; at most {MOST} are asked",
            urls.len()
        ));
    }
    let requests = urls.iter().map(|url| async move {
        match status(url).await {
            Ok(status) => format!("{url}: {status}"),
            Err(error) => format!("{url}: {error}"),
        }
    });
    Ok(all(requests).await)
}

async fn status(url: &str) -> Result<u16, String> {
    let (scheme, rest) = url.split_once("://").ok_or("no scheme")?;
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => return Err(format!("{other}: neither http nor https")),
    };
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    let path = match path.as_bytes().first() {
        Some(b'/') => path.to_owned(),
        _ => format!("/{path}"),
    };
    let (trailers, no_trailers) = wit_future::new(|| Ok(None));
    // The default is what the request gets.
    drop(trailers);
    let (request, _sent) = Request::new(Fields::new(), None, no_trailers, None);
    let invalid = |()| "not an address".to_owned();
    request.set_method(&Method::Head).map_err(invalid)?;
    request.set_scheme(Some(&scheme)).map_err(invalid)?;
    request.set_authority(Some(authority)).map_err(invalid)?;
    request.set_path_with_query(Some(&path)).map_err(invalid)?;
    match client::send(request).await {
        Ok(response) => Ok(response.get_status_code()),
        Err(ErrorCode::HttpRequestDenied) => Err("denied by the manifest".to_owned()),
        Err(error) => Err(format!("{error:?}")),
    }
}

/// Waits for all futures at once; the results are in their order.
async fn all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<Pin<Box<F>>> = futures.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = running.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, done) in running.iter_mut().zip(&mut done) {
            if done.is_none()
                && let Poll::Ready(result) = future.as_mut().poll(context)
            {
                *done = Some(result);
            }
        }
        if done.iter().all(Option::is_some) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

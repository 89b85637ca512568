//! Measures the memory of an instance's resources.

use std::any::Any;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};
use wasmtime_wasi_http::FieldMap;
use wasmtime_wasi_http::p2::body::HostOutgoingBody;
use wasmtime_wasi_http::p2::types::{HostIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::p3::{Request, Response};

/// The size in bytes of a resource of any other type, such as a pollable or a descriptor.
const USUAL: u64 = 1 << 10;
/// The buffer size of a stream, in bytes.
pub(crate) const STREAM: usize = 64 << 10;

/// The total over all resources of a table.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ResourcesSize {
    /// Approximate memory in bytes.
    pub bytes: u64,
    /// Number of streams, each of which may keep an otherwise closed file or socket open.
    pub streams: u64,
}

/// Measures the resources of a table. Takes time linear in their number.
pub(crate) fn resources_size(table: &mut ResourceTable) -> ResourcesSize {
    let mut size = ResourcesSize::default();
    for resource in table.iter_mut() {
        size.bytes += USUAL + extra(resource);
        size.streams += u64::from(is_stream(resource));
    }
    size
}

fn is_stream(resource: &(dyn Any + Send)) -> bool {
    resource.is::<DynOutputStream>() || resource.is::<DynInputStream>()
}

fn extra(resource: &(dyn Any + Send)) -> u64 {
    if let Some(fields) = resource.downcast_ref::<FieldMap>() {
        return fields_size(fields);
    }
    if let Some(request) = resource.downcast_ref::<HostOutgoingRequest>() {
        let texts = [&request.authority, &request.path_with_query];
        let texts = texts.into_iter().flatten().map(String::len).sum::<usize>();
        return texts as u64 + STREAM as u64 + fields_size(&request.headers);
    }
    if let Some(response) = resource.downcast_ref::<HostIncomingResponse>() {
        return STREAM as u64 + fields_size(&response.headers);
    }
    if let Some(request) = resource.downcast_ref::<Request>() {
        let path = request.path_with_query.as_ref().map(|path| path.as_str());
        let path = path.map_or(0, str::len);
        return path as u64 + STREAM as u64 + fields_size(&request.headers);
    }
    if let Some(response) = resource.downcast_ref::<Response>() {
        return STREAM as u64 + fields_size(&response.headers);
    }
    if resource.is::<HostOutgoingBody>() || is_stream(resource) {
        STREAM as u64
    } else {
        0
    }
}

fn fields_size(fields: &FieldMap) -> u64 {
    let each = fields.iter();
    // Each entry has a header of its own in memory.
    each.map(|(name, value)| (name.as_str().len() + value.len() + 128) as u64)
        .sum()
}

//! A stream of WASI 0.3 that the host writes to a file.

use wit_bindgen::{FutureReader, StreamWriter};

use crate::wasi::filesystem0_3_0::preopens::get_directories;
use crate::wasi::filesystem0_3_0::types::{DescriptorFlags, ErrorCode, OpenFlags, PathFlags};
use crate::wit_stream;

pub struct Fed {
    sender: StreamWriter<u8>,
    end: FutureReader<Result<(), ErrorCode>>,
}

pub async fn open(path: &str) -> Result<Fed, String> {
    for (directory, name) in get_directories() {
        let Some(rest) = path.strip_prefix(&name) else {
            continue;
        };
        let rest = rest.trim_start_matches('/').to_owned();
        let opened = directory.open_at(
            PathFlags::empty(),
            rest,
            OpenFlags::empty(),
            DescriptorFlags::WRITE,
        );
        let file = opened.await.map_err(|error| format!("{error:?}"))?;
        let (sender, receiver) = wit_stream::new();
        let end = file.append_via_stream(receiver);
        return Ok(Fed { sender, end });
    }
    Err("no directory".to_owned())
}

impl Fed {
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        let left = self.sender.write_all(bytes.to_vec()).await;
        match left.is_empty() {
            true => Ok(()),
            false => Err(format!("{} bytes were not taken", left.len())),
        }
    }

    pub async fn close(self) -> Result<String, String> {
        drop(self.sender);
        let done = self.end.await;
        done.map(|()| "closed".to_owned())
            .map_err(|error| format!("{error:?}"))
    }
}

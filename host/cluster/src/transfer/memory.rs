//! Files in memory, for tests.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::names::NodeName;
use crate::transfer::client::MAX_LISTED;
use crate::transfer::files::{Files, Reading, Writing};
use crate::transfer::head::{FileHead, Listed, TransferFailure, TransferFailureKind, TransferId};

/// The bytes that there is space for.
pub const SPACE: u64 = 8 << 20;

/// Files in memory, and what is received of others.
#[derive(Clone, Default)]
pub struct Memory(pub Arc<Contents>);

#[derive(Default)]
pub struct Contents {
    pub files: Mutex<HashMap<String, Vec<u8>>>,
    partial: Mutex<HashMap<String, Vec<u8>>>,
    /// How many bytes were appended.
    pub appended: AtomicU64,
    /// Whether reading gives other bytes than before.
    pub is_changing: AtomicBool,
}

fn failure<T>(kind: TransferFailureKind) -> Result<T, TransferFailure> {
    Err(TransferFailure::new(kind, format!("{kind:?}")))
}

impl Memory {
    pub fn with(path: &str, content: &[u8]) -> Self {
        let memory = Self::default();
        memory
            .0
            .files
            .lock()
            .unwrap()
            .insert(path.to_owned(), content.to_vec());
        memory
    }

    pub fn content(&self, path: &str) -> Option<Vec<u8>> {
        self.0.files.lock().unwrap().get(path).cloned()
    }

    pub fn partials(&self) -> usize {
        self.0.partial.lock().unwrap().len()
    }

    pub fn open(&self, path: &str) -> Result<Open, TransferFailure> {
        let Some(content) = self.content(path) else {
            return failure(TransferFailureKind::NotFound);
        };
        Ok(Open {
            memory: self.clone(),
            content: content.into(),
        })
    }

    pub fn place(&self, path: &str, id: &str) -> Place {
        Place {
            memory: self.clone(),
            path: path.to_owned(),
            id: id.to_owned(),
        }
    }
}

pub struct Open {
    memory: Memory,
    content: Bytes,
}

impl Reading for Open {
    fn size(&self) -> u64 {
        self.content.len() as u64
    }

    fn read(&mut self, offset: u64, most: usize) -> BoxFuture<'_, Result<Bytes, TransferFailure>> {
        let begin = usize::try_from(offset).unwrap().min(self.content.len());
        let end = (begin + most).min(self.content.len());
        let mut bytes = self.content.slice(begin..end);
        if self.memory.0.is_changing.load(Ordering::Relaxed) && !bytes.is_empty() {
            bytes = bytes.slice(..bytes.len() - 1);
        }
        Box::pin(async { Ok(bytes) })
    }
}

pub struct Place {
    memory: Memory,
    path: String,
    id: String,
}

impl Writing for Place {
    fn received(&self) -> u64 {
        let partial = self.memory.0.partial.lock().unwrap();
        partial.get(&self.id).map_or(0, |it| it.len() as u64)
    }

    fn free_space(&mut self) -> BoxFuture<'_, Result<u64, TransferFailure>> {
        let used = self.received();
        Box::pin(async move { Ok(SPACE - used) })
    }

    fn read_back(
        &mut self,
        offset: u64,
        most: usize,
    ) -> BoxFuture<'_, Result<Bytes, TransferFailure>> {
        let partial = self.memory.0.partial.lock().unwrap();
        let content = &partial[&self.id];
        let begin = usize::try_from(offset).unwrap();
        let end = (begin + most).min(content.len());
        let bytes = Bytes::copy_from_slice(&content[begin..end]);
        Box::pin(async { Ok(bytes) })
    }

    fn append(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), TransferFailure>> {
        self.memory
            .0
            .appended
            .fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let mut partial = self.memory.0.partial.lock().unwrap();
        partial
            .entry(self.id.clone())
            .or_default()
            .extend_from_slice(&bytes);
        Box::pin(async { Ok(()) })
    }

    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<(), TransferFailure>> {
        let content = self.memory.0.partial.lock().unwrap().remove(&self.id);
        let mut files = self.memory.0.files.lock().unwrap();
        if files.contains_key(&self.path) {
            return Box::pin(async { failure(TransferFailureKind::AlreadyExists) });
        }
        files.insert(self.path.clone(), content.unwrap_or_default());
        Box::pin(async { Ok(()) })
    }

    fn discard(self: Box<Self>) -> BoxFuture<'static, ()> {
        self.memory.0.partial.lock().unwrap().remove(&self.id);
        Box::pin(async {})
    }
}

impl Files for Memory {
    fn read<'a>(
        &'a self,
        _: &'a NodeName,
        head: &'a FileHead,
    ) -> BoxFuture<'a, Result<Box<dyn Reading>, TransferFailure>> {
        let opened = self.open(&head.path);
        Box::pin(async move { Ok(Box::new(opened?) as Box<dyn Reading>) })
    }

    fn write<'a>(
        &'a self,
        from: &'a NodeName,
        head: &'a FileHead,
        _: u64,
        transfer: &'a TransferId,
    ) -> BoxFuture<'a, Result<Box<dyn Writing>, TransferFailure>> {
        Box::pin(async move {
            if head.path.starts_with("secret") || from.as_str() != "a" {
                return failure(TransferFailureKind::Denied);
            }
            if self.content(&head.path).is_some() {
                return failure(TransferFailureKind::AlreadyExists);
            }
            Ok(Box::new(self.place(&head.path, transfer.as_str())) as Box<dyn Writing>)
        })
    }

    fn list<'a>(
        &'a self,
        _: &'a NodeName,
        head: &'a FileHead,
    ) -> BoxFuture<'a, Result<Vec<Listed>, TransferFailure>> {
        let listed = (0..MAX_LISTED + 5).map(|number| Listed {
            path: format!("{}/{number:0>100}", head.path),
            size: Some(1),
        });
        let listed = listed.collect();
        Box::pin(async { Ok(listed) })
    }
}

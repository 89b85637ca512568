use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use luminarys_cluster::{
    FileHead, Files, Links, Listed, NodeName, Reading, Transfer, TransferError, TransferFailure,
    TransferFailureKind, TransferId, Writing, fetch_file, list_files, send_file, serve_transfers,
};

use crate::server::{Server, node};

fn failed(error: std::io::Error) -> TransferFailure {
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound => TransferFailureKind::NotFound,
        std::io::ErrorKind::AlreadyExists => TransferFailureKind::AlreadyExists,
        _ => TransferFailureKind::Io,
    };
    TransferFailure::new(kind, error.to_string())
}

fn read_at(file: &mut File, offset: u64, most: usize) -> std::io::Result<Bytes> {
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::with_capacity(most);
    file.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

/// The files of a directory. The transfers of a host are beneath handles; these tests are of what is between them.
#[derive(Clone)]
struct Folder {
    path: PathBuf,
    /// How many bytes were appended to files.
    appended: Arc<AtomicU64>,
}

impl Folder {
    fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            appended: Arc::default(),
        }
    }

    fn open(&self, name: &str) -> Result<Open, TransferFailure> {
        let file = File::open(self.path.join(name)).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        Ok(Open { file, size })
    }

    fn place(&self, name: &str, id: &str) -> Result<Place, TransferFailure> {
        let temporary = self.path.join(format!(".{id}.part"));
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .append(true)
            .create(true)
            .open(&temporary);
        let file = file.map_err(failed)?;
        Ok(Place {
            received: file.metadata().map_err(failed)?.len(),
            file,
            temporary,
            path: self.path.join(name),
            appended: self.appended.clone(),
        })
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.path).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

struct Open {
    file: File,
    size: u64,
}

impl Reading for Open {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&mut self, offset: u64, most: usize) -> BoxFuture<'_, Result<Bytes, TransferFailure>> {
        Box::pin(async move { read_at(&mut self.file, offset, most).map_err(failed) })
    }
}

struct Place {
    file: File,
    received: u64,
    temporary: PathBuf,
    path: PathBuf,
    appended: Arc<AtomicU64>,
}

impl Writing for Place {
    fn received(&self) -> u64 {
        self.received
    }

    fn free_space(&mut self) -> BoxFuture<'_, Result<u64, TransferFailure>> {
        Box::pin(async { Ok(u64::MAX) })
    }

    fn read_back(
        &mut self,
        offset: u64,
        most: usize,
    ) -> BoxFuture<'_, Result<Bytes, TransferFailure>> {
        Box::pin(async move { read_at(&mut self.file, offset, most).map_err(failed) })
    }

    fn append(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), TransferFailure>> {
        self.appended
            .fetch_add(bytes.len() as u64, Ordering::SeqCst);
        self.received += bytes.len() as u64;
        Box::pin(async move { self.file.write_all(&bytes).map_err(failed) })
    }

    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<(), TransferFailure>> {
        Box::pin(async move {
            self.file.sync_all().map_err(failed)?;
            std::fs::rename(&self.temporary, &self.path).map_err(failed)
        })
    }

    fn discard(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async move { std::fs::remove_file(&self.temporary).unwrap() })
    }
}

impl Files for Folder {
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
        _: &'a NodeName,
        head: &'a FileHead,
        _: u64,
        transfer: &'a TransferId,
    ) -> BoxFuture<'a, Result<Box<dyn Writing>, TransferFailure>> {
        let place = self.place(&head.path, transfer.as_str());
        Box::pin(async move { Ok(Box::new(place?) as Box<dyn Writing>) })
    }

    fn list<'a>(
        &'a self,
        _: &'a NodeName,
        _: &'a FileHead,
    ) -> BoxFuture<'a, Result<Vec<Listed>, TransferFailure>> {
        let listed = |name: String| Listed {
            size: std::fs::metadata(self.path.join(&name))
                .ok()
                .map(|it| it.len()),
            path: name,
        };
        let listed = self.names().into_iter().map(listed).collect();
        Box::pin(async { Ok(listed) })
    }
}

fn transfer(path: &str) -> Transfer {
    Transfer {
        node: node("b"),
        skill: None,
        request_id: "r".to_owned(),
        path: path.to_owned(),
    }
}

fn serving(links: &Links, folder: &Folder) {
    let (links, files) = (links.clone(), Arc::new(folder.clone()));
    tokio::spawn(async move { serve_transfers(&links, files).await });
}

fn write_some(path: &Path, mebibytes: usize) {
    let mut file = File::create(path).unwrap();
    for number in 0..mebibytes {
        let block: Vec<u8> = (0..1 << 20)
            .map(|index| ((index ^ number) % 249) as u8)
            .collect();
        file.write_all(&block).unwrap();
    }
}

fn are_same(one: &Path, other: &Path) -> bool {
    let compared = std::process::Command::new("cmp")
        .args([one, other])
        .status();
    compared.unwrap().success()
}

/// 200 MiB are sent and fetched. The server is killed in the middle of each: no byte is sent twice, and nothing is seen of the
/// file before it is whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_survives_a_broken_link() {
    const SIZE: u64 = 200 << 20;
    let directory = tempfile::tempdir().unwrap();
    let (here, there) = (
        directory.path().join("here"),
        directory.path().join("there"),
    );
    std::fs::create_dir_all(&here).unwrap();
    std::fs::create_dir_all(&there).unwrap();
    write_some(&here.join("large"), 200);
    let mut server = Server::start(&["a", "b"]);
    let (a, b) = (server.links("a").await, server.links("b").await);
    let (here, there) = (Folder::new(&here), Folder::new(&there));
    serving(&b, &there);

    let mut file = here.open("large").unwrap();
    let (id, to) = (TransferId::random().unwrap(), transfer("sent"));
    let mut none = |_, _| ();
    let sending = send_file(&a, &to, &id, &mut file, &mut none);
    let ((), sent) = tokio::join!(kill_at(&mut server, &there, SIZE / 2), sending);
    sent.unwrap();
    assert_eq!(there.appended.load(Ordering::SeqCst), SIZE);
    assert_eq!(there.names(), ["sent"]);
    assert!(are_same(&here.path.join("large"), &there.path.join("sent")));

    let mut open = |_| -> BoxFuture<'_, _> {
        let place = here.place("fetched", "fetching");
        Box::pin(async { Ok(Box::new(place?) as Box<dyn Writing>) })
    };
    let fetching = fetch_file(&a, &to, &mut open, &mut none);
    let ((), fetched) = tokio::join!(kill_at(&mut server, &here, SIZE / 3), fetching);
    assert_eq!(fetched.unwrap().size, SIZE);
    assert_eq!(here.appended.load(Ordering::SeqCst), SIZE);
    assert_eq!(here.names(), ["fetched", "large"]);
    assert!(are_same(
        &here.path.join("large"),
        &here.path.join("fetched")
    ));

    let listed = list_files(&a, &transfer(".")).await.unwrap();
    let expected = Listed {
        path: "sent".to_owned(),
        size: Some(SIZE),
    };
    assert_eq!(listed, [expected]);
}

/// Kills the server once so many bytes were received, and starts it again.
async fn kill_at(server: &mut Server, folder: &Folder, bytes: u64) {
    while folder.appended.load(Ordering::SeqCst) < bytes {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    server.kill();
    let names = folder.names();
    let is_partial = |name: &String| name.ends_with(".part");
    assert_eq!(
        names.iter().filter(|it| is_partial(it)).count(),
        1,
        "{names:?}"
    );
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.restart();
}

#[tokio::test]
async fn a_node_that_is_not_there_is_no_wait() {
    let server = Server::start(&["a", "b"]);
    let a = server.links("a").await;
    let error = list_files(&a, &transfer("x")).await.unwrap_err();
    assert!(matches!(error, TransferError::Link(_)), "{error}");
}

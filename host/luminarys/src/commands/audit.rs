//! `luminarys audit`

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use luminarys_orchestrator::{AuditRecord, Verdict};

use crate::cli::Audit;
use crate::config::Config;
use crate::exit;
use crate::output::{self, Paint, plain};

/// How often a followed file is looked at.
const INTERVAL: Duration = Duration::from_millis(200);
/// Files that were put aside, the oldest first.
const ASIDE: [u32; 4] = [4, 3, 2, 1];

pub(super) async fn run(config: Config, arguments: &Audit) -> anyhow::Result<u8> {
    let Some((path, _)) = config.settings.audit else {
        bail!("no decisions are written: `audit.decisions` is `none`, or there is no data_dir");
    };
    let wanted = |record: &AuditRecord| {
        let is =
            |asked: &Option<String>, found: &str| asked.as_deref().is_none_or(|it| it == found);
        is(&arguments.skill, &record.skill)
            && is(&arguments.capability, &record.capability)
            && (!arguments.denied || record.verdict == Verdict::Denied)
    };
    let mut last = VecDeque::new();
    for number in ASIDE {
        let mut name = path.clone().into_os_string();
        name.push(format!(".{number}"));
        if let Some(mut aside) = Tail::open(&PathBuf::from(name))? {
            aside.read(&mut |record| keep(&mut last, record, arguments.last, &wanted))?;
        }
    }
    let mut tail = Tail::open(&path)?;
    if let Some(tail) = &mut tail {
        tail.read(&mut |record| keep(&mut last, record, arguments.last, &wanted))?;
    } else if !arguments.follow && last.is_empty() {
        output::tell(format_args!(
            "no decision has been written to {} yet",
            path.display()
        ));
    }
    for record in last {
        show(&record, arguments.json)?;
    }
    if !arguments.follow {
        return Ok(exit::OK);
    }
    loop {
        tokio::time::sleep(INTERVAL).await;
        if tail.as_ref().is_none_or(|tail| tail.is_replaced(&path)) {
            // What was still written to the one put aside comes first.
            if let Some(tail) = &mut tail {
                tail.read(&mut |record| follow(&record, arguments.json, &wanted))?;
            }
            tail = Tail::open(&path)?;
        }
        if let Some(tail) = &mut tail {
            tail.read(&mut |record| follow(&record, arguments.json, &wanted))?;
        }
    }
}

fn keep(
    last: &mut VecDeque<AuditRecord>,
    record: AuditRecord,
    count: usize,
    wanted: &dyn Fn(&AuditRecord) -> bool,
) -> anyhow::Result<()> {
    if wanted(&record) {
        last.push_back(record);
    }
    while last.len() > count {
        last.pop_front();
    }
    Ok(())
}

fn follow(
    record: &AuditRecord,
    json: bool,
    wanted: &dyn Fn(&AuditRecord) -> bool,
) -> anyhow::Result<()> {
    if wanted(record) {
        show(record, json)?;
    }
    Ok(())
}

fn show(record: &AuditRecord, json: bool) -> anyhow::Result<()> {
    if json {
        return output::print_json_line(record);
    }
    let paint = Paint::new();
    let verdict = match record.verdict {
        Verdict::Allowed => paint.good("allowed"),
        Verdict::Denied => paint.bad("denied "),
    };
    let rest = format!(
        "{}/{}  {} {}  {}",
        record.skill, record.method, record.capability, record.target, record.rule
    );
    output::print(&format!(
        "{}  {verdict}  {}\n",
        record.time,
        plain(&rest).replace('\n', " ")
    ))
}

/// A file being read as it grows.
struct Tail {
    reader: BufReader<File>,
    path: PathBuf,
    /// The beginning of a line whose end is not written yet.
    begun: Vec<u8>,
}

impl Tail {
    /// None when there is no such file.
    fn open(path: &Path) -> anyhow::Result<Option<Self>> {
        match File::open(path) {
            Ok(file) => Ok(Some(Self {
                reader: BufReader::new(file),
                path: path.to_owned(),
                begun: Vec::new(),
            })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
        }
    }

    /// Passes on all whole lines there are. Those that are no records are passed over.
    fn read(
        &mut self,
        take: &mut dyn FnMut(AuditRecord) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        loop {
            let read = self.reader.read_until(b'\n', &mut self.begun);
            let count = read.with_context(|| format!("reading {}", self.path.display()))?;
            if count == 0 || !self.begun.ends_with(b"\n") {
                return Ok(());
            }
            if let Ok(record) = serde_json::from_slice(&self.begun) {
                take(record)?;
            }
            self.begun.clear();
        }
    }

    /// Whether `path` is another file now.
    fn is_replaced(&self, path: &Path) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let own = self.reader.get_ref().metadata().map(|own| own.ino());
            let there = std::fs::metadata(path).map(|there| there.ino());
            matches!((own, there), (Ok(own), Ok(there)) if own != there)
        }
        #[cfg(not(unix))]
        {
            let _ = path;
            false
        }
    }
}

//! `luminarys audit`

mod tail;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::bail;
use luminarys_orchestrator::{AuditOptions, AuditRecord, Verdict};
use luminarys_text::visible;

use crate::cli::Audit;
use crate::config::Config;
use crate::exit;
use crate::output::{self, Paint};
use tail::Tail;

/// The number of decisions that are shown first unless asked otherwise.
const LAST: usize = 100;
/// The interval at which followed files are polled.
const INTERVAL: Duration = Duration::from_millis(200);

pub(super) async fn run(config: Config, arguments: &Audit) -> anyhow::Result<u8> {
    let Some(options) = config.settings.audit else {
        bail!("no decisions are recorded: `audit.decisions` is `none`, or there is no data_dir");
    };
    let wanted = |record: &AuditRecord| {
        let is =
            |asked: &Option<String>, found: &str| asked.as_deref().is_none_or(|it| it == found);
        is(&arguments.skill, &record.skill)
            && is(&arguments.capability, &record.capability)
            && is(&arguments.client, &record.client)
            && is(&arguments.trace, &record.trace)
            && (!arguments.denied || record.verdict == Verdict::Denied)
    };
    let count = arguments.last.unwrap_or(match arguments.trace {
        // One request caused them.
        Some(_) => usize::MAX,
        None => LAST,
    });
    let (mut last, mut left_out) = (Vec::new(), 0);
    let mut followed = Vec::new();
    for verdict in [Verdict::Denied, Verdict::Allowed] {
        if arguments.denied && verdict == Verdict::Allowed {
            continue;
        }
        let found = read(&options, verdict, count, &wanted)?;
        last.extend(found.last);
        left_out += found.left_out;
        followed.push(found.followed);
    }
    // Timestamps of one format sort as text.
    last.sort_by(|one, other| one.time.cmp(&other.time));
    let none = followed.iter().all(|one| one.tail.is_none()) && last.is_empty();
    if none && !arguments.follow {
        output::tell(format_args!(
            "no decision has been recorded in {} yet",
            options.path.display()
        ));
    }
    let surplus = last.len().saturating_sub(count);
    left_out += surplus;
    if left_out > 0 && arguments.last.is_none() {
        output::tell(format_args!(
            "{left_out} earlier decisions are not shown; -n COUNT shows more"
        ));
    }
    for record in &last[surplus..] {
        show(record, arguments.json)?;
    }
    if !arguments.follow {
        return Ok(exit::OK);
    }
    loop {
        tokio::time::sleep(INTERVAL).await;
        let mut new = Vec::new();
        for file in &mut followed {
            file.read(&mut |record| new.extend(Some(record).filter(&wanted)))?;
        }
        new.sort_by(|one, other| one.time.cmp(&other.time));
        for record in &new {
            show(record, arguments.json)?;
        }
    }
}

/// The latest records of one kind.
struct Found {
    last: VecDeque<AuditRecord>,
    /// The number of earlier ones.
    left_out: usize,
    /// The file that more are appended to.
    followed: Followed,
}

fn read(
    options: &AuditOptions,
    verdict: Verdict,
    count: usize,
    wanted: &dyn Fn(&AuditRecord) -> bool,
) -> anyhow::Result<Found> {
    let (mut last, mut left_out) = (VecDeque::new(), 0);
    let mut keep = |record: AuditRecord| {
        if wanted(&record) {
            last.push_back(record);
        }
        while last.len() > count {
            last.pop_front();
            left_out += 1;
        }
    };
    let mut files = options.files(verdict);
    files.pop();
    for path in &files {
        if let Some(mut aside) = Tail::open(path)? {
            aside.read(&mut keep)?;
        }
    }
    let mut followed = Followed {
        path: options.file(verdict),
        tail: None,
    };
    followed.read(&mut keep)?;
    Ok(Found {
        last,
        left_out,
        followed,
    })
}

/// A file that may be rotated while it is followed.
struct Followed {
    path: PathBuf,
    tail: Option<Tail>,
}

impl Followed {
    fn read(&mut self, take: &mut dyn FnMut(AuditRecord)) -> anyhow::Result<()> {
        if self
            .tail
            .as_ref()
            .is_none_or(|tail| tail.is_replaced(&self.path))
        {
            // Records still appended to the rotated file come first.
            if let Some(tail) = &mut self.tail {
                tail.read(take)?;
            }
            self.tail = Tail::open(&self.path)?;
        }
        match &mut self.tail {
            Some(tail) => tail.read(take),
            None => Ok(()),
        }
    }
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
    let count = match record.count {
        1 => String::new(),
        count => format!("  ({count} times)"),
    };
    let client = match record.client.as_str() {
        "" => String::new(),
        client => format!("  {client}"),
    };
    let caller = match record.caller.as_str() {
        "" => String::new(),
        caller => format!(" for {caller}"),
    };
    let rest = format!(
        "{}/{}{caller}  {} {}  {}{count}{client}",
        record.skill, record.method, record.capability, record.target, record.rule
    );
    output::print(&format!(
        "{}  {verdict}  {}\n",
        visible(&record.time),
        visible(&rest)
    ))
}

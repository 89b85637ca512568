//! Commands as methods.

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-probe:tools/tools", generate_all });

#[path = "../../text.rs"]
mod text;

use luminarys::skill::archive;
use luminarys::skill::filesystem;
use luminarys::skill::llm;
use luminarys::skill::shell::{self, Command, Daemon, End, RunOptions, StartOptions};
use luminarys::skill::store;
use luminarys::skill::transfer;
use text::text;

struct Skill;

fn options(directory: Option<String>) -> RunOptions {
    let options = RunOptions::new();
    if let Some(path) = directory {
        options.set_directory(&path);
    }
    options
}

fn shown(finished: Finished) -> String {
    let cut = if finished.truncated { "[cut]" } else { "" };
    match finished.end {
        End::Exit(0) => finished.output + cut,
        End::Exit(code) => format!("{}[exit {code}]", finished.output),
        End::Signal(signal) => format!("{}[signal {signal}]", finished.output),
    }
}

fn packing(
    format: Option<Format>,
    exclude: Option<Vec<String>>,
    strip: Option<u32>,
) -> archive::Options {
    let options = archive::Options::new();
    if let Some(format) = format {
        options.set_format(format);
    }
    options.set_exclude(&exclude.unwrap_or_default());
    options.set_strip(strip.unwrap_or_default());
    options
}

impl Guest for Skill {
    fn run(
        line: String,
        directory: Option<String>,
        timeout: Option<u32>,
        input: Option<String>,
        grep: Option<String>,
        tail: Option<u32>,
    ) -> Result<String, String> {
        let options = options(directory);
        options.set_timeout(timeout.unwrap_or_default().into());
        options.set_input(input.unwrap_or_default().as_bytes());
        if let Some(pattern) = grep {
            options.set_grep(&pattern);
        }
        options.set_tail(tail.unwrap_or_default());
        let finished = shell::run(&Command::Line(line), Some(&options));
        finished.map(shown).map_err(text)
    }

    fn run_words(words: Vec<String>, directory: Option<String>) -> Result<String, String> {
        let finished = shell::run(&Command::Words(words), Some(&options(directory)));
        finished.map(shown).map_err(text)
    }

    fn run_whole(line: String) -> Result<Finished, String> {
        let mut finished = shell::run(&Command::Line(line), None).map_err(text)?;
        finished.output.truncate(20);
        Ok(finished)
    }

    fn run_apart(
        line: String,
        grep: Option<String>,
        tail: Option<u32>,
    ) -> Result<Finished, String> {
        let options = RunOptions::new();
        options.set_separate_errors(true);
        if let Some(pattern) = grep {
            options.set_grep(&pattern);
        }
        options.set_tail(tail.unwrap_or_default());
        shell::run(&Command::Line(line), Some(&options)).map_err(text)
    }

    fn start(
        line: String,
        directory: Option<String>,
        log_file: Option<String>,
    ) -> Result<DaemonInfo, String> {
        let options = StartOptions::new();
        if let Some(path) = directory {
            options.set_directory(&path);
        }
        if let Some(path) = log_file {
            options.set_log_file(&path);
        }
        let daemon = shell::start(&Command::Line(line), Some(&options)).map_err(text)?;
        daemon.info().map_err(text)
    }

    fn daemons() -> Result<Vec<DaemonInfo>, String> {
        let daemons = shell::daemons().map_err(text)?;
        daemons.iter().map(|one| one.info().map_err(text)).collect()
    }

    fn output(id: String, tail: Option<u32>) -> Result<String, String> {
        let daemon = Daemon::find(&id).map_err(text)?;
        daemon.output(tail).map_err(text)
    }

    fn pack(
        source: String,
        output: String,
        format: Option<Format>,
        exclude: Option<Vec<String>>,
    ) -> Result<Done, String> {
        let options = packing(format, exclude, None);
        archive::pack(&source, &output, Some(&options)).map_err(text)
    }

    fn unpack(
        archive: String,
        destination: String,
        format: Option<Format>,
        exclude: Option<Vec<String>>,
        strip: Option<u32>,
    ) -> Result<Done, String> {
        let options = packing(format, exclude, strip);
        archive::unpack(&archive, &destination, Some(&options)).map_err(text)
    }

    fn entries(archive: String, exclude: Option<Vec<String>>) -> Result<Vec<String>, String> {
        let options = packing(None, exclude, None);
        let entries = archive::entries(&archive, Some(&options)).map_err(text)?;
        let named = entries.into_iter().map(|entry| match entry.kind {
            archive::Kind::Directory => entry.name + "/",
            archive::Kind::Link => {
                format!("{} -> {}", entry.name, entry.target.unwrap_or_default())
            }
            archive::Kind::File => entry.name,
        });
        Ok(named.collect())
    }

    fn whole_entries(archive: String) -> Result<Vec<Entry>, String> {
        archive::entries(&archive, None).map_err(text)
    }

    fn nodes() -> Result<Vec<Node>, String> {
        transfer::nodes().map_err(text)
    }

    fn send_file(node: String, local: String, remote: String) -> Result<Moved, String> {
        transfer::send(&node, &local, &remote).map_err(text)
    }

    fn receive_file(node: String, remote: String, local: String) -> Result<Moved, String> {
        transfer::receive(&node, &remote, &local).map_err(text)
    }

    fn reachable(node: String, path: String) -> Result<Vec<Remote>, String> {
        transfer::list(&node, &path).map_err(text)
    }

    fn store_get(key: String, namespace: Option<String>) -> Result<Option<String>, String> {
        let value = store::get(namespace.as_deref(), &key).map_err(text)?;
        Ok(value.map(|value| String::from_utf8_lossy(&value).into_owned()))
    }

    fn store_set(key: String, value: String, namespace: Option<String>) -> Result<(), String> {
        store::set(namespace.as_deref(), &key, value.as_bytes()).map_err(text)
    }

    fn store_delete(key: String, namespace: Option<String>) -> Result<bool, String> {
        store::delete(namespace.as_deref(), &key).map_err(text)
    }

    fn store_keys(
        prefix: String,
        after: Option<String>,
        limit: u32,
        namespace: Option<String>,
    ) -> Result<Vec<String>, String> {
        let page = store::keys(namespace.as_deref(), &prefix, after.as_deref(), limit);
        Ok(page.map_err(text)?.keys)
    }

    fn store_key_page(
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> Result<KeyPage, String> {
        store::keys(None, &prefix, after.as_deref(), limit).map_err(text)
    }

    fn store_pair_pages(prefix: String, limit: u32) -> Result<Vec<u32>, String> {
        let mut sizes = Vec::new();
        let mut after = None;
        loop {
            let page = store::pairs(None, &prefix, after.as_deref(), limit).map_err(text)?;
            sizes.push(page.pairs.len() as u32);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(sizes),
            }
        }
    }

    fn store_pairs(prefix: String, namespace: Option<String>) -> Result<Vec<String>, String> {
        let pairs = store::pairs(namespace.as_deref(), &prefix, None, 1000).map_err(text)?;
        let shown = pairs.pairs.into_iter().map(|pair| {
            let value = String::from_utf8_lossy(&pair.value).into_owned();
            format!("{}={value}", pair.key)
        });
        Ok(shown.collect())
    }

    fn store_swap(
        key: String,
        old: Option<String>,
        new: Option<String>,
        namespace: Option<String>,
    ) -> Result<bool, String> {
        let expected = store::Expectation {
            key: key.clone(),
            value: old.map(String::into_bytes),
        };
        let change = store::Change {
            key,
            value: new.map(String::into_bytes),
        };
        store::apply(namespace.as_deref(), &[expected], &[change]).map_err(text)
    }

    fn store_fill(count: u32, bytes: u32) -> Result<bool, String> {
        let change = |number| store::Change {
            key: format!("fill/{number}"),
            value: Some(vec![b'x'; bytes as usize]),
        };
        let changes: Vec<_> = (0..count).map(change).collect();
        store::apply(None, &[], &changes).map_err(text)
    }

    fn store_used() -> Result<Usage, String> {
        store::used(None).map_err(text)
    }

    fn complete(
        content: String,
        system: Option<String>,
        max_tokens: Option<u32>,
        temperature: Option<f32>,
    ) -> Result<String, String> {
        let role = llm::Role::User;
        let prompt = llm::Prompt {
            system,
            messages: vec![llm::Message { role, content }],
        };
        let options = llm::CompletionOptions::new();
        if let Some(tokens) = max_tokens {
            options.set_max_tokens(tokens);
        }
        if let Some(temperature) = temperature {
            options.set_temperature(temperature);
        }
        let answer = llm::complete(&prompt, Some(&options)).map_err(text)?;
        let finish = answer.finish.unwrap_or_default();
        Ok(format!("{}: {} ({finish})", answer.model, answer.content))
    }

    fn check_model() -> Result<(), String> {
        llm::check().map_err(text)
    }

    fn pump(source: String, destination: String) -> Result<u64, String> {
        let mut done = 0;
        loop {
            let piece = filesystem::read_range(&source, done, 4 << 20).map_err(text)?;
            if piece.is_empty() {
                return Ok(done);
            }
            filesystem::append(&destination, &piece).map_err(text)?;
            done += piece.len() as u64;
        }
    }

    fn stop(id: String) -> Result<DaemonInfo, String> {
        let daemon = Daemon::find(&id).map_err(text)?;
        let stopped = daemon.stop().map_err(text)?;
        // The resource outlives the daemon.
        match daemon.info() {
            Ok(found) => Err(format!("{} is still listed", found.id)),
            Err(_) => Ok(stopped),
        }
    }
}

export!(Skill);

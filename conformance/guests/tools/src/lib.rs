//! Commands as methods.

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-probe:tools/tools", generate_all });

#[path = "../../text.rs"]
mod text;

use luminarys::skill::archive;
use luminarys::skill::filesystem;
use luminarys::skill::llm;
use luminarys::skill::shell::{self, Command, End, Options};
use luminarys::skill::store;
use text::text;

struct Skill;

fn options(directory: Option<String>) -> Options {
    Options {
        directory,
        timeout_ms: None,
        input: Vec::new(),
        grep: None,
        tail: None,
    }
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
    archive::Options {
        format,
        exclude: exclude.unwrap_or_default(),
        strip: strip.unwrap_or_default(),
    }
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
        let options = Options {
            timeout_ms: timeout,
            input: input.unwrap_or_default().into_bytes(),
            grep,
            tail,
            ..options(directory)
        };
        let finished = shell::run(&Command::Line(line), &options);
        finished.map(shown).map_err(text)
    }

    fn run_words(words: Vec<String>, directory: Option<String>) -> Result<String, String> {
        let finished = shell::run(&Command::Words(words), &options(directory));
        finished.map(shown).map_err(text)
    }

    fn run_whole(line: String) -> Result<Finished, String> {
        let mut finished = shell::run(&Command::Line(line), &options(None)).map_err(text)?;
        finished.output.truncate(20);
        Ok(finished)
    }

    fn start(
        line: String,
        directory: Option<String>,
        log_file: Option<String>,
    ) -> Result<Daemon, String> {
        let line = Command::Line(line);
        shell::start(&line, directory.as_deref(), log_file.as_deref()).map_err(text)
    }

    fn daemons() -> Vec<Daemon> {
        shell::daemons()
    }

    fn output(id: String, tail: Option<u32>) -> Result<String, String> {
        shell::output(&id, tail).map_err(text)
    }

    fn pack(
        source: String,
        output: String,
        format: Option<Format>,
        exclude: Option<Vec<String>>,
    ) -> Result<Done, String> {
        archive::pack(&source, &output, &packing(format, exclude, None)).map_err(text)
    }

    fn unpack(
        archive: String,
        destination: String,
        format: Option<Format>,
        exclude: Option<Vec<String>>,
        strip: Option<u32>,
    ) -> Result<Done, String> {
        let options = packing(format, exclude, strip);
        archive::unpack(&archive, &destination, &options).map_err(text)
    }

    fn entries(archive: String, exclude: Option<Vec<String>>) -> Result<Vec<String>, String> {
        let options = packing(None, exclude, None);
        let entries = archive::entries(&archive, &options).map_err(text)?;
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
        archive::entries(&archive, &packing(None, None, None)).map_err(text)
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
        store::keys(namespace.as_deref(), &prefix, after.as_deref(), limit).map_err(text)
    }

    fn store_pairs(prefix: String, namespace: Option<String>) -> Result<Vec<String>, String> {
        let pairs = store::pairs(namespace.as_deref(), &prefix, None, 1000).map_err(text)?;
        let shown = pairs.into_iter().map(|pair| {
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
            max_tokens,
            temperature,
            stop: Vec::new(),
        };
        let answer = llm::complete(&prompt).map_err(text)?;
        let finish = answer.finish.unwrap_or_default();
        Ok(format!("{}: {} ({finish})", answer.model, answer.content))
    }

    fn history(filter: String) -> Result<u32, String> {
        let said = llm::history(&filter).map_err(text)?;
        Ok(said.len() as u32)
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

    fn stop(id: String) -> Result<Daemon, String> {
        shell::stop(&id).map_err(text)
    }
}

export!(Skill);

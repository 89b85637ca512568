//! A skill that takes as much of the host as it is given.

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-probe:hungry/hungry", generate_all });

use luminarys::skill::shell::{self, Command, RunOptions};
use luminarys::skill::skills::{Failure, Request};
use luminarys::skill::types::Error;
use luminarys::skill::{context, events, log, skills};
use wasi::clocks0_2_12::monotonic_clock;
use wasi::http0_2_12::types::{Fields, OutgoingRequest};

struct Skill;

fn text(error: Error) -> String {
    match error {
        Error::Denied(denial) => format!("denied: {}: {}", denial.target, denial.suggestion),
        Error::TooLarge(text) => format!("too-large: {text}"),
        Error::LimitExceeded(text) => format!("limit-exceeded: {text}"),
        Error::Unavailable(text) => format!("unavailable: {text}"),
        other => format!("{other:?}"),
    }
}

/// JSON that takes many times its text once it is parsed.
fn nested(bytes: u32) -> String {
    let mut json = String::from("{\"milliseconds\": 60000, \"text\": [[]");
    while json.len() < bytes as usize {
        json.push_str(",[]");
    }
    json.push_str("]}");
    json
}

fn sleep(milliseconds: u64) {
    monotonic_clock::subscribe_duration(milliseconds * 1_000_000).block();
}

fn invoke(skill: String, method: String, arguments: String) -> Result<String, String> {
    let request = Request {
        skill,
        method,
        arguments,
    };
    match skills::invoke(&request) {
        Ok(outcome) => Ok(outcome.value),
        Err(Failure::Returned(text)) => Err(format!("returned: {text}")),
        Err(Failure::Failed(error)) => Err(text(error)),
    }
}

fn run(options: Option<&RunOptions>) -> String {
    let command = Command::Line("true".to_owned());
    shell::run(&command, options).map_or_else(text, |_| String::new())
}

impl Guest for Skill {
    fn defer(bytes: u32, count: u32) -> String {
        let arguments = nested(bytes);
        for number in 0..count {
            if let Err(error) = skills::defer("wait", &arguments) {
                return format!("{number}: {}", text(error));
            }
        }
        String::new()
    }

    fn batch(skill: String, count: u32, bytes: u32) -> String {
        let request = |_| Request {
            skill: skill.clone(),
            method: "wait".to_owned(),
            arguments: nested(bytes),
        };
        let requests: Vec<_> = (0..count).map(request).collect();
        match skills::batch(&requests, 64) {
            Err(error) => text(error),
            Ok(answers) => answers
                .into_iter()
                .find_map(|answer| match answer {
                    Err(Failure::Failed(error)) => Some(text(error)),
                    _ => None,
                })
                .unwrap_or_default(),
        }
    }

    fn emit(topic: String, count: u32, bytes: u32) -> String {
        let payload = nested(bytes);
        for number in 0..count {
            if let Err(error) = events::emit(&topic, &payload) {
                return format!("{number}: {}", text(error));
            }
        }
        String::new()
    }

    fn make_options(count: u32, bytes: u32) -> String {
        let input = vec![b'a'; bytes as usize];
        let mut all = Vec::new();
        for _ in 0..count {
            let options = RunOptions::new();
            options.set_input(&input);
            all.push(options);
        }
        run(all.last())
    }

    fn set_options(count: u32, bytes: u32) -> String {
        let input = vec![b'a'; bytes as usize];
        let options = RunOptions::new();
        for _ in 0..count {
            options.set_input(&input);
        }
        run(Some(&options))
    }

    fn fields() -> String {
        let value = vec![b'a'; 60_000];
        let mut all = Vec::new();
        loop {
            let fields = Fields::new();
            if let Err(error) = fields.append("a", &value) {
                return format!("{error:?}");
            }
            all.push(fields);
        }
    }

    fn requests() -> String {
        let path = format!("/{}", "a".repeat(60_000));
        let mut all = Vec::new();
        loop {
            let request = OutgoingRequest::new(Fields::new());
            if request.set_path_with_query(Some(&path)).is_err() {
                return "the path is refused".to_owned();
            }
            all.push(request);
        }
    }

    fn allocate(bytes: u32, milliseconds: u64) -> String {
        let memory = vec![1_u8; bytes as usize];
        sleep(milliseconds);
        std::hint::black_box(&memory).len().to_string()
    }

    fn progress(milliseconds: u64) -> String {
        let end = monotonic_clock::now() + milliseconds * 1_000_000;
        let message = "a".repeat(1_000);
        let mut done = 0.0;
        while monotonic_clock::now() < end {
            done += 1.0;
            // One that has reached its total is always passed on.
            context::progress(done, Some(1.0), Some(&message));
        }
        done.to_string()
    }

    fn open_files(path: String, count: u32) -> String {
        let mut all = Vec::new();
        for number in 0..count {
            match std::fs::File::open(&path) {
                Ok(file) => all.push(file),
                Err(error) => return format!("{number}: {error}"),
            }
        }
        all.len().to_string()
    }

    fn say(count: u32, bytes: u32) -> String {
        let message = "a".repeat(bytes as usize);
        for _ in 0..count {
            log::message(log::Level::Info, &message, &[]);
        }
        message.len().to_string()
    }

    fn fail(bytes: u32) -> Result<(), String> {
        Err("a".repeat(bytes as usize))
    }

    fn give_up(bytes: u32) {
        context::abort(&"a".repeat(bytes as usize));
    }

    fn nested(bytes: u32) -> Vec<Vec<bool>> {
        vec![Vec::new(); bytes as usize / 3]
    }

    fn wait(milliseconds: u64, _: Option<Vec<Vec<bool>>>) -> String {
        sleep(milliseconds);
        "waited".to_owned()
    }

    fn call(skill: String, method: String, arguments: String) -> Result<String, String> {
        invoke(skill, method, arguments)
    }

    fn wait_and_call(
        milliseconds: u64,
        skill: String,
        method: String,
        arguments: String,
    ) -> Result<String, String> {
        sleep(milliseconds);
        invoke(skill, method, arguments)
    }

    fn on_event(_: String, _: String) {
        sleep(60_000);
    }

    fn hear(topic: String) -> String {
        events::subscribe(&topic, "on_event").map_or_else(text, |()| String::new())
    }
}

export!(Skill);

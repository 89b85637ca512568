//! The doors: each method passes its arguments on.

use crate::exports::luminarys_probe::probe::doors::{
    AllowedDir, Call, Change, Disk, Entry, FileMatch, GlobMatch, Guest, Level, Lines, Page, Scope,
    SystemInfo, Timestamp,
};
use crate::luminarys::skill::filesystem::{GlobOptions, GrepDetail, GrepOptions, ListOptions};
use crate::{Probe, context, filesystem, log, misbehave, sockets, standard, system, text};

type Done = Result<(), String>;

impl Guest for Probe {
    fn read(path: String) -> Result<Vec<u8>, String> {
        filesystem::read(&path).map_err(text)
    }
    fn read_range(path: String, offset: u64, length: u64) -> Result<Vec<u8>, String> {
        filesystem::read_range(&path, offset, length).map_err(text)
    }
    fn write(path: String, content: Vec<u8>) -> Done {
        filesystem::write(&path, &content).map_err(text)
    }
    fn append(path: String, content: Vec<u8>) -> Done {
        filesystem::append(&path, &content).map_err(text)
    }
    fn create(path: String, content: Vec<u8>) -> Done {
        filesystem::create(&path, &content).map_err(text)
    }
    fn delete(path: String) -> Done {
        filesystem::delete(&path).map_err(text)
    }
    fn mkdir(path: String) -> Done {
        filesystem::mkdir(&path).map_err(text)
    }
    fn list(path: String, long: Option<bool>) -> Result<Vec<Entry>, String> {
        let options = ListOptions::new();
        options.set_details(long.unwrap_or(false));
        let page = filesystem::list(&path, None, Some(&options)).map_err(text)?;
        Ok(page.entries)
    }
    fn list_page(path: String, after: Option<String>, limit: u32) -> Result<Page, String> {
        let options = ListOptions::new();
        options.set_limit(limit);
        filesystem::list(&path, after.as_deref(), Some(&options)).map_err(text)
    }
    fn stat(path: String) -> Result<Entry, String> {
        filesystem::stat(&path).map_err(text)
    }
    fn copy(source: String, destination: String) -> Done {
        filesystem::copy(&source, &destination).map_err(text)
    }
    fn rename(source: String, destination: String) -> Done {
        filesystem::rename(&source, &destination).map_err(text)
    }
    fn chmod(path: String, mode: u32, recursive: Option<bool>) -> Done {
        filesystem::chmod(&path, mode, recursive.unwrap_or(false)).map_err(text)
    }
    fn read_lines(path: String, offset: Option<u64>, limit: Option<u64>) -> Result<Lines, String> {
        filesystem::read_lines(&path, offset.unwrap_or(0), limit.unwrap_or(0)).map_err(text)
    }
    fn grep(
        pattern: String,
        path: Option<String>,
        fixed: Option<bool>,
        case_insensitive: Option<bool>,
        include: Option<Vec<String>>,
        exclude: Option<Vec<String>>,
        type_filter: Option<String>,
        ignore_dirs: Option<Vec<String>>,
        max_depth: Option<u32>,
        max_count: Option<u32>,
        with_lines: Option<bool>,
        filename_only: Option<bool>,
    ) -> Result<Vec<FileMatch>, String> {
        let options = GrepOptions::new();
        options.set_fixed(fixed.unwrap_or(false));
        options.set_case_insensitive(case_insensitive.unwrap_or(false));
        options.set_include(&include.unwrap_or_default());
        options.set_exclude(&exclude.unwrap_or_default());
        if let Some(name) = type_filter {
            options.set_type_filter(&name);
        }
        if let Some(names) = ignore_dirs {
            options.set_ignore_dirs(&names);
        }
        options.set_max_depth(max_depth.unwrap_or(0));
        options.set_max_count(max_count.unwrap_or(0));
        options.set_detail(match (filename_only, with_lines) {
            (Some(true), _) => GrepDetail::Paths,
            (_, Some(true)) => GrepDetail::Lines,
            _ => GrepDetail::Positions,
        });
        filesystem::grep(&pattern, path.as_deref(), Some(&options)).map_err(text)
    }
    fn glob(
        patterns: Vec<String>,
        path: Option<String>,
        hidden: Option<bool>,
        ignore_dirs: Option<Vec<String>>,
        max_depth: Option<u32>,
        only_files: Option<bool>,
        only_dirs: Option<bool>,
    ) -> Result<Vec<GlobMatch>, String> {
        let options = GlobOptions::new();
        options.set_hidden(hidden.unwrap_or(false));
        if let Some(names) = ignore_dirs {
            options.set_ignore_dirs(&names);
        }
        options.set_max_depth(max_depth.unwrap_or(0));
        options.set_only_files(only_files.unwrap_or(false));
        options.set_only_dirs(only_dirs.unwrap_or(false));
        filesystem::glob(&patterns, path.as_deref(), Some(&options)).map_err(text)
    }
    fn allowed_dirs() -> Vec<AllowedDir> {
        filesystem::allowed_dirs()
    }

    fn info() -> SystemInfo {
        system::info()
    }
    fn time_now() -> Timestamp {
        system::time_now()
    }
    fn disk_usage(path: Option<String>) -> Result<Disk, String> {
        system::disk_usage(path.as_deref()).map_err(text)
    }
    fn env(key: String) -> Option<String> {
        system::env(&key)
    }

    fn log(level: Level, message: String, fields: Option<Vec<(String, String)>>) {
        log::message(level, &message, &fields.unwrap_or_default());
    }

    fn get_call() -> Call {
        context::get_call()
    }
    fn deadline() -> Option<i64> {
        context::deadline()
    }
    fn time_left() -> Option<u64> {
        context::time_left()
    }
    fn cancelled() -> bool {
        context::cancelled()
    }
    fn progress(steps: u32, pause_ms: Option<u64>, message: Option<String>) {
        for step in 1..=steps {
            context::progress(
                f64::from(step),
                Some(f64::from(steps)),
                Some(message.as_deref().unwrap_or(&format!("step {step}"))),
            );
            standard::sleep(pause_ms.unwrap_or(0));
        }
    }
    fn set_text(text: String) -> String {
        context::set_text(&text);
        "set".to_owned()
    }
    fn append_text(texts: Vec<String>) -> String {
        for text in texts {
            context::append_text(&text);
        }
        "appended".to_owned()
    }
    fn get_state() -> Result<Vec<u8>, String> {
        context::get_state().map_err(text)
    }
    fn abort(text: String) -> Done {
        context::abort(&text);
        Err("the host returned".to_owned())
    }

    fn retire() -> Done {
        context::retire();
        Ok(())
    }

    fn instance_scope() -> Scope {
        context::instance_scope()
    }

    fn set_state(state: Vec<u8>) -> Done {
        context::set_state(&state).map_err(text)
    }

    fn trap() {
        core::arch::wasm32::unreachable()
    }
    fn panic(text: String) {
        panic!("{text}")
    }
    fn fail(text: String) -> Done {
        Err(text)
    }
    fn stack_overflow() -> u64 {
        misbehave::descend(1)
    }
    fn infinite_loop() {
        misbehave::spin()
    }
    fn memory_bomb() {
        misbehave::fill_memory()
    }
    fn allocate(bytes: u64) -> u64 {
        misbehave::allocate(bytes)
    }
    fn sleep(milliseconds: u64) -> String {
        standard::sleep(milliseconds);
        "slept".to_owned()
    }
    fn huge_output(bytes: u64) -> String {
        "x".repeat(usize::try_from(bytes).unwrap_or(usize::MAX))
    }
    fn log_flood(messages: u32) {
        for number in 0..messages {
            log::message(Level::Info, &format!("message {number}"), &[]);
        }
    }
    fn open_files(path: String, count: u32) -> Result<u32, String> {
        standard::open_files(&path, count)
    }

    fn std_read(path: String) -> Result<String, String> {
        standard::read(&path)
    }
    fn std_write(path: String, content: String) -> Done {
        standard::write(&path, &content)
    }
    fn std_delete(path: String) -> Done {
        standard::delete(&path)
    }
    fn std_rename(source: String, destination: String) -> Done {
        standard::rename(&source, &destination)
    }
    fn std_list(path: String) -> Result<Vec<String>, String> {
        standard::list(&path)
    }
    fn std_change(how: Change, path: String, other: Option<String>) -> Done {
        standard::change(how, &path, other.as_deref().unwrap_or_default())
    }
    fn std_env() -> Vec<(String, String)> {
        std::env::vars().collect()
    }
    fn std_arguments() -> Vec<String> {
        std::env::args().collect()
    }
    fn std_time() -> u64 {
        standard::seconds()
    }
    fn print(text: String, standard_error: Option<bool>) {
        if standard_error.unwrap_or(false) {
            eprintln!("{text}");
        } else {
            println!("{text}");
        }
    }
    fn std_input() -> Result<String, String> {
        standard::input()
    }
    fn std_exit(code: i32) {
        std::process::exit(code)
    }

    fn wasi_connect(address: String, port: u16) -> Result<String, String> {
        sockets::connect(&address, port)
    }
    fn wasi_listen(address: String, port: u16) -> Result<String, String> {
        sockets::listen(&address, port)
    }
    fn wasi_resolve(name: String) -> Result<Vec<String>, String> {
        sockets::resolve(&name)
    }
}

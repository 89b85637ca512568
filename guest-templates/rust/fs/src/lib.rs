//! Files for agents. The methods, their parameters and their documentation are in `wit/world.wit`; this is the table
//! that says where each is.

mod edit;
mod lines;
mod listing;
mod report;
mod search;

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-rust:fs/fs", generate_all });

use exports::luminarys_rust::fs::files::Guest;
use luminarys::skill::filesystem;

/// A method's answer: text, or the error's.
type Answer = Result<String, String>;

struct Files;

impl Guest for Files {
    fn read(path: String) -> Answer {
        report::text(&path, filesystem::read(&path).map_err(report::error)?)
    }

    fn read_lines(path: String, start: Option<u64>, end: Option<u64>) -> Answer {
        listing::lines(&path, start.unwrap_or(1).max(1), end.unwrap_or(0))
    }

    fn write(path: String, content: String) -> Answer {
        edit::write(&path, &content)
    }

    fn append_line(path: String, line: String) -> Answer {
        edit::append_line(&path, &line)
    }

    fn edit(
        path: String,
        old_string: String,
        new_string: Option<String>,
        replace_all: Option<bool>,
    ) -> Answer {
        edit::edit(
            &path,
            &old_string,
            &new_string.unwrap_or_default(),
            replace_all.unwrap_or(false),
        )
    }

    fn delete(path: String) -> Answer {
        filesystem::delete(&path).map_err(report::error)?;
        Ok(format!("Deleted: {path}"))
    }

    fn mkdir(path: String) -> Answer {
        filesystem::mkdir(&path).map_err(report::error)?;
        Ok(format!("Created directory: {path}"))
    }

    fn list(path: String, detailed: Option<bool>) -> Answer {
        listing::list(&path, detailed.unwrap_or(false))
    }

    fn stat(path: String) -> Answer {
        listing::stat(&path)
    }

    fn chmod(path: String, mode: u32, recursive: Option<bool>) -> Answer {
        filesystem::chmod(&path, mode, recursive.unwrap_or(false)).map_err(report::error)?;
        Ok(format!("Changed mode of {path} to 0{mode:03o}"))
    }

    fn move_(source: String, dest: String) -> Answer {
        filesystem::rename(&source, &dest).map_err(report::error)?;
        Ok(format!("Moved: {source} -> {dest}"))
    }

    fn copy(source: String, dest: String) -> Answer {
        filesystem::copy(&source, &dest).map_err(report::error)?;
        Ok(format!("Copied: {source} -> {dest}"))
    }

    fn count_lines(path: String) -> Result<u64, String> {
        // One line is asked for; the host counts the rest.
        Ok(filesystem::read_lines(&path, 0, 1)
            .map_err(report::error)?
            .total)
    }

    fn find(
        path: String,
        pattern: String,
        only_files: Option<bool>,
        hidden: Option<bool>,
        max_depth: Option<u32>,
    ) -> Answer {
        let only_files = only_files.unwrap_or(true);
        listing::find(
            &path,
            &pattern,
            only_files,
            hidden.unwrap_or(false),
            max_depth.unwrap_or(0),
        )
    }

    fn tree(path: String, max_depth: Option<u32>, hidden: Option<bool>) -> Answer {
        listing::tree(&path, max_depth.unwrap_or(0), hidden.unwrap_or(false))
    }

    fn search(
        pattern: String,
        path: Option<String>,
        fixed: Option<bool>,
        case_insensitive: Option<bool>,
        include: Option<Vec<String>>,
        exclude: Option<Vec<String>>,
        max_count: Option<u32>,
    ) -> Answer {
        let options = search::options("text", case_insensitive);
        options.set_fixed(fixed.unwrap_or(false));
        options.set_include(&include.unwrap_or_default());
        options.set_exclude(&exclude.unwrap_or_default());
        options.set_max_count(max_count.unwrap_or(0));
        search::lines(&pattern, path.as_deref(), options)
    }

    fn search_code(
        pattern: String,
        path: Option<String>,
        language: Option<String>,
        case_insensitive: Option<bool>,
        max_count: Option<u32>,
    ) -> Answer {
        let language = language.as_deref().unwrap_or("code");
        let options = search::options(language, case_insensitive);
        options.set_max_count(max_count.unwrap_or(0));
        search::lines(&pattern, path.as_deref(), options)
    }

    fn search_files(
        pattern: String,
        path: Option<String>,
        fixed: Option<bool>,
        case_insensitive: Option<bool>,
        include: Option<Vec<String>>,
    ) -> Answer {
        let options = search::options("text", case_insensitive);
        options.set_fixed(fixed.unwrap_or(false));
        options.set_include(&include.unwrap_or_default());
        search::files(&pattern, path.as_deref(), options)
    }

    fn search_in_file(
        path: String,
        pattern: String,
        fixed: Option<bool>,
        case_insensitive: Option<bool>,
    ) -> Answer {
        let options = search::options("all", case_insensitive);
        options.set_fixed(fixed.unwrap_or(false));
        search::lines(&pattern, Some(&path), options)
    }
}

export!(Files);

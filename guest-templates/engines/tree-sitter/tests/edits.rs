//! Edits, and the trees that are parsed again in part only.

mod common;

use common::{edit, report, sample, samples, some};
use tree_sitter_skill::Skill;
use tree_sitter_skill::syntax::{Change, Guest as _};

fn replace(old: &str, new: &str) -> Change {
    Change {
        new: new.to_owned(),
        old: some(old),
        start_line: None,
        start_column: None,
        end_line: None,
        end_column: None,
    }
}

fn at(start: (u32, Option<u32>), end: (Option<u32>, Option<u32>), new: &str) -> Change {
    Change {
        new: new.to_owned(),
        old: None,
        start_line: Some(start.0),
        start_column: start.1,
        end_line: end.0,
        end_column: end.1,
    }
}

/// After an edit the tree is the one that the new text has: the same symbols where it has no error, and an error where it
/// has one.
#[test]
fn a_tree_after_an_edit_is_that_of_the_new_text() {
    let mut rows = Vec::new();
    for sample in samples() {
        let lines: Vec<_> = sample.text.lines().collect();
        for (row, line) in lines.iter().enumerate().step_by(8) {
            let number = u32::try_from(row + 1).expect("a line");
            let half = u32::try_from(line.len() / 2 + 1).expect("a column");
            let edits = [
                at((number, None), (Some(number), None), ""),
                at((number, None), (None, None), &format!("{line}\n")),
                at((number, Some(half)), (None, None), " x "),
            ];
            let edits = edits.into_iter().filter(|edit| {
                line.is_char_boundary(edit.start_column.map_or(0, |column| column as usize - 1))
            });
            for change in edits {
                let edited =
                    edit(vec![change.clone()], &sample.text, sample.language).expect("an edit");
                let text = edited.text.expect("the text");
                let fresh = Skill::errors(None, some(&text), None, some(sample.language))
                    .expect("it is checked");
                if (edited.errors_after == 0) != (fresh.total == 0) {
                    rows.push(format!(
                        "{}: {change:?}: {} errors, not {}",
                        sample.name, edited.errors_after, fresh.total
                    ));
                }
                if fresh.total > 0 {
                    continue;
                }
                Skill::open(
                    "text".into(),
                    None,
                    some(&sample.text),
                    some(sample.language),
                )
                .expect("it is opened");
                Skill::edit(vec![change.clone()], None, None, some("text"), None, None)
                    .expect("an edit");
                let kept =
                    Skill::outline(None, None, some("text"), None, None, None, Some(100_000))
                        .expect("an outline");
                if kept != common::outline(&text, sample.language, 100_000) {
                    rows.push(format!("{}: {change:?}: other symbols", sample.name));
                }
            }
        }
    }
    report(&rows);
}

#[test]
fn an_edit_says_what_it_changes() {
    let text = sample("shapes.rs").text;
    let edits = vec![
        replace("fn name(&self)", "fn title(&self)"),
        replace("Self { radius }", "Self { radius: radius }"),
        replace("mod other;\n", ""),
        replace("fn main() {", "fn more() {}\n\nfn main() {"),
    ];
    let edited = edit(edits, &text, "rust").expect("an edit");
    assert_eq!(
        (edited.errors_before, edited.errors_after, edited.problem),
        (0, 0, None)
    );
    assert_eq!(edited.added, ["method Shape.title", "function more"]);
    assert_eq!(edited.removed, ["method Shape.name", "module other"]);
    assert_eq!(
        edited.changed,
        ["trait Shape", "impl Circle", "method Circle.new"]
    );
    let lines: Vec<_> = edited
        .changed_lines
        .iter()
        .map(|range| (range.start_line, range.end_line))
        .collect();
    assert!(
        lines.contains(&(27, 27)) && lines.contains(&(50, 50)),
        "{lines:?}"
    );
    let broken = edit(
        vec![replace("circle.radius\n    }", "circle.radius\n")],
        &text,
        "rust",
    )
    .expect("an edit");
    assert!(broken.errors_after > 0 && !broken.errors.is_empty() && broken.problem.is_some());
}

#[test]
fn places_of_edits() {
    let table = [
        (
            "a\nb\nc\n",
            at((2, None), (Some(2), None), "x\n"),
            Ok("a\nx\nc\n"),
        ),
        ("a\nb\nc\n", at((1, None), (Some(3), None), ""), Ok("")),
        ("a\nb", at((2, None), (Some(2), None), "x"), Ok("a\nx")),
        (
            "a\nb\n",
            at((3, None), (None, None), "c\n"),
            Ok("a\nb\nc\n"),
        ),
        ("abc\n", at((1, Some(2)), (None, Some(3)), "x"), Ok("axc\n")),
        ("abc\n", at((1, Some(4)), (None, None), "d"), Ok("abcd\n")),
        (
            "a\nbc\n",
            at((1, Some(2)), (Some(2), Some(2)), ""),
            Ok("ac\n"),
        ),
        (
            "é\n",
            at((1, Some(2)), (None, None), "x"),
            Err("a column begins a character"),
        ),
        (
            "a\n",
            at((5, None), (None, None), "x"),
            Err("there is no line 5: the text has 1"),
        ),
        (
            "a\n",
            at((1, Some(9)), (None, None), "x"),
            Err("line 1 has no column 9"),
        ),
        (
            "a\n",
            at((0, None), (None, None), "x"),
            Err("lines count from 1"),
        ),
        // Whole lines get the end that they lack, where there was one.
        ("a\nb\n", at((2, None), (None, None), "x"), Ok("a\nx\nb\n")),
        ("a\nb\n", at((3, None), (None, None), "x"), Ok("a\nb\nx\n")),
        ("a\nb", at((3, None), (None, None), "x"), Ok("a\nb\nx")),
        ("a\nb", at((3, None), (None, None), ""), Ok("a\nb")),
        ("", at((1, None), (None, None), "x"), Ok("x\n")),
        (
            "a\r\nb",
            at((2, None), (None, None), "x"),
            Ok("a\r\nx\r\nb"),
        ),
        (
            "a\nb\nc\n",
            at((1, None), (Some(2), None), "x"),
            Ok("x\nc\n"),
        ),
        ("a\nb\n", at((2, None), (None, None), ""), Ok("a\nb\n")),
        // With columns nothing is added.
        ("a\nb\n", at((2, Some(1)), (None, None), "x"), Ok("a\nxb\n")),
        (
            "a\nb\n",
            at((2, Some(1)), (None, Some(2)), "x"),
            Ok("a\nx\n"),
        ),
        (
            "a\nb\n",
            at((2, None), (None, Some(2)), "x"),
            Err("end_column needs start_column"),
        ),
        (
            "a\nb\n",
            at((1, Some(1)), (Some(2), None), "x"),
            Err("end_line with start_column needs end_column"),
        ),
        (
            "a\nb\n",
            at((1, Some(0)), (None, None), "x"),
            Err("columns count from 1"),
        ),
        (
            "a\n",
            at((3, None), (None, None), "x"),
            Err("there is no line 3: the text has 1"),
        ),
        (
            "a\nb\n",
            at((2, None), (Some(1), None), "x"),
            Err("the end is before the start"),
        ),
        (
            "a\nb\n",
            at((2, Some(2)), (Some(1), Some(1)), "x"),
            Err("the end is before the start"),
        ),
        (
            "a a\n",
            replace("a", "b"),
            Err("old is 2 times in the text"),
        ),
        ("a\n", replace("c", "b"), Err("old is not in the text")),
        ("a\n", replace("", "b"), Err("give old")),
    ];
    let mut rows = Vec::new();
    for (text, change, wanted) in table {
        let is =
            edit(vec![change.clone()], text, "bash").map(|edited| edited.text.unwrap_or_default());
        let is_right = match (&is, wanted) {
            (Ok(is), Ok(wanted)) => is == wanted,
            (Err(error), Err(wanted)) => error.contains(wanted) && error.starts_with("edit 1: "),
            _ => false,
        };
        if !is_right {
            rows.push(format!("{text:?} {change:?}: {is:?}, not {wanted:?}"));
        }
    }
    report(&rows);
}

#[test]
fn documents_keep_edits_all_or_none() {
    let open = |name: &str, text: &str| Skill::open(name.into(), None, some(text), some("rust"));
    let change = |edits| Skill::edit(edits, None, None, some("one"), None, Some(true));
    open("one", "fn a() {}\n").expect("it is opened");
    let edited = change(vec![replace("a", "b")]).expect("an edit");
    assert_eq!(
        (edited.version, edited.text.as_deref()),
        (Some(1), Some("fn b() {}\n"))
    );
    let failed = change(vec![replace("b", "c"), replace("b", "d")]);
    assert!(failed.is_err_and(|error| error.starts_with("edit 2: old is not in the text")));
    let edited = change(Vec::new()).expect("an edit");
    assert_eq!(
        (edited.version, edited.text.as_deref()),
        (Some(2), Some("fn b() {}\n"))
    );
    let other = Skill::errors(None, None, some("one"), some("go"));
    assert!(other.is_err_and(|error| error.contains("was opened as rust")));
    for number in 1..32 {
        open(&number.to_string(), "").expect("it is opened");
    }
    assert!(open("more", "").is_err_and(|error| {
        error.contains("no room for more (0 bytes, 1 nodes): 32 other documents")
    }));
    Skill::close("1".into()).expect("it is closed");
    open("more", "").expect("it is opened");
    assert!(Skill::close("1".into()).is_err_and(|error| error.contains("no document 1 is open")));
    let long = " ".repeat(2 << 20);
    open("2", &long).expect("it is opened");
    assert!(open("5", &long).is_err_and(|error| error.contains("no room for 5 (2097152 bytes")));
    let many = vec![replace("x", "y"); 201];
    assert!(change(many).is_err_and(|error| error.contains("at most 200")));
}

/// Columns that answers have are those that edits take.
#[test]
fn places_of_answers_are_places_of_edits() {
    let (text, language) = ("é = 1; name = é\nother(name)\n", "javascript");
    let found = Skill::references(
        "name".into(),
        None,
        some(text),
        None,
        some(language),
        None,
        None,
    )
    .expect("references");
    let matches = Skill::query(
        "((identifier) @a (#eq? @a \"name\"))".into(),
        None,
        some(text),
        None,
        some(language),
        None,
        None,
    )
    .expect("matches");
    let references = found.references.iter().map(|one| (one.line, one.column));
    let captures = matches.matches.iter().map(|one| &one.captures[0]);
    let captures = captures.map(|one| (one.start_line, one.start_column));
    let places: Vec<_> = references.chain(captures).collect();
    assert_eq!(places.len(), 4);
    for (line, column) in places {
        let change = at((line, Some(column)), (None, Some(column + 4)), "new");
        let edited = edit(vec![change], text, language).expect("an edit");
        let wanted = match line {
            1 => text.replacen("name", "new", 1),
            _ => text.replace("(name)", "(new)"),
        };
        assert_eq!(edited.text, Some(wanted), "{line}:{column}");
    }
}

/// What does not fit is refused, says the limit and how to make room, and leaves the documents that are open as they are.
#[test]
fn documents_are_bounded_by_their_nodes() {
    let open = |name: &str, text: &str| Skill::open(name.into(), None, some(text), some("json"));
    let many = format!("[{}1]", "1,".repeat(150_000));
    for name in ["a", "b", "c"] {
        open(name, &many).expect("it is opened");
    }
    let refused = open("d", &many).expect_err("there is no room");
    let words = [
        "no room for d",
        "3 other documents",
        "with 1000000 nodes together can be",
        "close one: a, b, c",
    ];
    for word in words {
        assert!(refused.contains(word), "{refused}");
    }
    for name in ["a", "b", "c"] {
        let checked = Skill::errors(None, None, some(name), None).expect("it is open");
        assert_eq!(checked.total, 0);
    }
    // Replacing one takes the room of that one.
    open("a", &many).expect("it is replaced");
    Skill::close("a".into()).expect("it is closed");
    open("d", &many).expect("it is opened");
    // An edit that does not fit is refused too, and changes nothing.
    let change = at((1, Some(2)), (None, None), &"1,".repeat(60_000));
    for _ in 0..2 {
        let edited = Skill::edit(vec![change.clone()], None, None, some("d"), None, None);
        assert!(edited.is_err_and(|error| error.contains("no room for d")));
    }
    let kept = Skill::errors(None, None, some("d"), None).expect("it is open");
    assert_eq!(kept.total, 0);
}

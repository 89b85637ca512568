//! For any text, its visible form has nothing hidden and begins no new line.

use luminarys_testing::each_row;
use proptest::prelude::*;

use super::*;

/// Text of relevant and random characters.
pub(crate) fn any_text() -> impl Strategy<Value = String> {
    let known = "\n\r\t\u{0}\u{1b}\u{7f}\u{85}\u{9b}\u{ad}\u{34f}\u{61c}\u{600}\u{94d}\u{9cd}\u{200b}\u{200c}\u{200d}\
                 \u{200e}\u{2028}\u{2029}\u{202e}\u{2066}\u{20e3}\u{3164}\u{e000}\u{fdd0}\u{fe0f}\u{feff}\u{e0041}\u{e0100}\
                 1#aé👩💻🏴🏽❤میخره्क\\{} ";
    let known: Vec<char> = known.chars().collect();
    let character = prop_oneof![4 => proptest::sample::select(known), 1 => any::<char>()];
    proptest::collection::vec(character, 0..60).prop_map(String::from_iter)
}

/// Hidden characters that are not allowed in any context.
fn always_hidden(text: &str) -> Option<char> {
    let excepted = |c: char| matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe0f}');
    text.chars().find(|c| is_hidden(*c) && !excepted(*c))
}

proptest! {
    #[test]
    fn visible_text_hides_nothing(text in any_text()) {
        let shown = visible(&text);
        prop_assert_eq!(always_hidden(&shown), None);
        prop_assert_eq!(check_line(&shown), Ok(()));
        prop_assert_eq!(visible(&shown), shown.clone());
        prop_assert_eq!(matches!(shown, Cow::Borrowed(_)), check_line(&text).is_ok());
    }

    #[test]
    fn only_the_first_line_begins_at_the_margin(text in any_text()) {
        let shown = visible_lines(&text, "> ");
        let broken = shown.split('\n').skip(1).find(|line| !line.is_empty() && !line.starts_with("> "));
        prop_assert_eq!(broken, None);
        prop_assert_eq!(always_hidden(&shown.replace(['\n', '\t'], "")), None);
        prop_assert_eq!(check(&shown), Ok(()));
        prop_assert_eq!(check(&visible_text(&text)), Ok(()));
    }
}

#[test]
fn every_hidden_character_is_found() {
    for character in ('\0'..=char::MAX).filter(|c| is_hidden(*c)) {
        let text = format!("a{character}b");
        assert!(check_line(&text).is_err(), "{character:?}");
        assert!(!visible(&text).contains(character), "{character:?}");
    }
    // Samples of each kind.
    for character in "\0\u{7f}\u{80}\u{9f}\u{ad}\u{115f}\u{17b4}\u{180e}\u{200b}\u{2028}\u{2060}\u{206f}\u{3164}\u{fe00}\u{ffa0}\
         \u{fff9}\u{1d173}\u{e0001}\u{e007f}\u{e01ef}\u{e000}\u{f0000}\u{378}\u{ffff}"
        .chars()
    {
        assert!(is_hidden(character), "{character:?}");
    }
    for character in " ~é日本\u{600}\u{6dd}\u{301}\u{20e3}👍\u{fffd}\u{3000}".chars() {
        assert!(!is_hidden(character), "{character:?}");
    }
}

#[test]
fn people_can_write_their_languages() {
    let rows = [
        "می‌خواهم کتاب‌ها را بخوانم",
        "क्‍ष और क्‌ष",
        "র‍্যাব",
        "ශ්‍රී ලංකාව",
        "മലയാളം ന്‍",
        "עברית, العربية، 日本語、한국어, ไทย, Tiếng Việt, Ελληνικά",
        "👩‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 🤷🏽‍♀️ ❤️ 1️⃣ #️⃣ 🇺🇦",
    ];
    each_row(rows, |text| {
        assert_eq!(check(text), Ok(()), "{text}");
        assert_eq!(visible(text), text);
    });
}

#[test]
fn the_exceptions_hide_nothing() {
    let rows = [
        "a\u{200d}b",
        "a\u{200c}b",
        "\u{200d}",
        "ا\u{200c}ا",
        "م\u{200c}\u{200c}م",
        "م\u{200b}\u{200c}م",
        "\u{3164}\u{200d}\u{94d}",
        "क्\u{200d}\u{200d}ष",
        "👩\u{200d}a",
        "👩\u{200d}",
        "👩\u{200d}\u{200d}💻",
        "❤\u{fe0f}\u{fe0f}",
        "a\u{fe0f}",
        "1\u{fe0f}",
        "1\u{fe0f}\u{200d}💻",
        "🏴\u{e0067}\u{e0062}\u{e007f}",
        "字\u{e0100}",
    ];
    each_row(rows, |text| {
        assert!(check(text).is_err(), "{text:?}");
    });
}

#[test]
fn errors_have_the_escape_and_the_place() {
    assert_eq!(visible("a\tb\r\nc\u{1b}[2J"), "a\\tb\\r\\nc\\u{1b}[2J");
    assert_eq!(
        visible_lines("a\r\n\tb\n\nc\rd", "  "),
        "a\n  \tb\n\n  c\\rd"
    );
    assert_eq!(visible_text("a\nb\n"), "a\nb\n");
    assert_eq!(visible_text("a\nb\r"), "a\nb\\r");
    let found = check("one\n\ttwo\u{202e}").unwrap_err();
    assert_eq!((found.line, found.column), (2, 5));
    assert!(
        found.to_string().contains("U+202E (line 2, character 5)"),
        "{found}"
    );
    assert_eq!(check_line("a\n").unwrap_err().character, '\n');
}

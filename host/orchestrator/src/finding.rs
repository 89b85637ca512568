//! Ranks methods by the words of a query. Pure: a method's words are those of its names, description and parameters.

use std::collections::BTreeMap;
use std::ops::Bound;

/// How much a word counts by where it stands.
pub(crate) const OF_METHOD: f32 = 4.0;
pub(crate) const OF_SKILL: f32 = 3.0;
pub(crate) const OF_SUMMARY: f32 = 2.0;
pub(crate) const OF_PARAMETER: f32 = 1.5;
pub(crate) const OF_DESCRIPTION: f32 = 1.0;

/// How much a word counts that is only another form of the one asked for: "files" and "file".
const ALIKE: f32 = 0.6;
/// The shortest beginning that two forms share, in characters.
const MIN_BEGINNING: usize = 3;
/// The maximum number and length of a query's words, and of a text's.
const MAX_QUERY: usize = 16;
/// The beginning of a query that is looked at, in bytes: nothing else bounds it, and it may be all words that say nothing.
const MAX_QUERY_BYTES: usize = 4 << 10;
const MAX_WORD: usize = 64;
const MAX_TEXT: usize = 500;

/// Words that say nothing about a method.
const EMPTY: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "by", "do", "for", "from", "how", "i", "in", "into",
    "is", "it", "its", "me", "my", "of", "on", "or", "that", "the", "this", "to", "with",
];

/// Returns the words of `text` in lower case; `camelCase` and `snake_case` are two each.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.find(char::is_alphanumeric)?;
        rest = &rest[start..];
        let mut before = None;
        let end = rest.char_indices().find(|&(_, next)| {
            let last = before.replace(next);
            let begins_new = next.is_uppercase() && last.is_some_and(char::is_lowercase);
            begins_new || !next.is_alphanumeric()
        });
        let (word, after) = rest.split_at(end.map_or(rest.len(), |(at, _)| at));
        rest = after;
        let edge = word.floor_char_boundary(MAX_WORD);
        Some(word[..edge].to_lowercase())
    })
}

/// The words of one method, sorted, so that the forms of one word stand together.
#[derive(Debug, Default)]
pub(crate) struct Words(BTreeMap<String, f32>);

impl Words {
    /// Adds the words of `text`, which count `weight`.
    pub fn add(&mut self, text: &str, weight: f32) {
        for word in words(text).take(MAX_TEXT) {
            let known = self.0.entry(word).or_default();
            *known = known.max(weight);
        }
    }

    /// Returns how well the best of them fits `asked`; 0 if none does.
    fn fit(&self, asked: &str) -> f32 {
        let exact = self.0.get(asked).copied().unwrap_or_default();
        let Some((end, _)) = asked.char_indices().nth(MIN_BEGINNING - 1) else {
            return exact;
        };
        let beginning = &asked[..asked.ceil_char_boundary(end + 1)];
        let from = (Bound::Included(beginning), Bound::Unbounded);
        let range = self.0.range::<str, _>(from);
        let near = range.take_while(|(word, _)| word.starts_with(beginning));
        let similar = near.filter(|(word, _)| alike(word, asked));
        similar.fold(exact, |best, (_, weight)| best.max(ALIKE * weight))
    }
}

/// Whether they are forms of one word, as far as their beginnings tell: the shorter is the beginning of the longer, or they
/// have the same first two thirds.
fn alike(one: &str, other: &str) -> bool {
    let pairs = one.chars().zip(other.chars());
    let same = pairs.take_while(|(one, other)| one == other).count();
    if same < MIN_BEGINNING {
        return false;
    }
    let (short, long) = {
        let (one, other) = (one.chars().count(), other.chars().count());
        (one.min(other), one.max(other))
    };
    same == short || 3 * same >= 2 * long
}

/// The words that are asked for.
#[derive(Debug, PartialEq)]
pub(crate) struct Query(Vec<String>);

impl Query {
    pub fn new(text: &str) -> Self {
        let mut asked: Vec<String> = Vec::new();
        let text = &text[..text.floor_char_boundary(MAX_QUERY_BYTES)];
        for word in words(text) {
            if asked.len() == MAX_QUERY {
                break;
            }
            if !EMPTY.contains(&word.as_str()) && !asked.contains(&word) {
                asked.push(word);
            }
        }
        Self(asked)
    }

    /// Whether it has no words, so that everything fits.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns those that fit, the best first; equally good ones keep their order. A word that fits few of them counts more
    /// than one that fits many, and one that fits more of the words more than one that fits fewer.
    pub fn rank<'a, T>(&self, all: impl Iterator<Item = (T, &'a Words)>) -> Vec<T> {
        let fits = all.map(|(item, words)| {
            let fits = self.0.iter().map(|asked| words.fit(asked));
            (item, fits.collect::<Vec<f32>>())
        });
        let fits: Vec<(T, Vec<f32>)> = fits.collect();
        let rarity = (0..self.0.len()).map(|at| {
            let count = fits.iter().filter(|(_, fits)| fits[at] > 0.0).count();
            (1.0 + fits.len() as f32 / count.max(1) as f32).ln()
        });
        let rarity: Vec<f32> = rarity.collect();
        let scored = fits.into_iter().filter_map(|(item, fits)| {
            let fitting = fits.iter().filter(|fit| **fit > 0.0).count();
            let sum: f32 = fits.iter().zip(&rarity).map(|(fit, rare)| fit * rare).sum();
            (fitting > 0).then_some((item, sum * fitting as f32))
        });
        let mut scored: Vec<(T, f32)> = scored.collect();
        scored.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        scored.into_iter().map(|(item, _)| item).collect()
    }
}

/// Returns the first sentence of a description, on one line, in at most `limit` bytes.
pub(crate) fn first_sentence(description: &str, limit: usize) -> String {
    let paragraph = description.trim().split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let ends = line.match_indices(". ").map(|(at, _)| at);
    let end = ends.into_iter().find(|at| {
        !["e.g", "i.e", "etc"]
            .iter()
            .any(|it| line[..*at].ends_with(it))
    });
    let sentence = &line[..end.map_or(line.len(), |at| at + 1)];
    if sentence.len() <= limit {
        return sentence.to_owned();
    }
    let edge = sentence.floor_char_boundary(limit.saturating_sub('…'.len_utf8()));
    format!("{}…", sentence[..edge].trim_end())
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;
    use proptest::prelude::*;

    use super::*;

    const METHODS: &[(&str, &str, &str, &str)] = &[
        ("fs", "read", "Reads a file as text.", "path"),
        (
            "fs",
            "write",
            "Writes a file; creates its parents.",
            "path content",
        ),
        ("fs", "list", "Lists a directory.", "path"),
        (
            "fs",
            "search_text",
            "Finds lines that match a regular expression.",
            "pattern",
        ),
        ("git", "log", "Shows the commits of a branch.", "branch"),
        ("git", "readBlob", "Returns the content of an object.", "id"),
        (
            "mail",
            "send",
            "Sends a message to people.",
            "to subject body",
        ),
        (
            "почта",
            "отправить",
            "Отправляет письмо получателям.",
            "кому",
        ),
    ];

    fn ranked(query: &str) -> Vec<String> {
        let all = METHODS
            .iter()
            .map(|(skill, method, description, parameters)| {
                let mut words = Words::default();
                words.add(skill, OF_SKILL);
                words.add(method, OF_METHOD);
                words.add(description, OF_SUMMARY);
                words.add(parameters, OF_PARAMETER);
                (format!("{skill}/{method}"), words)
            });
        let all: Vec<(String, Words)> = all.collect();
        let each = all.iter().map(|(name, words)| (name.clone(), words));
        Query::new(query).rank(each)
    }

    #[test]
    fn the_best_come_first() {
        let rows = [
            ("read a file", "fs/read"),
            ("fs.read", "fs/read"),
            ("reading files", "fs/read"),
            ("how to search the text", "fs/search_text"),
            ("searchText", "fs/search_text"),
            ("regex regular", "fs/search_text"),
            ("blob", "git/readBlob"),
            ("commit", "git/log"),
            ("subject", "mail/send"),
            ("письма", "почта/отправить"),
            ("ПОЧТА", "почта/отправить"),
        ];
        each_row(rows, |(query, best)| {
            let found = ranked(query);
            assert_eq!(found.first().map(String::as_str), Some(best), "{found:?}");
        });
    }

    #[test]
    fn what_fits_no_word_is_not_found() {
        let rows = [
            ("zebra", 0),
            ("the", 0),
            ("", 0),
            ("  … ", 0),
            ("re", 0),
            ("git", 2),
            ("git zebra", 2),
            ("committed", 1),
            ("compost", 0),
        ];
        each_row(rows, |(query, count)| {
            assert_eq!(ranked(query).len(), count);
        });
        assert!(Query::new("how to").is_empty());
    }

    #[test]
    fn only_the_beginning_of_a_query_is_looked_at() {
        let filler = "the ".repeat(MAX_QUERY_BYTES);
        let rows = [
            (format!("{filler}read"), ""),
            (format!("read {filler} write"), "read"),
            ("é".repeat(MAX_QUERY_BYTES), &"é".repeat(MAX_WORD / 2)),
            ("aB".repeat(MAX_QUERY_BYTES), "a ba b"),
            ("\u{ffff}".repeat(MAX_QUERY_BYTES), ""),
        ];
        each_row(rows, |(query, expected)| {
            assert_eq!(Query::new(&query), Query::new(expected));
        });
    }

    #[test]
    fn first_sentences() {
        let rows = [
            ("", ""),
            ("Reads.", "Reads."),
            ("Reads a file. Fails otherwise.", "Reads a file."),
            ("Reads\n  a file\n\nMore.", "Reads a file"),
            (
                "Takes a path, e.g. /tmp. Or not.",
                "Takes a path, e.g. /tmp.",
            ),
            ("Reads version 1.2 of it", "Reads version 1.2 of it"),
            (&"é ".repeat(40), &format!("{}…", "é ".repeat(9).trim_end())),
        ];
        each_row(rows, |(text, expected)| {
            assert_eq!(first_sentence(text, 30), expected);
        });
    }

    proptest! {
        #[test]
        fn words_fit_as_if_each_was_compared(texts in "[a-dé ]{0,60}", asked in "[a-dé]{1,8}") {
            let mut known = Words::default();
            known.add(&texts, OF_SUMMARY);
            let similar = known.0.keys().any(|word| alike(word, &asked));
            let expected = match known.0.contains_key(&asked) {
                true => OF_SUMMARY,
                false if similar => ALIKE * OF_SUMMARY,
                false => 0.0,
            };
            prop_assert!((known.fit(&asked) - expected).abs() < f32::EPSILON);
        }

        #[test]
        fn any_text_has_words_and_a_first_sentence(text in ".*", limit in 3usize..40) {
            prop_assert!(words(&text).all(|word| !word.is_empty()));
            prop_assert!(first_sentence(&text, limit).len() <= limit);
            prop_assert!(Query::new(&text).0.len() <= MAX_QUERY);
        }
    }
}

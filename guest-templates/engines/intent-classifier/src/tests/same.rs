//! The component computes what the training computed, and what the older skill did.

use crate::{features, model, older, predict::predict, words};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

#[test]
fn features_and_probabilities_are_those_of_the_training() {
    let vectors: Value = serde_json::from_str(include_str!("../../training/vectors.json")).unwrap();
    let model = model::present().unwrap();
    let close =
        |found: f32, wanted: &Value| (f64::from(found) - wanted.as_f64().unwrap()).abs() < 2e-5;
    let mut wrong = Vec::new();
    for vector in vectors.as_array().unwrap() {
        let text = vector["text"].as_str().unwrap();
        let found = features::of(&words::split(text));
        let same = vector["features"].as_array().unwrap().iter().all(|pair| {
            let bucket = pair[0].as_u64().unwrap() as usize;
            close(found[bucket], &pair[1])
        });
        let values = found.iter().filter(|value| **value != 0.0).count();
        if !same || values as u64 != vector["values"].as_u64().unwrap() {
            wrong.push(format!("features of {text:?}: {values} values"));
        }
        let probabilities = model.run(found).unwrap();
        let wanted = vector["probabilities"].as_array().unwrap();
        if probabilities.len() != wanted.len()
            || !probabilities
                .iter()
                .zip(wanted)
                .all(|(found, wanted)| close(*found, wanted))
        {
            wrong.push(format!("probabilities of {text:?}: {probabilities:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_older_methods_give_the_known_answers() {
    let table = [
        ("read the file config.yaml", "files", 0.5316),
        ("запусти тесты", "code", 0.5241),
        ("commit and push", "git", 0.2529),
        ("how much disk space is left", "system", 0.3232),
        ("поищи в интернете", "web", 0.3293),
        ("hello, how are you", "general", 0.4106),
        ("", "general", 0.2196),
    ];
    let model = model::older().unwrap();
    assert_eq!(
        model.labels,
        ["files", "web", "code", "git", "system", "general"]
    );
    let answer = |text: &str| -> Value {
        serde_json::from_str(&older::classify(model, text).unwrap()).unwrap()
    };
    let wrong: Vec<_> = table
        .iter()
        .map(|(text, label, confidence)| (text, answer(text), label, confidence))
        .filter(|(_, answer, label, confidence)| {
            let scores: Vec<f64> = answer["scores"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["score"].as_f64().unwrap())
                .collect();
            answer["intent"] != **label
                || (answer["confidence"].as_f64().unwrap() - **confidence).abs() > 0.001
                || scores.len() != 6
                || !scores.is_sorted_by(|first, second| first >= second)
                || (scores.iter().sum::<f64>() - 1.0).abs() > 1e-5
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_words_that_decided_are_named() {
    let table = [
        ("please commit this", "git", "commit"),
        ("commit commit commit it", "git", "commit"),
        ("закоммить это, пожалуйста", "git", "закоммить"),
        ("delete the folder please", "files", "folder"),
    ];
    let model = model::present().unwrap();
    let wrong: Vec<_> = table
        .iter()
        .map(|(text, label, word)| (predict(model, text, true).unwrap(), label, word))
        .filter(|(found, label, word)| {
            let (first, weight) = &found.words[0];
            found.scores[0].0 != **label || first != *word || *weight <= 0.0
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn texts_without_letters_of_the_two_languages_are_unknown() {
    let texts = [
        "",
        "?",
        "12345",
        "2 + 2",
        "\u{1f600}",
        "\u{1f680}\u{1f680}\u{1f525}",
        "\u{2764}\u{fe0f}\u{1f44d}\u{1f3fd}",
        "\u{2139}\u{fe0f}",
        "1\u{fe0f}\u{20e3}",
        "你好",
        "请帮我打开文件",
        "今日はいい天気ですね",
        "안녕하세요",
        "مرحبا كيف حالك",
        "שלום",
        "καλημέρα φίλε",
        "สวัสดี",
        "नमस्ते",
    ];
    let model = model::present().unwrap();
    let wrong: Vec<_> = texts
        .iter()
        .map(|text| (text, predict(model, text, true).unwrap()))
        .filter(|(_, found)| {
            let rest = &found.scores[1..];
            found.scores[0] != ("unknown".to_owned(), 1.0)
                || rest.len() != 6
                || rest
                    .iter()
                    .any(|(label, score)| label == "unknown" || *score != 0.0)
                || !found.words.is_empty()
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// However the letters of a text are encoded, it gets the same scores.
#[test]
fn forms_of_letters_do_not_matter() {
    let wide = |text: &str| -> String {
        let widened = text.chars().map(|letter| match letter {
            ' ' => '\u{3000}',
            '!'..='~' => char::from_u32(u32::from(letter) + 0xFEE0).unwrap(),
            letter => letter,
        });
        widened.collect()
    };
    let model = model::present().unwrap();
    let scores = |text: &str| predict(model, text, false).unwrap().scores;
    let mut wrong = Vec::new();
    for text in [
        "git push origin main",
        "открой мой файл",
        "ещё раз запусти тесты",
        "find *.rs in src/",
    ] {
        let forms = [text.nfd().collect(), text.nfkd().collect(), wide(text)];
        wrong.extend(
            forms
                .into_iter()
                .filter(|form| scores(form) != scores(text)),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn any_text_gets_an_answer() {
    let long = "x ".repeat(5_000_000);
    let word = "ж".repeat(1_000_000);
    let many: String = (0..5000).map(|number| format!("w{number} ")).collect();
    let texts = [
        "",
        "   \t\n",
        "\u{0}\u{1}\u{7f}",
        "\u{fffd}\u{202e}\u{feff}",
        "a\u{301}\u{301}\u{301}",
        "👩‍👩‍👧",
        "mиxеd пиши code",
        "commit commit commit commit",
        "İ",
        &long,
        &word,
        &many,
    ];
    let model = model::present().unwrap();
    let wrong: Vec<_> = texts
        .iter()
        .map(|text| {
            (
                text.chars().take(20).collect::<String>(),
                predict(model, text, true).unwrap(),
                text.chars().count(),
            )
        })
        .filter(|(_, found, length)| {
            let sum: f64 = found.scores.iter().map(|(_, score)| score).sum();
            found.scores.len() != 7
                || (sum - 1.0).abs() > 1e-3
                || found.words.len() > 8
                || found.is_cut != (*length > words::MOST_CHARACTERS)
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

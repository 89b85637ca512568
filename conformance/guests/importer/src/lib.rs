//! Calls of another skill's functions.

wit_bindgen::generate!({ path: ["../../../wit", "../provider/wit", "wit"], world: "luminarys-probe:importer/importer", generate_all });

use luminarys_probe::shared::maths::{self, Pair, Shape};

struct Skill;

impl Guest for Skill {
    fn total(values: Vec<i64>) -> i64 {
        values.into_iter().fold(0, |a, b| maths::add(Pair { a, b }))
    }

    fn quotient(a: i64, b: i64) -> Result<i64, String> {
        maths::divide(Pair { a, b })
    }

    fn around(name: String) -> String {
        let shapes = [Shape::Circle(1.5), Shape::Named(name)];
        let (back, flag) = maths::same(&shapes, Some(true));
        format!("{back:?} {flag:?}")
    }

    fn who() -> Option<String> {
        maths::caller()
    }

    fn crash() {
        maths::crash();
    }
}

export!(Skill);

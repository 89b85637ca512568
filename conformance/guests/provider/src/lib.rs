//! An interface for other skills.

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-probe:shared/provider", generate_all });

use exports::luminarys_probe::shared::maths::{Guest, Pair, Shape};
use luminarys::skill::context;

struct Skill;

impl Guest for Skill {
    fn add(pair: Pair) -> i64 {
        pair.a + pair.b
    }

    fn divide(pair: Pair) -> Result<i64, String> {
        pair.a
            .checked_div(pair.b)
            .ok_or_else(|| "not by zero".to_owned())
    }

    fn same(shapes: Vec<Shape>, flag: Option<bool>) -> (Vec<Shape>, Option<bool>) {
        (shapes, flag)
    }

    fn caller() -> Option<String> {
        context::get_call().caller
    }

    fn crash() {
        panic!("as asked");
    }
}

export!(Skill);

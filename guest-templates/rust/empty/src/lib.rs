//! A skill with one method. Its parameters and its documentation are in `wit/world.wit`.

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-rust:empty/empty", generate_all });

struct Skill;

impl Guest for Skill {
    fn greet(name: String) -> String {
        format!("Hello, {name}!")
    }
}

export!(Skill);

//! A skill with requirements.

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-probe:needs/needs", generate_all });

struct Skill;

impl Guest for Skill {
    fn key() -> Result<String, String> {
        luminarys::skill::system::env("API_KEY").ok_or_else(|| "API_KEY is not set".to_owned())
    }
}

export!(Skill);

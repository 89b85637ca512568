//! What the official test suite of MCP calls.

use std::time::Duration;

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-probe:suite/suite", generate_all });

use luminarys::skill::{context, llm, log};

struct Skill;

impl Guest for Skill {
    fn simple_text() -> String {
        "This is a simple text response for testing.".to_owned()
    }

    fn error_handling() -> Result<String, String> {
        Err("This tool intentionally returns an error for testing".to_owned())
    }

    fn tool_with_progress() -> String {
        for done in [0.0, 50.0, 100.0] {
            context::progress(done, Some(100.0), None);
            // Reports that follow each other faster than this are merged.
            std::thread::sleep(Duration::from_millis(80));
        }
        "done".to_owned()
    }

    fn logging_tool() -> String {
        log::message(log::Level::Info, "logged", &[]);
        "logged".to_owned()
    }

    fn sampling(prompt: String) -> Result<String, String> {
        let role = llm::Role::User;
        let prompt = llm::Prompt {
            system: None,
            messages: vec![llm::Message {
                role,
                content: prompt,
            }],
        };
        let options = llm::CompletionOptions::new();
        options.set_max_tokens(100);
        let answer =
            llm::complete(&prompt, Some(&options)).map_err(|error| format!("{error:?}"))?;
        Ok(format!("LLM response: {}", answer.content))
    }
}

export!(Skill);

//! WASI 0.3 by its interfaces.

wit_bindgen::generate!({ path: ["../../../wit", "wit"], world: "luminarys-probe:wasi3/wasi3", generate_all });

mod files;
mod sockets;
mod waiting;

struct Skill;

impl Guest for Skill {
    fn environment() -> Vec<(String, String)> {
        wasi::cli0_3_0::environment::get_environment()
    }

    fn seconds() -> i64 {
        wasi::clocks0_3_0::system_clock::now().seconds
    }

    async fn attempt(how: String, path: String, other: Option<String>) -> Result<String, String> {
        files::attempt(&how, &path, &other.unwrap_or_default()).await
    }

    async fn talk(address: String, data: String, count: u32) -> Result<Vec<String>, String> {
        sockets::talk(&address, &data, count).await
    }

    async fn wait_together(count: u32, milliseconds: u64) -> u32 {
        waiting::together(count, milliseconds).await
    }

    async fn wait_alone(milliseconds: u64) -> String {
        waiting::alone(milliseconds).await
    }

    fn random_bytes(length: u64) -> Vec<u8> {
        wasi::random0_3_0::random::get_random_bytes(length)
    }
}

export!(Skill);

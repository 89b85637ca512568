//! Methods that a host cannot offer as tools, beside one that it can.

wit_bindgen::generate!({
    path: ["../../../wit", "wit"],
    world: "luminarys-probe:resources/resources",
    generate_all,
});

use std::cell::Cell;

use exports::luminarys_probe::resources::handles::{self, CounterBorrow};

struct Skill;

struct Counter(Cell<u32>);

impl handles::GuestCounter for Counter {
    fn new(start: u32) -> Self {
        Self(Cell::new(start))
    }

    fn next(&self) -> u32 {
        self.0.set(self.0.get().wrapping_add(1));
        self.0.get()
    }
}

impl handles::Guest for Skill {
    type Counter = Counter;

    fn open(start: u32) -> handles::Counter {
        handles::Counter::new(Counter(Cell::new(start)))
    }

    fn total(counters: Vec<CounterBorrow<'_>>) -> u32 {
        counters
            .iter()
            .map(|counter| counter.get::<Counter>().0.get())
            .fold(0, u32::wrapping_add)
    }
}

impl Guest for Skill {
    fn fine() -> String {
        "fine".to_owned()
    }
}

export!(Skill);

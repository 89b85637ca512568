//! Options that a guest creates for a function and passes to it any number of times.

use std::collections::BTreeMap;

use luminarys_accounts::{Charge, Exhausted};

/// The options that a guest has set, and their charge.
pub struct Options<T> {
    value: T,
    /// The size in bytes of each option, by its setter.
    sizes: BTreeMap<&'static str, u64>,
    charge: Charge,
    /// The error of a setter, which cannot report it: the function that takes the options does.
    exhausted: Option<Exhausted>,
}

impl<T> Options<T> {
    /// Creates options with the initial `value`, charged to `charge`.
    pub fn new(value: T, charge: Charge) -> Self {
        Self {
            value,
            sizes: BTreeMap::new(),
            charge,
            exhausted: None,
        }
    }

    /// Applies `setter`, replacing its previous value.
    pub fn set<V: OptionValue>(
        &mut self,
        setter: &'static str,
        value: V,
        set: impl FnOnce(&mut T, V),
    ) {
        self.sizes.insert(setter, value.held() as u64);
        match self.charge.resize(self.sizes.values().sum()) {
            Ok(()) => set(&mut self.value, value),
            Err(exhausted) => self.exhausted = Some(exhausted),
        }
    }

    /// Returns the options.
    ///
    /// # Errors
    /// [`Exhausted`] when an account had no room for an option.
    pub fn value(&self) -> Result<&T, Exhausted> {
        match &self.exhausted {
            Some(exhausted) => Err(exhausted.clone()),
            None => Ok(&self.value),
        }
    }
}

/// A value of an option.
pub trait OptionValue {
    /// Returns the size of its heap memory, in bytes.
    fn held(&self) -> usize {
        0
    }
}

/// The memory of one string of a list in addition to its bytes.
const ITEM: usize = 64;

impl OptionValue for bool {}
impl OptionValue for u32 {}
impl OptionValue for u64 {}
impl OptionValue for f32 {}

impl OptionValue for String {
    fn held(&self) -> usize {
        self.len()
    }
}

impl OptionValue for Vec<u8> {
    fn held(&self) -> usize {
        self.len()
    }
}

impl OptionValue for Vec<String> {
    fn held(&self) -> usize {
        self.iter().map(|text| ITEM + text.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use luminarys_accounts::{Accounts, Holder, HostLimits};

    use super::*;

    #[test]
    fn options_are_charged_for_their_current_values() {
        let limits = HostLimits {
            held: 10_000,
            guest_memory: 0,
            descriptors: 0,
        };
        let account = Accounts::new(limits).skill("s", 100, None).held;
        let mut options = Options::new(Vec::new(), account.open(Holder::Resources));
        let set = |value: &mut Vec<u8>, given| *value = given;
        for _ in 0..10 {
            options.set("a", vec![1; 60], set);
        }
        assert_eq!(account.used(), 60);
        options.set("b", vec![2; 40], set);
        assert_eq!((account.used(), options.value().unwrap()[0]), (100, 2));
        options.set("a", vec![3; 1], set);
        assert_eq!((account.used(), options.value().unwrap()[0]), (41, 3));
        options.set("c", vec![4; 60], set);
        assert!(options.value().is_err());
        drop(options);
        assert_eq!(account.used(), 0);
    }
}

//! Options that a guest makes for a function and passes to it any number of times.

use std::collections::BTreeMap;

use luminarys_accounts::{Charge, Exhausted};

/// What a guest has set, and what the host holds for it.
pub struct Options<T> {
    value: T,
    /// Bytes of each option, by the setter that set it last.
    sizes: BTreeMap<&'static str, u64>,
    charge: Charge,
    /// Why an option could not be held: a setter cannot report it, the function that takes the options does.
    exhausted: Option<Exhausted>,
}

impl<T> Options<T> {
    /// Makes options that are `value` until they are set; `charge` is what they are held by.
    pub fn new(value: T, charge: Charge) -> Self {
        Self {
            value,
            sizes: BTreeMap::new(),
            charge,
            exhausted: None,
        }
    }

    /// Sets what `setter` sets, in place of what it set before.
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

    /// Returns what is set.
    ///
    /// # Errors
    /// [`Exhausted`] when an option could not be held.
    pub fn value(&self) -> Result<&T, Exhausted> {
        match &self.exhausted {
            Some(exhausted) => Err(exhausted.clone()),
            None => Ok(&self.value),
        }
    }
}

/// A value of an option.
pub trait OptionValue {
    /// Returns what it takes beside its place, in bytes.
    fn held(&self) -> usize {
        0
    }
}

/// What one text of a list takes beside its bytes.
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
    fn options_are_charged_with_what_they_hold_now() {
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

//! Charges everything that the host holds for the current call to it.

use luminarys_accounts::{Answer, Charge, Content, Exhausted, Holder};

use super::Environment;
use crate::bindings::luminarys::skill::types::Error;

impl Environment {
    /// Charges bytes that a capability holds for the call, until the charge is dropped.
    ///
    /// # Errors
    /// `limit-exceeded`, naming the limit.
    pub fn hold_bytes(&self, bytes: usize) -> Result<Charge, Error> {
        let charge = self.call.account.charge(Holder::Buffers, bytes as u64);
        charge.map_err(exceeded)
    }

    /// Charges bytes that the skill passes to a capability, until they are dropped.
    ///
    /// # Errors
    /// `limit-exceeded`, naming the limit.
    pub fn content(&self, bytes: Vec<u8>) -> Result<Content, Error> {
        Content::new(bytes, &self.call.account).map_err(exceeded)
    }

    /// Begins the charge of a capability's answer, which replaces the previous one.
    pub fn answer(&mut self) -> Answer {
        // The guest has received the previous one, or is done with it.
        self.keep_answers(Vec::new());
        let answer = Answer::new(&self.call.account);
        self.call.answer = Some(answer.clone());
        answer
    }

    /// Keeps the charges of answers of other skills, which replace the previous ones.
    pub fn keep_answers(&mut self, charges: Vec<Charge>) {
        self.call.answer = None;
        self.call.answers = charges;
    }

    /// Charges a complete answer.
    ///
    /// # Errors
    /// `limit-exceeded`, naming the limit.
    pub fn charge_answer(&mut self, bytes: usize) -> Result<(), Error> {
        self.answer().reach(bytes as u64).map_err(exceeded)
    }
}

/// Converts the error of an exhausted account for the guest.
pub(crate) fn exceeded(exhausted: Exhausted) -> Error {
    Error::LimitExceeded(exhausted.to_string())
}

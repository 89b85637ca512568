//! What the functions of the glue share.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rquickjs::{Ctx, Object, Persistent, Result, Value};

use super::calls::Calls;
use super::helpers::{Helpers, Kept};
use super::output::Output;
use super::random::Random;
use super::sources::Sources;
use super::timers::Timers;
use crate::Host;

pub(super) struct State {
    pub host: Box<dyn Host>,
    pub calls: RefCell<Calls>,
    pub timers: RefCell<Timers>,
    pub output: RefCell<Output>,
    pub sources: RefCell<Sources>,
    pub random: RefCell<Random>,
    /// Rejected promises that nothing handles: each, and its reason.
    pub rejections: RefCell<Vec<(Kept<Value<'static>>, Kept<Value<'static>>)>>,
    /// The helpers of the realm in which a program runs.
    pub helpers: RefCell<Option<Kept<Object<'static>>>>,
    /// Whether `console` prints as the older engine did: no levels, objects as `String` shows them.
    pub plain: Cell<bool>,
}

impl State {
    pub fn new(host: Box<dyn Host>) -> Rc<Self> {
        Rc::new(Self {
            host,
            calls: RefCell::default(),
            timers: RefCell::default(),
            output: RefCell::default(),
            sources: RefCell::default(),
            random: RefCell::default(),
            rejections: RefCell::default(),
            helpers: RefCell::default(),
            plain: Cell::new(false),
        })
    }

    pub fn helpers<'js>(&self, ctx: &Ctx<'js>) -> Result<Helpers<'js>> {
        let kept = self.helpers.borrow().clone();
        let kept = kept.ok_or(rquickjs::Error::Unknown)?;
        Ok(Helpers::new(kept.restore(ctx)?))
    }

    /// Forgets what a program left.
    pub fn clear(&self) {
        *self.calls.borrow_mut() = Calls::default();
        *self.timers.borrow_mut() = Timers::default();
        self.rejections.borrow_mut().clear();
        self.output.borrow_mut().take();
        *self.helpers.borrow_mut() = None;
    }

    /// Notes a promise that was rejected while nothing handled it, or that something handles now.
    pub fn rejected<'js>(
        &self,
        ctx: &Ctx<'js>,
        promise: Value<'js>,
        reason: Value<'js>,
        handled: bool,
    ) {
        let promise = Persistent::save(ctx, promise);
        let mut known = self.rejections.borrow_mut();
        if handled {
            known.retain(|(other, _)| *other != promise);
        } else if known.len() < 1000 {
            known.push((promise, Persistent::save(ctx, reason)));
        }
    }
}

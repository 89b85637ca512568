//! Calls in which bytes are passed without a `Val` for each byte.
//!
//! wasmtime's `Val` has no bytes: a `list<u8>` is a list of values of 32 bytes each. Its typed functions copy bytes
//! directly, but their types must be known at compile time. The types here are known by size only; the component's own
//! types determine their content while values are lifted and lowered. In such a call a `list<u8>` is a `Val::String`
//! with its base64, as in JSON.
//!
//! wasmtime's traits for this are public for the sake of its macros, and may change with any of its versions. Little
//! depends on them: lifting reads the guest's memory through bounds checks, and lowering relies on wasmtime's own
//! implementations.
//!
//! - `lift`: results; `lower`: parameters

mod lift;
mod lower;

use lift::{Direct, Indirect};
use lower::{MAX_SLOTS, Parameters};
use wasmtime::component::types::ComponentFunc;
use wasmtime::component::{ComponentNamedList, Func, Lift, Val};
use wasmtime::{AsContextMut, StoreContextMut};

use super::plan::{Field, Plan};

/// How the result of a function is returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Results {
    None,
    /// As one core value.
    Direct,
    /// In the guest's memory.
    Indirect,
}

/// A function that supports compact calls.
#[derive(Clone, Copy, Debug)]
pub struct Compact {
    results: Results,
}

/// The result of a compact call.
#[derive(Debug)]
pub struct Returned {
    /// The result, if the function has one.
    pub values: Vec<Val>,
    /// The number of bytes by which base64 is longer than the bytes themselves.
    pub overhead: u64,
}

impl Compact {
    /// Prepares a function whose parameters and result can be lowered and lifted here, or returns `None` for any other.
    pub(super) fn new(
        function: &ComponentFunc,
        params: &[Field],
        result: Option<&Plan>,
    ) -> Option<Self> {
        let slots = params
            .iter()
            .try_fold(0, |sum: usize, field| sum.checked_add(slots(&field.plan)?))?;
        let results = match result {
            None => Results::None,
            Some(plan) if !is_lifted(plan) => return None,
            Some(plan) if is_single(plan) => Results::Direct,
            Some(_) => Results::Indirect,
        };
        (slots <= MAX_SLOTS && !function.async_()).then_some(Self { results })
    }

    /// Calls `function`, which must have the prepared type.
    ///
    /// # Errors
    /// wasmtime's: a trap, or a limit that was reached.
    pub async fn call<T: Send + 'static>(
        self,
        function: &Func,
        mut store: impl AsContextMut<Data = T>,
        parameters: Vec<Val>,
    ) -> wasmtime::Result<Returned> {
        let store = store.as_context_mut();
        match self.results {
            Results::None => {
                run::<T, ()>(function, store, parameters).await?;
                Ok(Returned {
                    values: Vec::new(),
                    overhead: 0,
                })
            }
            Results::Direct => {
                let Direct(value) = run(function, store, parameters).await?;
                Ok(Returned {
                    values: vec![value],
                    overhead: 0,
                })
            }
            Results::Indirect => {
                let Indirect { value, overhead } = run(function, store, parameters).await?;
                Ok(Returned {
                    values: vec![value],
                    overhead,
                })
            }
        }
    }
}

async fn run<T: Send + 'static, R: ComponentNamedList + Lift + 'static>(
    function: &Func,
    mut store: StoreContextMut<'_, T>,
    parameters: Vec<Val>,
) -> wasmtime::Result<R> {
    let typed = function.typed::<Parameters, R>(&store)?;
    typed.call_async(&mut store, Parameters(parameters)).await
}

/// Returns the number of core values of a parameter, or `None` if it cannot be lowered here.
fn slots(plan: &Plan) -> Option<usize> {
    match plan {
        Plan::Bool | Plan::Integer(_) | Plan::Float32 | Plan::Float64 | Plan::Char => Some(1),
        Plan::Enum(_) => Some(1),
        Plan::String | Plan::Bytes => Some(2),
        Plan::Option(inner) => slots(inner)?.checked_add(1),
        Plan::Tuple(fields) | Plan::Record(fields) => fields
            .iter()
            .try_fold(0, |sum: usize, field| sum.checked_add(slots(&field.plan)?)),
        _ => None,
    }
}

/// Returns whether a result can be lifted here.
fn is_lifted(plan: &Plan) -> bool {
    let side = |plan: &Option<Box<Plan>>| plan.as_deref().is_none_or(is_lifted);
    match plan {
        Plan::Bool | Plan::Integer(_) | Plan::Float32 | Plan::Float64 | Plan::Char => true,
        Plan::Enum(_) | Plan::String | Plan::Bytes => true,
        Plan::List(inner) | Plan::Option(inner) => is_lifted(inner),
        Plan::Tuple(fields) | Plan::Record(fields) => {
            fields.iter().all(|field| is_lifted(&field.plan))
        }
        Plan::Variant(cases) => cases
            .iter()
            .all(|(_, plan)| plan.as_ref().is_none_or(is_lifted)),
        Plan::Result(ok, err) => side(ok) && side(err),
        Plan::FixedList(..) | Plan::Map(_) | Plan::Flags(_) => false,
    }
}

/// Returns whether a result that can be lifted here is one core value.
fn is_single(plan: &Plan) -> bool {
    match plan {
        Plan::Bool | Plan::Integer(_) | Plan::Float32 | Plan::Float64 | Plan::Char => true,
        Plan::Enum(_) | Plan::Result(None, None) => true,
        Plan::Tuple(fields) | Plan::Record(fields) => {
            matches!(fields.as_slice(), [field] if is_single(&field.plan))
        }
        Plan::Variant(cases) => cases.iter().all(|(_, plan)| plan.is_none()),
        _ => false,
    }
}

/// Returns whether a value of this type holds bytes.
pub(super) fn holds_bytes(plan: &Plan) -> bool {
    match plan {
        Plan::Bytes => true,
        Plan::List(inner) | Plan::FixedList(inner, _) | Plan::Option(inner) => holds_bytes(inner),
        Plan::Map(pair) => pair.iter().any(|part| holds_bytes(&part.plan)),
        Plan::Tuple(fields) | Plan::Record(fields) => {
            fields.iter().any(|field| holds_bytes(&field.plan))
        }
        Plan::Variant(cases) => cases
            .iter()
            .filter_map(|(_, plan)| plan.as_ref())
            .any(holds_bytes),
        Plan::Result(ok, err) => [ok, err]
            .into_iter()
            .flatten()
            .any(|plan| holds_bytes(plan)),
        _ => false,
    }
}

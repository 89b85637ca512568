//! Lowers parameters to core values.

use std::mem::MaybeUninit;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use wasmtime::ValRaw;
use wasmtime::component::__internal::{
    CanonicalAbiInfo, InstanceType, InterfaceType, LowerContext,
};
use wasmtime::component::{ComponentNamedList, ComponentType, Lower, Val};

/// The maximum number of core values of parameters that are not passed in memory.
pub(super) const MAX_SLOTS: usize = 16;

/// All parameters of a call. [`super::Compact::new`] has checked their types; a value of another type is an error.
pub(super) struct Parameters(pub Vec<Val>);

// SAFETY: `Lower` is an array of the maximum number of `ValRaw`: wasmtime passes the storage to a function, which reads
// as many as it has parameters.
unsafe impl ComponentType for Parameters {
    type Lower = [ValRaw; MAX_SLOTS];

    // Used only for parameters in memory, which these never are.
    const ABI: CanonicalAbiInfo = CanonicalAbiInfo::ZERO;

    fn typecheck(ty: &InterfaceType, types: &InstanceType<'_>) -> wasmtime::Result<()> {
        match types.types.canonical_abi(ty).flat_count(MAX_SLOTS) {
            Some(_) => Ok(()),
            None => wasmtime::bail!("more than {MAX_SLOTS} core values"),
        }
    }
}

// SAFETY: used only for parameters, whose types `typecheck` has accepted.
unsafe impl ComponentNamedList for Parameters {}

// SAFETY: on success all of `dst` is written, each value as wasmtime writes one of that type.
unsafe impl Lower for Parameters {
    fn linear_lower_to_flat<T>(
        &self,
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        dst: &mut MaybeUninit<Self::Lower>,
    ) -> wasmtime::Result<()> {
        let InterfaceType::Tuple(index) = ty else {
            wasmtime::bail!("the parameters are not a list");
        };
        let types = &cx.types[index].types;
        if types.len() != self.0.len() {
            wasmtime::bail!("{} parameters instead of {}", self.0.len(), types.len());
        }
        let mut slots = Slots::default();
        for (ty, value) in types.iter().zip(&self.0) {
            lower(cx, *ty, value, &mut slots)?;
        }
        dst.write(slots.values);
        Ok(())
    }

    fn linear_lower_to_memory<T>(
        &self,
        _: &mut LowerContext<'_, T>,
        _: InterfaceType,
        _: usize,
    ) -> wasmtime::Result<()> {
        wasmtime::bail!("parameters that pass through memory")
    }
}

/// Core values, written in order; the rest are zero.
struct Slots {
    values: [ValRaw; MAX_SLOTS],
    written: usize,
}

impl Default for Slots {
    fn default() -> Self {
        Self {
            values: [ValRaw::i64(0); MAX_SLOTS],
            written: 0,
        }
    }
}

impl Slots {
    fn push(&mut self, value: ValRaw) -> wasmtime::Result<()> {
        let Some(slot) = self.values.get_mut(self.written) else {
            wasmtime::bail!("more than {MAX_SLOTS} core values");
        };
        *slot = value;
        self.written += 1;
        Ok(())
    }
}

fn lower<T>(
    cx: &mut LowerContext<'_, T>,
    ty: InterfaceType,
    value: &Val,
    slots: &mut Slots,
) -> wasmtime::Result<()> {
    match (ty, value) {
        (InterfaceType::Bool, Val::Bool(value)) => scalar(cx, ty, value, slots),
        (InterfaceType::S8, Val::S8(value)) => scalar(cx, ty, value, slots),
        (InterfaceType::U8, Val::U8(value)) => scalar(cx, ty, value, slots),
        (InterfaceType::S16, Val::S16(value)) => scalar(cx, ty, value, slots),
        (InterfaceType::U16, Val::U16(value)) => scalar(cx, ty, value, slots),
        (InterfaceType::S32, Val::S32(value)) => scalar(cx, ty, value, slots),
        (InterfaceType::U32, Val::U32(value)) => scalar(cx, ty, value, slots),
        (InterfaceType::S64, Val::S64(value)) => scalar(cx, ty, value, slots),
        (InterfaceType::U64, Val::U64(value)) => scalar(cx, ty, value, slots),
        (InterfaceType::Float32, Val::Float32(value)) => scalar(cx, ty, value, slots),
        (InterfaceType::Float64, Val::Float64(value)) => scalar(cx, ty, value, slots),
        (InterfaceType::Char, Val::Char(value)) => scalar(cx, ty, value, slots),
        (InterfaceType::String, Val::String(text)) => pair(cx, ty, text.as_str(), slots),
        (InterfaceType::List(list), Val::String(text))
            if cx.types[list].element == InterfaceType::U8 =>
        {
            let bytes = BASE64.decode(text).map_err(wasmtime::Error::new)?;
            pair(cx, ty, bytes.as_slice(), slots)
        }
        (InterfaceType::Enum(index), Val::Enum(name)) => {
            let Some(position) = cx.types[index].names.get_index_of(name) else {
                wasmtime::bail!("{name} is not one of the names");
            };
            slots.push(ValRaw::u32(u32::try_from(position)?))
        }
        (InterfaceType::Tuple(index), Val::Tuple(values)) => {
            let types = &cx.types[index].types;
            if types.len() != values.len() {
                wasmtime::bail!("a tuple of another length");
            }
            let mut parts = types.iter().zip(values);
            parts.try_for_each(|(ty, value)| lower(cx, *ty, value, slots))
        }
        (InterfaceType::Record(index), Val::Record(values)) => {
            let fields = &cx.types[index].fields;
            let names = values.iter().map(|(name, _)| name);
            if !fields.iter().map(|field| &field.name).eq(names) {
                wasmtime::bail!("a record with other fields");
            }
            let mut parts = fields.iter().zip(values);
            parts.try_for_each(|(field, (_, value))| lower(cx, field.ty, value, slots))
        }
        (InterfaceType::Option(index), Val::Option(value)) => {
            let inner = cx.types[index].ty;
            slots.push(ValRaw::u32(u32::from(value.is_some())))?;
            if let Some(value) = value {
                return lower(cx, inner, value, slots);
            }
            let count = cx.types.canonical_abi(&inner).flat_count(MAX_SLOTS);
            (0..count.unwrap_or(MAX_SLOTS)).try_for_each(|_| slots.push(ValRaw::i64(0)))
        }
        _ => wasmtime::bail!("a value of another type"),
    }
}

fn scalar<T, L: Lower + ComponentType<Lower = ValRaw>>(
    cx: &mut LowerContext<'_, T>,
    ty: InterfaceType,
    value: &L,
    slots: &mut Slots,
) -> wasmtime::Result<()> {
    let mut lowered = MaybeUninit::uninit();
    value.linear_lower_to_flat(cx, ty, &mut lowered)?;
    // SAFETY: written when lowering succeeds.
    slots.push(unsafe { lowered.assume_init() })
}

fn pair<T, L: Lower + ComponentType<Lower = [ValRaw; 2]> + ?Sized>(
    cx: &mut LowerContext<'_, T>,
    ty: InterfaceType,
    value: &L,
    slots: &mut Slots,
) -> wasmtime::Result<()> {
    let mut lowered = MaybeUninit::uninit();
    value.linear_lower_to_flat(cx, ty, &mut lowered)?;
    // SAFETY: both written when lowering succeeds.
    let [pointer, length] = unsafe { lowered.assume_init() };
    slots.push(pointer)?;
    slots.push(length)
}

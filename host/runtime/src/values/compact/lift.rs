//! Lifts results from core values and the guest's memory.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use wasmtime::ValRaw;
use wasmtime::component::__internal::wasmtime_environ::component::VariantInfo;
use wasmtime::component::__internal::{CanonicalAbiInfo, InstanceType, InterfaceType, LiftContext};
use wasmtime::component::{ComponentNamedList, ComponentType, Lift, Val};

/// A result in one core value.
pub(super) struct Direct(pub Val);

// SAFETY: `Lower` is one `ValRaw`, and `typecheck` accepts only types of one core value.
unsafe impl ComponentType for Direct {
    type Lower = ValRaw;

    // Used only for results in memory.
    const ABI: CanonicalAbiInfo = CanonicalAbiInfo::ZERO;

    fn typecheck(ty: &InterfaceType, types: &InstanceType<'_>) -> wasmtime::Result<()> {
        match types.types.canonical_abi(ty).flat_count(1) {
            Some(1) => Ok(()),
            _ => wasmtime::bail!("not one core value"),
        }
    }
}

// SAFETY: used only for results, whose type `typecheck` has accepted.
unsafe impl ComponentNamedList for Direct {}

// SAFETY: accepts any `ValRaw`; an invalid value is an error.
unsafe impl Lift for Direct {
    fn linear_lift_from_flat(
        cx: &mut LiftContext<'_>,
        ty: InterfaceType,
        src: &ValRaw,
    ) -> wasmtime::Result<Self> {
        single(cx, only(cx, ty)?, src).map(Self)
    }

    fn linear_lift_from_memory(
        _: &mut LiftContext<'_>,
        _: InterfaceType,
        _: &[u8],
    ) -> wasmtime::Result<Self> {
        wasmtime::bail!("a result in memory")
    }
}

/// A result in the guest's memory.
pub(super) struct Indirect {
    pub value: Val,
    /// The number of bytes by which base64 is longer than the bytes themselves.
    pub overhead: u64,
}

// SAFETY: `Lower` is two `ValRaw`, so that wasmtime treats the result as one in memory; `typecheck` accepts only types
// of at least two core values. wasmtime reads as many bytes at the pointer as the size in `ABI`: none. The result is
// read here, with the size and alignment of the component's own type.
unsafe impl ComponentType for Indirect {
    type Lower = [ValRaw; 2];

    const ABI: CanonicalAbiInfo = CanonicalAbiInfo::ZERO;

    fn typecheck(ty: &InterfaceType, types: &InstanceType<'_>) -> wasmtime::Result<()> {
        match types.types.canonical_abi(ty).flat_count(1) {
            None => Ok(()),
            Some(_) => wasmtime::bail!("not in memory"),
        }
    }
}

// SAFETY: used only for results, whose type `typecheck` has accepted.
unsafe impl ComponentNamedList for Indirect {}

// SAFETY: reads memory through slices; invalid content is an error.
unsafe impl Lift for Indirect {
    fn linear_lift_from_flat(
        _: &mut LiftContext<'_>,
        _: InterfaceType,
        _: &[ValRaw; 2],
    ) -> wasmtime::Result<Self> {
        wasmtime::bail!("a result that is not in memory")
    }

    fn linear_lift_from_memory(
        cx: &mut LiftContext<'_>,
        ty: InterfaceType,
        start: &[u8],
    ) -> wasmtime::Result<Self> {
        // An empty slice of the memory that starts at the result.
        let memory = cx.memory();
        let Some(pointer) = (start.as_ptr() as usize).checked_sub(memory.as_ptr() as usize) else {
            wasmtime::bail!("a result outside of the memory");
        };
        let mut overhead = 0;
        let ty = only(cx, ty)?;
        let bytes = part(cx, ty, pointer, 1)?;
        let value = load(cx, ty, bytes, &mut overhead)?;
        Ok(Self { value, overhead })
    }
}

/// Returns the type of the only result.
fn only(cx: &LiftContext<'_>, ty: InterfaceType) -> wasmtime::Result<InterfaceType> {
    if let InterfaceType::Tuple(index) = ty
        && let [ty] = *cx.types[index].types
    {
        return Ok(ty);
    }
    wasmtime::bail!("results that are not one")
}

/// Returns the memory of `count` values of type `ty` at `pointer`.
fn part<'a>(
    cx: &LiftContext<'a>,
    ty: InterfaceType,
    pointer: usize,
    count: usize,
) -> wasmtime::Result<&'a [u8]> {
    let abi = cx.types.canonical_abi(&ty);
    if !pointer.is_multiple_of(usize::try_from(abi.align32)?) {
        wasmtime::bail!("a pointer that is not aligned");
    }
    let size = usize::try_from(abi.size32)?.checked_mul(count);
    let end = size.and_then(|size| pointer.checked_add(size));
    let found = end.and_then(|end| cx.memory().get(pointer..end));
    found.ok_or_else(|| wasmtime::Error::msg("a pointer out of the memory's bounds"))
}

fn single(cx: &mut LiftContext<'_>, ty: InterfaceType, raw: &ValRaw) -> wasmtime::Result<Val> {
    let types = cx.types;
    Ok(match ty {
        InterfaceType::Bool => Val::Bool(Lift::linear_lift_from_flat(cx, ty, raw)?),
        InterfaceType::S8 => Val::S8(Lift::linear_lift_from_flat(cx, ty, raw)?),
        InterfaceType::U8 => Val::U8(Lift::linear_lift_from_flat(cx, ty, raw)?),
        InterfaceType::S16 => Val::S16(Lift::linear_lift_from_flat(cx, ty, raw)?),
        InterfaceType::U16 => Val::U16(Lift::linear_lift_from_flat(cx, ty, raw)?),
        InterfaceType::S32 => Val::S32(Lift::linear_lift_from_flat(cx, ty, raw)?),
        InterfaceType::U32 => Val::U32(Lift::linear_lift_from_flat(cx, ty, raw)?),
        InterfaceType::S64 => Val::S64(Lift::linear_lift_from_flat(cx, ty, raw)?),
        InterfaceType::U64 => Val::U64(Lift::linear_lift_from_flat(cx, ty, raw)?),
        InterfaceType::Float32 => Val::Float32(Lift::linear_lift_from_flat(cx, ty, raw)?),
        InterfaceType::Float64 => Val::Float64(Lift::linear_lift_from_flat(cx, ty, raw)?),
        InterfaceType::Char => Val::Char(Lift::linear_lift_from_flat(cx, ty, raw)?),
        InterfaceType::Enum(index) => {
            let names = types[index].names.iter();
            Val::Enum(case(names, raw.get_u32())?.clone())
        }
        InterfaceType::Variant(index) => {
            let (name, payload) = case(types[index].cases.iter(), raw.get_u32())?;
            no_payload(*payload)?;
            Val::Variant(name.clone(), None)
        }
        InterfaceType::Result(index) => {
            let sides = [types[index].ok, types[index].err];
            no_payload(sides[0].or(sides[1]))?;
            Val::Result(case([Ok(None), Err(None)].into_iter(), raw.get_u32())?)
        }
        InterfaceType::Tuple(index) => {
            let [ty] = *types[index].types else {
                wasmtime::bail!("more than one core value");
            };
            Val::Tuple(vec![single(cx, ty, raw)?])
        }
        InterfaceType::Record(index) => {
            let [field] = &*types[index].fields else {
                wasmtime::bail!("more than one core value");
            };
            Val::Record(vec![(field.name.clone(), single(cx, field.ty, raw)?)])
        }
        _ => wasmtime::bail!("a type that is not lifted here"),
    })
}

fn no_payload(ty: Option<InterfaceType>) -> wasmtime::Result<()> {
    match ty {
        None => Ok(()),
        Some(_) => wasmtime::bail!("more than one core value"),
    }
}

/// Returns the case for a discriminant.
fn case<C>(mut cases: impl Iterator<Item = C>, discriminant: u32) -> wasmtime::Result<C> {
    let found = cases.nth(usize::try_from(discriminant)?);
    found.ok_or_else(|| wasmtime::Error::msg(format!("no case {discriminant}")))
}

/// Reads a value of type `ty` from its memory, and charges the host's copy.
fn load(
    cx: &mut LiftContext<'_>,
    ty: InterfaceType,
    bytes: &[u8],
    overhead: &mut u64,
) -> wasmtime::Result<Val> {
    let types = cx.types;
    Ok(match ty {
        InterfaceType::Bool => Val::Bool(Lift::linear_lift_from_memory(cx, ty, bytes)?),
        InterfaceType::S8 => Val::S8(Lift::linear_lift_from_memory(cx, ty, bytes)?),
        InterfaceType::U8 => Val::U8(Lift::linear_lift_from_memory(cx, ty, bytes)?),
        InterfaceType::S16 => Val::S16(Lift::linear_lift_from_memory(cx, ty, bytes)?),
        InterfaceType::U16 => Val::U16(Lift::linear_lift_from_memory(cx, ty, bytes)?),
        InterfaceType::S32 => Val::S32(Lift::linear_lift_from_memory(cx, ty, bytes)?),
        InterfaceType::U32 => Val::U32(Lift::linear_lift_from_memory(cx, ty, bytes)?),
        InterfaceType::S64 => Val::S64(Lift::linear_lift_from_memory(cx, ty, bytes)?),
        InterfaceType::U64 => Val::U64(Lift::linear_lift_from_memory(cx, ty, bytes)?),
        InterfaceType::Float32 => Val::Float32(Lift::linear_lift_from_memory(cx, ty, bytes)?),
        InterfaceType::Float64 => Val::Float64(Lift::linear_lift_from_memory(cx, ty, bytes)?),
        InterfaceType::Char => Val::Char(Lift::linear_lift_from_memory(cx, ty, bytes)?),
        InterfaceType::String => Val::String(Lift::linear_lift_from_memory(cx, ty, bytes)?),
        InterfaceType::List(index) => list(cx, types[index].element, bytes, overhead)?,
        InterfaceType::Tuple(index) => {
            let parts = types[index].types.iter().copied();
            let parts = fields(cx, parts, bytes, overhead)?;
            Val::Tuple(parts)
        }
        InterfaceType::Record(index) => {
            let all = &types[index].fields;
            let names = all.iter().map(|field| field.name.clone());
            cx.consume_fuel(all.iter().map(|field| field.name.len()).sum())?;
            let values = fields(cx, all.iter().map(|field| field.ty), bytes, overhead)?;
            Val::Record(names.zip(values).collect())
        }
        InterfaceType::Enum(index) => {
            let found = discriminant(&types[index].info, bytes)?;
            let name = case(types[index].names.iter(), found)?;
            cx.consume_fuel(name.len())?;
            Val::Enum(name.clone())
        }
        InterfaceType::Variant(index) => {
            let info = &types[index].info;
            let (name, ty) = case(types[index].cases.iter(), discriminant(info, bytes)?)?;
            cx.consume_fuel(name.len())?;
            let payload = payload(cx, info, *ty, bytes, overhead)?;
            Val::Variant(name.clone(), payload)
        }
        InterfaceType::Option(index) => {
            let info = &types[index].info;
            let cases = [None, Some(types[index].ty)];
            let ty = case(cases.into_iter(), discriminant(info, bytes)?)?;
            Val::Option(payload(cx, info, ty, bytes, overhead)?)
        }
        InterfaceType::Result(index) => {
            let info = &types[index].info;
            let found = discriminant(info, bytes)?;
            let ty = case([types[index].ok, types[index].err].into_iter(), found)?;
            let payload = payload(cx, info, ty, bytes, overhead)?;
            Val::Result(match found {
                0 => Ok(payload),
                _ => Err(payload),
            })
        }
        _ => wasmtime::bail!("a type that is not lifted here"),
    })
}

fn list(
    cx: &mut LiftContext<'_>,
    element: InterfaceType,
    bytes: &[u8],
    overhead: &mut u64,
) -> wasmtime::Result<Val> {
    let (pointer, length) = (number(bytes, 0)?, number(bytes, 4)?);
    let items = part(cx, element, pointer, length)?;
    if element == InterfaceType::U8 {
        let size = base64::encoded_len(items.len(), true).unwrap_or(usize::MAX);
        cx.consume_fuel(size)?;
        let text = BASE64.encode(items);
        // The length of the text includes its quotation marks.
        *overhead += (text.len() - items.len()) as u64 + 2;
        return Ok(Val::String(text));
    }
    cx.consume_fuel_array(length, size_of::<Val>())?;
    let size = usize::try_from(cx.types.canonical_abi(&element).size32)?;
    let mut values = Vec::new();
    for index in 0..length {
        // Within `items`, whose length is checked.
        let item = items.get(index * size..(index + 1) * size);
        values.push(load(cx, element, item.unwrap_or_default(), overhead)?);
    }
    Ok(Val::List(values))
}

/// Reads the values of consecutive fields, laid out by the canonical ABI.
fn fields(
    cx: &mut LiftContext<'_>,
    parts: impl ExactSizeIterator<Item = InterfaceType>,
    bytes: &[u8],
    overhead: &mut u64,
) -> wasmtime::Result<Vec<Val>> {
    cx.consume_fuel_array(parts.len(), size_of::<Val>())?;
    let types = cx.types;
    let mut end = 0;
    let mut values = Vec::with_capacity(parts.len());
    for ty in parts {
        let abi = types.canonical_abi(&ty);
        let start = usize::try_from(abi.next_field32(&mut end))?;
        let part = slice(bytes, start, usize::try_from(abi.size32)?)?;
        values.push(load(cx, ty, part, overhead)?);
    }
    Ok(values)
}

fn payload(
    cx: &mut LiftContext<'_>,
    info: &VariantInfo,
    ty: Option<InterfaceType>,
    bytes: &[u8],
    overhead: &mut u64,
) -> wasmtime::Result<Option<Box<Val>>> {
    let Some(ty) = ty else { return Ok(None) };
    cx.consume_fuel(size_of::<Val>())?;
    let size = usize::try_from(cx.types.canonical_abi(&ty).size32)?;
    let part = slice(bytes, usize::try_from(info.payload_offset32)?, size)?;
    Ok(Some(Box::new(load(cx, ty, part, overhead)?)))
}

fn discriminant(info: &VariantInfo, bytes: &[u8]) -> wasmtime::Result<u32> {
    let bytes = slice(bytes, 0, usize::from(info.size))?;
    // Little-endian.
    Ok(bytes
        .iter()
        .rev()
        .fold(0, |value, byte| value << 8 | u32::from(*byte)))
}

/// Reads a 32-bit pointer or length.
fn number(bytes: &[u8], start: usize) -> wasmtime::Result<usize> {
    let mut whole = [0; 4];
    whole.copy_from_slice(slice(bytes, start, 4)?);
    Ok(usize::try_from(u32::from_le_bytes(whole))?)
}

fn slice(bytes: &[u8], start: usize, size: usize) -> wasmtime::Result<&[u8]> {
    let found = start
        .checked_add(size)
        .and_then(|end| bytes.get(start..end));
    found.ok_or_else(|| wasmtime::Error::msg("a value that is cut short"))
}

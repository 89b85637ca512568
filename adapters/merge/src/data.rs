//! Joins neighbouring data segments: compilers emit one for every run without zeros, and readers limit their number.

use std::ops::Range;

use wasmparser::{ConstExpr, Data, DataKind, MemoryType, Operator};

use crate::error::AdaptError;
use crate::module::Module;

/// The maximum number of segments that wasmparser accepts, and with it every host.
pub(crate) const MAX_SEGMENTS: u32 = 100_000;
/// The number of zeros between two segments that are not stored: fewer cost about as much as another segment.
const GAP: usize = 32;

/// A segment of the resulting module.
pub(crate) enum Segment<'a> {
    /// An unchanged segment.
    Kept(Data<'a>),
    /// Bytes at an address of the module's memory.
    Joined(u32, Vec<u8>),
}

/// A segment at a known address in memory.
struct Placed<'a> {
    range: Range<usize>,
    bytes: &'a [u8],
}

/// Joins the segments of a module so that its initial memory is the same, byte for byte.
///
/// A module with passive segments, `memory.init` or `data.drop` keeps its segments and their numbers. A segment whose
/// address is not constant, or not in memory, stays unchanged in its place: segments before and after it are not
/// joined.
///
/// # Errors
/// [`AdaptError::Malformed`]
pub(crate) fn segments<'a>(module: &Module<'a>) -> Result<Vec<Segment<'a>>, AdaptError> {
    let (Some(section), Some(memory)) = (&module.data_section, module.memory) else {
        return Ok(Vec::new());
    };
    let all: Vec<Data<'a>> = section.clone().into_iter().collect::<Result<_, _>>()?;
    if uses_numbers(module, &all)? {
        return Ok(all.into_iter().map(Segment::Kept).collect());
    }
    let mut out = Vec::new();
    let mut run = Vec::new();
    // Zeros may be written only where nothing was written before.
    let mut gap = GAP;
    for data in all {
        match place(&data, memory)? {
            Some(range) => run.push(Placed {
                range,
                bytes: data.data,
            }),
            None => {
                out.extend(join(&std::mem::take(&mut run), gap));
                out.push(Segment::Kept(data));
                gap = 1;
            }
        }
    }
    out.extend(join(&run, gap));
    Ok(out)
}

/// Whether the module's code refers to single segments.
fn uses_numbers(module: &Module<'_>, segments: &[Data<'_>]) -> Result<bool, AdaptError> {
    let passive = |data: &Data<'_>| matches!(data.kind, DataKind::Passive);
    if segments.iter().any(passive) {
        return Ok(true);
    }
    for body in &module.code {
        for operator in body.get_operators_reader()? {
            if matches!(
                operator?,
                Operator::MemoryInit { .. } | Operator::DataDrop { .. }
            ) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Returns the address of a segment, if it is constant and in memory.
fn place(data: &Data<'_>, memory: MemoryType) -> Result<Option<Range<usize>>, AdaptError> {
    let DataKind::Active {
        memory_index: 0,
        offset_expr,
    } = &data.kind
    else {
        return Ok(None);
    };
    let Some(start) = constant(offset_expr)? else {
        return Ok(None);
    };
    let end = u64::from(start) + data.data.len() as u64;
    let size = memory.initial.saturating_mul(u64::from(memory.page_size()));
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    Ok(range.filter(|_| end <= size).map(|(start, end)| start..end))
}

/// Returns the value of an expression that is just an `i32.const`.
fn constant(expression: &ConstExpr<'_>) -> Result<Option<u32>, AdaptError> {
    let mut operators = expression.get_operators_reader();
    let Operator::I32Const { value } = operators.read()? else {
        return Ok(None);
    };
    let ends = matches!(operators.read()?, Operator::End);
    Ok(ends.then_some(value.cast_unsigned()))
}

/// Joins segments between which there are less than `gap` bytes; where two overlap, the later one counts.
fn join<'a>(run: &[Placed<'_>], gap: usize) -> Vec<Segment<'a>> {
    let mut ranges: Vec<Range<usize>> = run.iter().map(|placed| placed.range.clone()).collect();
    ranges.retain(|range| !range.is_empty());
    ranges.sort_unstable_by_key(|range| range.start);
    let mut joined: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut groups: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match groups.last_mut() {
            Some(last) if range.start < last.end.saturating_add(gap) => {
                last.end = last.end.max(range.end);
            }
            _ => groups.push(range),
        }
    }
    joined.extend(
        groups
            .iter()
            .map(|group| (group.start, vec![0; group.len()])),
    );
    for placed in run.iter().filter(|placed| !placed.bytes.is_empty()) {
        let behind = groups.partition_point(|group| group.start <= placed.range.start);
        let Some((start, bytes)) = behind.checked_sub(1).and_then(|at| joined.get_mut(at)) else {
            continue;
        };
        let inside = placed.range.start - *start..placed.range.end - *start;
        if let Some(target) = bytes.get_mut(inside) {
            target.copy_from_slice(placed.bytes);
        }
    }
    // Addresses are below 2^32: they come from an `i32.const`.
    let segments = joined.into_iter();
    segments
        .map(|(start, bytes)| Segment::Joined(start as u32, bytes))
        .collect()
}

#[cfg(test)]
mod tests;

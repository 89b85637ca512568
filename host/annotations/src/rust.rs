//! Rust, parsed by syn. Documentation comments are attributes there; other comments are between the tokens.

use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::spanned::Spanned as _;
use syn::{
    Attribute, FnArg, GenericArgument, GenericParam, Item, ItemFn, Pat, PathArguments, ReturnType,
    Type,
};

use crate::source::{Below, Block, Line, Parsed, is_annotated, lines};
use crate::{Argument, Diagnostic, Function, Kind, Use};

/// The largest source that is parsed, in bytes, and the stack for it: syn recurses as deep as the source is nested.
const MAX_BYTES: usize = 512 << 10;
const STACK_BYTES: usize = 2 << 30;

pub(crate) fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    if text.len() > MAX_BYTES {
        let message = format!("a Rust source may have at most {MAX_BYTES} bytes");
        parsed.diagnostics.push(Diagnostic::error(0..0, message));
        return parsed;
    }
    std::thread::scope(|scope| {
        let parsing = std::thread::Builder::new().stack_size(STACK_BYTES);
        let parsing = parsing.spawn_scoped(scope, || parse_deep(text));
        match parsing.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(parsed)) => parsed,
            _ => {
                let message = "there is not enough memory to parse this";
                parsed.diagnostics.push(Diagnostic::error(0..0, message));
                parsed
            }
        }
    })
}

fn parse_deep(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    let file = match syn::parse_file(text) {
        Ok(file) => file,
        Err(error) => {
            let range = error.span().byte_range();
            let problem = Diagnostic::unreadable(range, "Rust").label(error.to_string());
            parsed.diagnostics.push(problem);
            return parsed;
        }
    };
    let mut seen: Vec<Range<usize>> = Vec::new();
    let mut diagnostics = Vec::new();
    let mut add = |attributes: &[Attribute], below: Below| {
        let mut found: Vec<Line> = Vec::new();
        for attribute in attributes
            .iter()
            .filter(|found| found.path().is_ident("doc"))
        {
            let range = attribute.span().byte_range();
            let comment = text.get(range.clone()).unwrap_or_default();
            if comment.starts_with('/') {
                found.extend(lines(comment, range.start));
                seen.push(range);
            } else if comment.contains("@skill:") {
                let message = "annotations are read from comments, not from #[doc]";
                diagnostics.push(
                    Diagnostic::error(range, message).help("write a line beginning with ///"),
                );
            }
        }
        if is_annotated(&found) {
            let lines = found;
            parsed.blocks.push(Block { lines, below });
        }
    };
    add(&file.attrs, Below::File);
    for item in &file.items {
        match item {
            Item::Fn(item) => add(&item.attrs, Below::Function(Box::new(function(item, text)))),
            other => {
                let what = "something that is not a function";
                add(attributes(other), Below::Other(what.to_owned()));
            }
        }
    }
    parsed.diagnostics.append(&mut diagnostics);
    strays(text, &file.to_token_stream(), &seen, &mut parsed);
    parsed
        .blocks
        .sort_by_key(|block| block.lines.first().map(|line| line.range.start));
    parsed
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        _ => &[],
    }
}

/// Finds annotations in comments that syn does not report, or that belong to items it does not visit.
fn strays(text: &str, tokens: &TokenStream, seen: &[Range<usize>], parsed: &mut Parsed) {
    let mut leaves = Vec::new();
    collect(tokens.clone(), &mut leaves);
    for (start, _) in text.match_indices("@skill:") {
        if seen.iter().any(|range| range.contains(&start)) {
            continue;
        }
        // Prose may mention an annotation; it is one only at the beginning of a comment line.
        let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let leader = |c: char| c.is_whitespace() || matches!(c, '/' | '*' | '!');
        let before = &text[line..start];
        let before = before
            .find("//")
            .or_else(|| before.find("/*"))
            .map_or(before, |at| &before[at..]);
        if !before.chars().all(leader) {
            continue;
        }
        let end = text[start..]
            .find('\n')
            .map_or(text.len(), |end| start + end);
        let end = start + text[start..end].trim_end().len();
        let inside = leaves.iter().find(|range| range.contains(&start));
        let problem = match inside {
            Some(token) if text[token.clone()].starts_with('/') => Diagnostic::error(
                start..end,
                "this annotation does not belong to a top-level function",
            ),
            // A string literal with the same text.
            Some(_) => continue,
            None => Diagnostic::error(
                start..end,
                "this is not a documentation comment, so its annotation is ignored",
            )
            .help("start the line with /// (or //! at the top of the file)"),
        };
        parsed.diagnostics.push(problem);
    }
}

fn collect(tokens: TokenStream, leaves: &mut Vec<Range<usize>>) {
    for token in tokens {
        match token {
            // A documentation comment is a group whose tokens all have the comment's span.
            TokenTree::Group(group) => collect(group.stream(), leaves),
            other => leaves.push(other.span().byte_range()),
        }
    }
}

fn function(item: &ItemFn, text: &str) -> Function {
    let shown = |range: Range<usize>| text.get(range).unwrap_or_default().to_owned();
    let name = &item.sig.ident;
    let mut function = Function {
        name: shown(name.span().byte_range()),
        range: name.span().byte_range(),
        exported: matches!(item.vis, syn::Visibility::Public(_)),
        unusable: unusable(item),
        ..Function::default()
    };
    for (index, argument) in item.sig.inputs.iter().enumerate() {
        let FnArg::Typed(argument) = argument else {
            continue;
        };
        let of = used(&argument.ty, text);
        if index == 0 && is_context(&argument.ty) {
            function.context = Some(of);
            continue;
        }
        let range = match &*argument.pat {
            Pat::Ident(name) => name.ident.span().byte_range(),
            other => other.span().byte_range(),
        };
        let name = shown(range.clone());
        function.arguments.push(Argument { name, range, of });
    }
    if let ReturnType::Type(_, ty) = &item.sig.output {
        let inner = result_of(ty);
        function.fails = inner.is_some();
        let of = used(inner.unwrap_or(ty), text);
        function.result = (of.text != "()").then_some(of);
    }
    function
}

/// Returns why generated code cannot call a function.
fn unusable(item: &ItemFn) -> Option<&'static str> {
    let signature = &item.sig;
    let generic = |parameter: &GenericParam| !matches!(parameter, GenericParam::Lifetime(_));
    let error = match &signature.output {
        ReturnType::Type(_, ty) => last(ty).filter(|(name, _)| name == "Result"),
        ReturnType::Default => None,
    };
    let error = error.and_then(|(_, generics)| last(generics.get(1)?));
    if signature.asyncness.is_some() {
        Some("async; use a plain function")
    } else if matches!(signature.safety, syn::Safety::Unsafe(_)) {
        Some("unsafe")
    } else if signature.generics.params.iter().any(generic) {
        Some("generic")
    } else if item.attrs.iter().any(|found| found.path().is_ident("cfg")) {
        Some("compiled only under a condition (#[cfg])")
    } else if error.is_some_and(|(name, _)| name != "SkillError") {
        Some("returning an error other than SkillError")
    } else {
        None
    }
}

fn used(ty: &Type, text: &str) -> Use {
    let range = ty.span().byte_range();
    Use {
        text: text.get(range.clone()).unwrap_or_default().to_owned(),
        kind: kind(ty),
        range,
    }
}

/// Returns the last segment of a type's path: its name, and its generic arguments.
fn last(ty: &Type) -> Option<(String, Vec<&Type>)> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last()?;
    let generics = match &segment.arguments {
        PathArguments::AngleBracketed(found) => found.args.iter(),
        _ => return Some((segment.ident.to_string(), Vec::new())),
    };
    let types = generics.filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    Some((segment.ident.to_string(), types.collect()))
}

fn kind(ty: &Type) -> Option<Kind> {
    let (name, generics) = last(ty)?;
    match (name.as_str(), generics.as_slice()) {
        ("String", []) => Some(Kind::Text),
        ("i64", []) => Some(Kind::Integer),
        ("f64", []) => Some(Kind::Float),
        ("bool", []) => Some(Kind::Boolean),
        ("Vec", [item]) if last(item)?.0 == "u8" => Some(Kind::Bytes),
        _ => None,
    }
}

fn is_context(ty: &Type) -> bool {
    let Type::Reference(reference) = ty else {
        return false;
    };
    last(&reference.elem).is_some_and(|(name, _)| name == "Context")
}

/// Returns the success type of a `Result`.
fn result_of(ty: &Type) -> Option<&Type> {
    match last(ty)? {
        (name, generics) if name == "Result" => generics.first().copied(),
        _ => None,
    }
}

//! Where a key was written before, when TOML refuses it as written twice: its parser names the second
//! place only.

use core::ops::Range;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A key in a table, as the parser has it.
type Key<'t> = Spanned<std::borrow::Cow<'t, str>>;

/// The key at a place where it stands for the second time, and where it starts the first time. `table` is
/// what the parser could make of the text.
pub(super) fn first<'t>(
    text: &'t str,
    twice: &Range<usize>,
    table: &DeTable<'t>,
) -> Option<(String, usize)> {
    let written = text.get(twice.clone())?;
    let name = path(&format!("{written} = 0"))?.pop()?;
    if let Some(first) = header(text, twice) {
        return Some((name, first));
    }
    let there = parents(text, twice).and_then(|path| {
        let inside = path
            .iter()
            .try_fold(table, |table, name| below(table, name))?;
        inside.keys().find(|key| *key.get_ref() == name)
    });
    let before = |key: &&Key<'t>| key.span().start < twice.start;
    // Within an inline table the nearest one before is it.
    let first = there
        .filter(before)
        .or_else(|| nearest(table, &name, twice.start))?;
    Some((name, first.span().start))
}

/// Where the header of a table that is opened twice stands first: the parser forgets that table.
fn header(text: &str, twice: &Range<usize>) -> Option<usize> {
    let start = text.get(..twice.start)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(start..)?.lines().next()?;
    let wanted = line.trim_start().starts_with('[').then(|| path(line))??;
    let mut at = 0;
    for line in text.get(..start)?.split_inclusive('\n') {
        let names = line.trim_start();
        if names.starts_with('[') && path(line).is_some_and(|path| path == wanted) {
            let brackets = names.len() - names.trim_start_matches('[').len();
            return Some(at + line.len() - names.len() + brackets);
        }
        at += line.len();
    }
    None
}

/// The tables that a key stands in: those of the header before it and of the dots before it.
fn parents(text: &str, key: &Range<usize>) -> Option<Vec<String>> {
    let start = text.get(..key.start)?.rfind('\n').map_or(0, |at| at + 1);
    let line = text.get(start..key.end)?.trim_start();
    let mut path = if let Some(header) = line.strip_prefix('[') {
        path(&format!("{} = 0", header.trim_start_matches('[')))?
    } else {
        let headers = text.get(..start)?.lines().rev();
        let mut headers = headers.filter(|line| line.trim_start().starts_with('['));
        let mut all = headers.find_map(path).unwrap_or_default();
        all.extend(self::path(&format!("{line} = 0"))?);
        all
    };
    path.pop();
    Some(path)
}

/// The names that a header, or a key with a value, goes down by.
fn path(line: &str) -> Option<Vec<String>> {
    let parsed = DeTable::parse(line).ok()?;
    let mut path = Vec::new();
    let mut table = parsed.get_ref();
    while let Some((key, value)) = table.iter().next() {
        path.push(key.get_ref().clone().into_owned());
        match value.get_ref() {
            DeValue::Table(inside) => table = inside,
            DeValue::Array(list) => match list.iter().next().map(Spanned::get_ref) {
                Some(DeValue::Table(inside)) => table = inside,
                _ => break,
            },
            _ => break,
        }
    }
    (!path.is_empty()).then_some(path)
}

fn below<'d, 't>(table: &'d DeTable<'t>, name: &str) -> Option<&'d DeTable<'t>> {
    let (_, value) = table.iter().find(|(key, _)| *key.get_ref() == name)?;
    match value.get_ref() {
        DeValue::Table(inside) => Some(inside),
        DeValue::Array(list) => list.iter().rev().find_map(|item| match item.get_ref() {
            DeValue::Table(inside) => Some(inside),
            _ => None,
        }),
        _ => None,
    }
}

/// The last key of that name before a place, at any depth. The parser bounds the depth.
fn nearest<'d, 't>(table: &'d DeTable<'t>, name: &str, before: usize) -> Option<&'d Key<'t>> {
    let mut found: Option<&Key<'t>> = None;
    let mut left = vec![table];
    while let Some(table) = left.pop() {
        for (key, value) in table.iter() {
            let start = key.span().start;
            let is_later = found.is_none_or(|found| found.span().start < start);
            if *key.get_ref() == name && start < before && is_later {
                found = Some(key);
            }
            match value.get_ref() {
                DeValue::Table(inside) => left.push(inside),
                DeValue::Array(list) => {
                    left.extend(list.iter().filter_map(|it| match it.get_ref() {
                        DeValue::Table(inside) => Some(inside),
                        _ => None,
                    }))
                }
                _ => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_places_of_a_key_are_found() {
        for (text, name, expected) in [
            ("a = 1\nb = 2\na = 3\n", "a", 0),
            ("[x]\nt = 1\n[y]\nt = 2\nu = { t = 3 }\nt = 4\n", "t", 14),
            ("[x.a]\n[y]\na = 1\n[x.a]\n", "a", 1),
            ("['x y']\nk = 1\n'k' = 2\n", "k", 8),
            ("x = { a = 1, b = 2, a = 3 }\n", "a", 6),
            ("[x]\na.b = 1\na.b = 2\n", "b", 6),
        ] {
            let (table, errors) = DeTable::parse_recoverable(text);
            let error = errors.first().unwrap();
            assert_eq!(error.message(), "duplicate key", "{text}");
            let found = first(text, &error.span().unwrap(), table.get_ref());
            assert_eq!(found, Some((name.to_owned(), expected)), "{text}");
        }
    }
}

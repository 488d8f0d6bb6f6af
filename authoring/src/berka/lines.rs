//! A table's file as rows.
//!
//! One line is one row, so a stray quote spoils its own row and no other, and memory stays bounded
//! whatever the file holds.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    rc::Rc,
};

use flate2::bufread::MultiGzDecoder;

use super::{
    ImportError, Table,
    report::{Bad, Reason},
    row::Row,
};
use crate::encoding::spoilt;

/// Bytes of one table after unpacking: ten times the published `trans`.
const TABLE_BYTES: u64 = 1 << 30;
/// Bytes of one line.
const LINE_BYTES: usize = 4 << 10;

/// The lines of one table's file.
pub(super) struct Lines {
    table: Table,
    path: PathBuf,
    reader: Box<dyn BufRead>,
    separator: char,
    width: usize,
    places: Vec<usize>,
    line: Vec<u8>,
    number: u64,
    left: u64,
    read: Rc<Cell<u64>>,
    size: u64,
}

/// A row, or what is wrong with it, and its line number.
pub(super) type Numbered<'l> = (u64, Result<Row<'l>, Bad>);

impl Lines {
    /// Opens a file and reads its header.
    pub(super) fn open(table: Table, path: &Path) -> Result<Self, ImportError> {
        let failed = |source| ImportError::Io {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        let read = Rc::new(Cell::new(0));
        let counted = BufReader::with_capacity(
            64 << 10,
            Counted {
                inner: file,
                read: Rc::clone(&read),
            },
        );
        let reader: Box<dyn BufRead> = if path.extension().is_some_and(|ending| ending == "gz") {
            Box::new(BufReader::with_capacity(
                64 << 10,
                MultiGzDecoder::new(counted),
            ))
        } else {
            Box::new(counted)
        };
        let mut lines = Self {
            table,
            path: path.to_owned(),
            reader,
            separator: ',',
            width: 0,
            places: Vec::new(),
            line: Vec::new(),
            number: 0,
            left: TABLE_BYTES,
            read,
            size,
        };
        lines.read_header()?;
        Ok(lines)
    }

    /// Bytes of the file read so far, and its size.
    pub(super) fn progress(&self) -> (u64, u64) {
        (self.read.get(), self.size)
    }

    /// The next row that is not blank.
    pub(super) fn next_row(&mut self) -> Result<Option<Numbered<'_>>, ImportError> {
        while let Some(whole) = self.read_line()? {
            if whole && self.line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let row = if whole { self.row() } else { Err(too_long()) };
            return Ok(Some((self.number, row)));
        }
        Ok(None)
    }

    fn row(&self) -> Result<Row<'_>, Bad> {
        let all = split(text(&self.line)?, self.separator)?;
        if all.len() != self.width {
            let detail = format!("has {} columns, the header has {}", all.len(), self.width);
            return Err(Bad {
                reason: Reason::Columns,
                detail,
            });
        }
        let fields = self
            .places
            .iter()
            .map(|at| all.get(*at).copied().unwrap_or_default())
            .collect();
        Ok(Row::new(self.table.columns(), fields))
    }

    fn read_header(&mut self) -> Result<(), ImportError> {
        let whole = self.read_line()?;
        let header = |detail: String| ImportError::Header {
            path: self.path.clone(),
            table: self.table,
            detail,
            columns: self.table.columns().join(", "),
        };
        if whole != Some(true) {
            return Err(header("the first line is missing or too long".to_owned()));
        }
        let line = text(&self.line).map_err(|bad| header(bad.detail))?;
        let separator = if line.contains(';') { ';' } else { ',' };
        let names = split(line, separator).map_err(|bad| header(bad.detail))?;
        let mut places = Vec::new();
        for column in self.table.columns() {
            match names
                .iter()
                .position(|name| name.trim().eq_ignore_ascii_case(column))
            {
                Some(at) => places.push(at),
                None => return Err(header(format!("column `{column}` is missing"))),
            }
        }
        (self.separator, self.width, self.places) = (separator, names.len(), places);
        Ok(())
    }

    /// Reads one line: `Some(true)` if it is whole, `Some(false)` if it was too long to keep.
    fn read_line(&mut self) -> Result<Option<bool>, ImportError> {
        self.line.clear();
        let mut whole = true;
        let mut some = false;
        loop {
            let path = || self.path.clone();
            let chunk = self
                .reader
                .fill_buf()
                .map_err(|source| match spoilt(&source) {
                    Some(how) => ImportError::Packed { path: path(), how },
                    None => ImportError::Io {
                        path: path(),
                        source,
                    },
                })?;
            if chunk.is_empty() {
                break;
            }
            some = true;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(chunk.len(), |at| at + 1);
            if self.line.len() + taken > LINE_BYTES {
                whole = false;
            } else {
                self.line.extend(chunk.iter().take(taken));
            }
            self.reader.consume(taken);
            self.left =
                self.left
                    .checked_sub(taken as u64)
                    .ok_or_else(|| ImportError::TooLarge {
                        path: self.path.clone(),
                        limit: TABLE_BYTES,
                    })?;
            if end.is_some() {
                break;
            }
        }
        self.number += u64::from(some);
        Ok(some.then_some(whole))
    }
}

fn text(line: &[u8]) -> Result<&str, Bad> {
    let line = std::str::from_utf8(line).map_err(|_| Bad {
        reason: Reason::Encoding,
        detail: "is not UTF-8 text".to_owned(),
    })?;
    Ok(line
        .trim_end_matches(['\n', '\r'])
        .trim_start_matches('\u{feff}'))
}

/// Fields between separators. A field in quotes may hold the separator, but no quote.
fn split(line: &str, separator: char) -> Result<Vec<&str>, Bad> {
    let quotes = || Bad {
        reason: Reason::Columns,
        detail: "has a quote that is not closed".to_owned(),
    };
    let mut fields = Vec::with_capacity(16);
    let mut rest = line;
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let (field, after) = quoted.split_once('"').ok_or_else(quotes)?;
                match after.strip_prefix(separator) {
                    Some(after) => (field, Some(after)),
                    None if after.is_empty() => (field, None),
                    None => return Err(quotes()),
                }
            }
            None => match rest.split_once(separator) {
                Some((field, after)) => (field, Some(after)),
                None => (rest, None),
            },
        };
        fields.push(field);
        match after {
            Some(after) => rest = after,
            None => return Ok(fields),
        }
    }
}

fn too_long() -> Bad {
    Bad {
        reason: Reason::Limit,
        detail: format!("is longer than {LINE_BYTES} bytes"),
    }
}

/// Counts the bytes that pass, for progress.
struct Counted<R> {
    inner: R,
    read: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.set(self.read.get() + count as u64);
        Ok(count)
    }
}

//! A published file as rows of text: comma or semicolon, plain or gzip.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use flate2::bufread::MultiGzDecoder;

use crate::{
    limits,
    shown::{message, quoted},
};

/// A table in memory.
#[derive(Debug)]
pub struct Table {
    file: String,
    names: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

/// Why a file is not a table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// It cannot be read.
    #[error("{file}: {cause}: check the path and its permissions")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        cause: io::Error,
    },
    /// Gzip that cannot be unpacked.
    #[error("{file}: the file is {how}: fetch it again")]
    Packed {
        /// The file.
        file: String,
        /// What is wrong with it.
        how: &'static str,
    },
    /// It is not text in columns.
    #[error(
        "{file}: {}: give comma-separated text in UTF-8 with a header, plain or gzip",
        message(cause)
    )]
    Csv {
        /// The file.
        file: String,
        /// What is wrong.
        cause: csv::Error,
    },
    /// A row of another width than the header.
    #[error("{file}:{line}: has {found} columns, the header has {expected}: mend the line")]
    Width {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// Columns of the row.
        found: usize,
        /// Columns of the header.
        expected: usize,
    },
    /// Two columns of one name.
    #[error("{file}:1: column `{}` is there twice: leave one out", quoted(column))]
    Twice {
        /// The file.
        file: String,
        /// The column.
        column: String,
    },
    /// More than is read.
    #[error("{file}: has more than {limit} {what}: split it")]
    TooMuch {
        /// The file.
        file: String,
        /// Of what.
        what: &'static str,
        /// How many there may be.
        limit: u64,
    },
    /// A header without rows.
    #[error("{file}: has no rows: give a table with a header and at least one row")]
    Empty {
        /// The file.
        file: String,
    },
}

impl Table {
    /// Reads a file; one that begins as gzip does is unpacked.
    ///
    /// # Errors
    /// It cannot be read, is no table, has rows of different widths, or is larger than the limits.
    pub fn open(path: &Path) -> Result<Self, TableError> {
        let failed = |cause| TableError::Io {
            file: shown(path),
            cause,
        };
        let mut reader = BufReader::new(File::open(path).map_err(failed)?);
        let packed = reader
            .fill_buf()
            .map_err(failed)?
            .starts_with(&[0x1f, 0x8b]);
        if packed {
            Self::read(path, MultiGzDecoder::new(reader))
        } else {
            Self::read(path, reader)
        }
    }

    /// Reads a table; `path` is what errors call it.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub fn read(path: &Path, source: impl Read) -> Result<Self, TableError> {
        let file = shown(path);
        let too_much = |what, limit| TableError::TooMuch {
            file: shown(path),
            what,
            limit,
        };
        let mut text = Vec::new();
        let bound = limits::TABLE_BYTES.saturating_add(1);
        let read = source.take(bound).read_to_end(&mut text);
        let length = read.map_err(|cause| match spoilt(&cause) {
            Some(how) => TableError::Packed {
                file: file.clone(),
                how,
            },
            None => TableError::Io {
                file: file.clone(),
                cause,
            },
        })?;
        if u64::try_from(length).unwrap_or(u64::MAX) >= bound {
            return Err(too_much("bytes when unpacked", limits::TABLE_BYTES));
        }
        let header = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let delimiter = if header.contains(&b';') { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_slice());
        let wrong = |cause| TableError::Csv {
            file: shown(path),
            cause,
        };
        let header = reader.headers().map_err(wrong)?.clone();
        if header.len() > limits::TABLE_COLUMNS {
            return Err(too_much("columns", limits::TABLE_COLUMNS as u64));
        }
        let names: Vec<String> = header
            .iter()
            .map(|name| name.trim_start_matches('\u{feff}').to_owned())
            .collect();
        let mut sorted: Vec<&String> = names.iter().collect();
        sorted.sort();
        if let Some(twice) = sorted.windows(2).find_map(|pair| match pair {
            [a, b] if a == b => Some(a),
            _ => None,
        }) {
            return Err(TableError::Twice {
                file,
                column: (*twice).clone(),
            });
        }
        let mut rows = Vec::new();
        for row in reader.into_records() {
            let mut row = row.map_err(wrong)?;
            let position = row.position().cloned();
            row.set_position(position.map(|position| beyond_empty_lines(position, &text)));
            if row.len() != names.len() {
                return Err(TableError::Width {
                    file,
                    line: line(&row),
                    found: row.len(),
                    expected: names.len(),
                });
            }
            if rows.len() >= limits::TABLE_ROWS {
                return Err(too_much("rows", limits::TABLE_ROWS as u64));
            }
            rows.push(row);
        }
        if rows.is_empty() {
            return Err(TableError::Empty { file });
        }
        Ok(Self { file, names, rows })
    }

    /// The file, as messages show it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// How many rows there are.
    #[expect(clippy::len_without_is_empty, reason = "a table has at least one row")]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|other| other == name)
    }

    /// The name of a column.
    pub fn name(&self, column: usize) -> &str {
        self.names.get(column).map_or("", String::as_str)
    }

    /// A cell without the spaces around it.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        let row = self.rows.get(row);
        row.and_then(|row| row.get(column)).unwrap_or_default()
    }

    /// The line of a row in the file, from 1.
    pub fn line(&self, row: usize) -> u64 {
        self.rows.get(row).map_or(0, line)
    }
}

/// What is wrong with a gzip file, where it is not the reading that failed.
pub(crate) fn spoilt(cause: &io::Error) -> Option<&'static str> {
    match cause.kind() {
        io::ErrorKind::UnexpectedEof => Some("cut short"),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => Some("damaged"),
        _ => None,
    }
}

/// The reader places a row where the row before it ended; empty lines may stand in between.
fn beyond_empty_lines(mut position: csv::Position, text: &[u8]) -> csv::Position {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.get(start..).unwrap_or_default().iter();
    let empty = rest.take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let ends = empty.fold(0, |ends, byte| ends + u64::from(*byte == b'\n'));
    let line = position.line();
    position.set_line(line + ends);
    position
}

fn line(row: &csv::StringRecord) -> u64 {
    row.position().map_or(0, csv::Position::line)
}

fn shown(path: &Path) -> String {
    message(path.display()).to_string()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(text: &[u8]) -> Result<Table, TableError> {
        Table::read("t.csv".as_ref(), text)
    }

    #[test]
    fn semicolons_quotes_and_gzip_read_alike() {
        let plain = read(b"a,b\n1,\"x, y\"\n").unwrap();
        assert_eq!(plain.cell(0, 1), "x, y");
        let other = read(b"\"a\";\"b\"\r\n1;\"x\"\r\n").unwrap();
        assert_eq!((other.column("b"), other.cell(0, 1)), (Some(1), "x"));
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"a,b\n1,2\n").unwrap();
        let packed = packed.finish().unwrap();
        let open = |bytes: &[u8]| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(bytes).unwrap();
            Table::open(file.path())
        };
        assert_eq!(open(&packed).unwrap().cell(0, 1), "2");
        for cut in 2..packed.len() {
            let found = open(&packed[..cut]).unwrap_err().to_string();
            assert!(
                found.ends_with("the file is cut short: fetch it again"),
                "{found}"
            );
        }
        let mut other = packed.clone();
        other[packed.len() - 6] ^= 1;
        let found = open(&other).unwrap_err().to_string();
        assert!(
            found.ends_with("the file is damaged: fetch it again"),
            "{found}"
        );
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_place() {
        for (text, said) in [
            (&b"a,b\n1\n"[..], "t.csv:2: has 1 columns"),
            (b"a,a\n1,2\n", "t.csv:1: column `a` is there twice"),
            (b"a\n", "t.csv: has no rows"),
            (b"", "t.csv: has no rows"),
            (b"a\n\xff\n", "t.csv: "),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
    }
}

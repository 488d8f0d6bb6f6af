//! The records of a table, with their lines.
//!
//! The CSV reader passes over empty lines in silence, but in a table of one column they are rows: then the scores that
//! follow would stand beside other rows. So an empty line becomes an empty cell before it is read. No record is endless
//! either: a quote that is never closed would gather all that follows.

use std::io::{self, Read};

use csv::{ByteRecord, Position, Reader, ReaderBuilder};

use super::ScoreError;
use crate::limits;

/// Reads records one by one.
pub(super) struct Records<R> {
    reader: Reader<Lines<R>>,
    pub(super) record: ByteRecord,
}

impl<R: Read> Records<R> {
    pub(super) fn new(rows: R) -> Self {
        let lines = Lines {
            rows,
            read: vec![0; 1 << 16],
            ready: Vec::new(),
            given: 0,
            state: State::Begin,
            since: 0,
        };
        let mut builder = ReaderBuilder::new();
        Self {
            reader: builder.flexible(true).has_headers(false).from_reader(lines),
            record: ByteRecord::new(),
        }
    }

    /// Reads the next record, and gives its line; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<u64>, ScoreError> {
        let read = self.reader.read_byte_record(&mut self.record);
        match read {
            Ok(false) => Ok(None),
            Ok(true) => Ok(Some(self.record.position().map_or(0, Position::line))),
            Err(error) => Err(ScoreError::Csv {
                line: error
                    .position()
                    .map_or_else(|| self.reader.position().line(), Position::line),
                what: crate::shown::message(&error).to_string(),
            }),
        }
    }

    /// Whether the record is a line of nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.record.len() == 1 && self.record.get(0).is_some_and(<[u8]>::is_empty)
    }

    /// How many bytes have been read.
    pub(super) fn bytes(&self) -> u64 {
        self.reader.position().byte()
    }
}

/// Where in a table a byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before anything else: a mark of UTF-8 may come.
    Begin,
    /// At the beginning of a line.
    Line,
    /// The same, after a carriage return.
    Return,
    /// At the beginning of a cell.
    Cell,
    /// In a cell without quotes.
    Plain,
    /// In a cell with quotes.
    Quoted,
    /// After a quote in such a cell: it ends there, or one quote is meant.
    Quote,
}

/// A table in which every line ends alike, none is empty and none endless.
struct Lines<R> {
    rows: R,
    read: Vec<u8>,
    ready: Vec<u8>,
    given: usize,
    state: State,
    /// Bytes since the beginning of the record.
    since: usize,
}

impl<R> Lines<R> {
    /// Takes the first `count` bytes that were read.
    fn take(&mut self, count: usize) -> io::Result<()> {
        for byte in self.read.iter().take(count).copied() {
            self.since += 1;
            let at_line = matches!(self.state, State::Begin | State::Line | State::Return);
            match (self.state, byte) {
                // The line has ended already.
                (State::Return, b'\n') => {
                    self.state = State::Line;
                    continue;
                }
                (State::Quoted, b'"') => self.state = State::Quote,
                (State::Quoted, _) => {}
                (_, b'\n' | b'\r') => {
                    if at_line {
                        self.ready.extend_from_slice(b"\"\"");
                    }
                    self.ready.push(b'\n');
                    self.since = 0;
                    self.state = if byte == b'\r' {
                        State::Return
                    } else {
                        State::Line
                    };
                    continue;
                }
                (State::Begin, 0xef | 0xbb | 0xbf) => {}
                (State::Quote, b'"') => self.state = State::Quoted,
                (State::Plain, b'"') => {}
                (_, b',') => self.state = State::Cell,
                (State::Begin | State::Line | State::Return | State::Cell, b'"') => {
                    self.state = State::Quoted;
                }
                _ => self.state = State::Plain,
            }
            self.ready.push(byte);
        }
        if self.since > limits::LINE_BYTES {
            let what = format!(
                "a row has more than {} bytes: is it a CSV table, and is every quote closed?",
                limits::LINE_BYTES
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        Ok(())
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready.len() {
            self.ready.clear();
            self.given = 0;
            let count = self.rows.read(&mut self.read)?;
            self.take(count)?;
        }
        let ready = self.ready.get(self.given..).unwrap_or_default();
        let count = ready.len().min(room.len());
        if let (Some(room), Some(ready)) = (room.get_mut(..count), ready.get(..count)) {
            room.copy_from_slice(ready);
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(table: &str) -> Vec<(u64, Vec<String>)> {
        let mut records = Records::new(table.as_bytes());
        let mut found = Vec::new();
        while let Some(line) = records.next().unwrap() {
            let cells = records
                .record
                .iter()
                .map(|cell| String::from_utf8_lossy(cell).into_owned());
            found.push((line, cells.collect()));
        }
        found
    }

    #[test]
    fn empty_lines_are_records_and_lines_are_counted() {
        let cells = |cells: &[&str]| {
            cells
                .iter()
                .map(|cell| (*cell).to_owned())
                .collect::<Vec<_>>()
        };
        let expected = [
            (1, cells(&["a"])),
            (2, cells(&["1"])),
            (3, cells(&[""])),
            (4, cells(&["2"])),
            (5, cells(&[""])),
        ];
        for end in ["\n", "\r\n", "\r"] {
            assert_eq!(
                all(&"a\n1\n\n2\n\n".replace('\n', end)),
                expected,
                "{end:?}"
            );
        }
        assert_eq!(
            all("a,b\n\"x\n\n\"\"y\",2"),
            [(1, cells(&["a", "b"])), (2, cells(&["x\n\n\"y", "2"])),]
        );
    }

    proptest! {
        /// Without empty lines the records are those of the CSV reader.
        #[test]
        fn all_else_is_left_as_it_is(table in "[a\",\n ]{0,40}") {
            let mut plain = ReaderBuilder::new();
            let mut plain = plain.flexible(true).has_headers(false).from_reader(table.as_bytes());
            let expected: Vec<ByteRecord> = plain.byte_records().map(Result::unwrap).collect();
            let mut records = Records::new(table.as_bytes());
            let mut found = Vec::new();
            while records.next().unwrap().is_some() {
                if !records.is_empty() {
                    found.push(records.record.clone());
                }
            }
            let kept = expected.into_iter().filter(|record| !(record.len() == 1 && record[0].is_empty()));
            prop_assert_eq!(found, kept.collect::<Vec<_>>());
        }
    }
}

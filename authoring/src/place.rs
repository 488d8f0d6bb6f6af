//! Places: where in which file something was said.

use std::{fmt, sync::Arc};

use serde::{Serialize, Serializer};

/// A file of a policy set, with its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// Its path below the policy directory, with `/`.
    pub name: String,
    /// What is in it.
    pub text: String,
    /// Where each line starts.
    lines: Vec<usize>,
}

/// A position that a person can go to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file's path below the policy directory.
    pub file: String,
    /// Line, from 1; 0 when the whole file is meant.
    pub line: usize,
    /// Column in characters, from 1; 0 when the whole line is meant.
    pub column: usize,
}

/// A value and where it was written.
#[derive(Clone, Debug, Default)]
pub struct Spot<T> {
    /// The value.
    pub value: T,
    /// The file.
    pub file: Arc<File>,
    /// Byte offset of the value in the file, a string's opening quote included.
    pub start: usize,
    /// Byte offset of the end.
    pub end: usize,
}

impl File {
    /// A file of that name with that text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let lines = core::iter::once(0)
            .chain(
                text.bytes()
                    .enumerate()
                    .filter(|(_, byte)| *byte == b'\n')
                    .map(|(at, _)| at + 1),
            )
            .collect();
        Self {
            name: name.into(),
            text,
            lines,
        }
    }

    /// The place of a byte offset.
    pub fn place(&self, offset: usize) -> Place {
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = line
            .checked_sub(1)
            .and_then(|line| self.lines.get(line))
            .copied()
            .unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or_default();
        Place {
            file: self.name.clone(),
            line,
            column: before.chars().count() + 1,
        }
    }

    /// The file as a whole.
    pub fn whole(&self) -> Place {
        Place {
            file: self.name.clone(),
            line: 0,
            column: 0,
        }
    }
}

impl<T> Spot<T> {
    /// A value that a file as a whole gives, such as its name.
    pub fn whole(file: &Arc<File>, value: T) -> Self {
        Self {
            value,
            file: Arc::clone(file),
            start: 0,
            end: 0,
        }
    }

    /// Where it starts.
    pub fn place(&self) -> Place {
        self.file.place(self.start)
    }

    /// The same place with another value.
    pub fn with<U>(&self, value: U) -> Spot<U> {
        Spot {
            value,
            file: Arc::clone(&self.file),
            start: self.start,
            end: self.end,
        }
    }
}

impl<T: AsRef<str>> Spot<T> {
    /// The place of a byte of the string's value. Where escapes make the file differ from the value,
    /// the start of the string stands for it.
    pub fn place_within(&self, offset: usize) -> Place {
        let raw = self.file.text.get(self.start..self.end).unwrap_or_default();
        let skipped = raw
            .find(self.value.as_ref())
            .map_or(0, |quotes| quotes + offset);
        self.file.place(self.start + skipped)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        Ok(())
    }
}

/// As it is shown.
impl Serialize for Place {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_counted_from_one_in_characters() {
        let file = File::new("a.toml", "první = 1\nž = 'x'\n");
        let at = |text: &str| file.place(file.text.find(text).unwrap()).to_string();
        assert_eq!(at("první"), "a.toml:1:1");
        assert_eq!(at("1"), "a.toml:1:9");
        assert_eq!(at("'x'"), "a.toml:2:5");
        assert_eq!(file.place(10_000).line, 3);
    }

    #[test]
    fn a_byte_of_a_string_is_found_behind_its_quotes() {
        let text = "when = '''\n  a &&\n  b'''";
        let file = Arc::new(File::new("t.toml", text));
        let value = "  a &&\n  b".to_owned();
        let spot = Spot {
            value,
            file,
            start: 7,
            end: text.len(),
        };
        assert_eq!(spot.place_within(9).to_string(), "t.toml:3:3");
    }
}

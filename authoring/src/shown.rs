//! Foreign text in messages: cut to a length, and unable to act on the terminal that shows it.
//!
//! ```
//! use authoring::shown::Shown;
//! assert_eq!(Shown(&"a\u{1b}[2Jb", 80).to_string(), "a\\u{1b}[2Jb");
//! assert_eq!(Shown(&"abcdef", 3).to_string(), "abc…");
//! ```

use std::fmt::{self, Write};

/// Characters of a name or value in a message.
pub const QUOTED: usize = 80;
/// Characters of a whole message.
pub const MESSAGE: usize = 2_000;

/// Shows the first so many characters of a text: control characters, line breaks and marks that change
/// the direction of writing are written as escapes, and an ellipsis stands for what is cut.
#[derive(Clone, Copy, Debug)]
pub struct Shown<T>(pub T, pub usize);

/// A name or value within a message.
pub fn quoted<T>(text: T) -> Shown<T> {
    Shown(text, QUOTED)
}

/// A message, or most of one.
pub fn message<T>(text: T) -> Shown<T> {
    Shown(text, MESSAGE)
}

/// Shows a whole text over its own lines; what else could act on a terminal is written as an escape.
#[derive(Clone, Copy, Debug)]
pub struct Lines<T>(pub T);

impl<T: fmt::Display> fmt::Display for Lines<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.to_string().chars() {
            if letter != '\n' && acts(letter) {
                write!(f, "{}", letter.escape_default())?;
            } else {
                f.write_char(letter)?;
            }
        }
        Ok(())
    }
}

/// So many of something, in words that agree: `1 error`, `2 errors`.
pub fn counted(count: usize, one: &str) -> String {
    let many = if count == 1 { "" } else { "s" };
    format!("{count} {one}{many}")
}

struct Cut<'f, 'g> {
    to: &'f mut fmt::Formatter<'g>,
    left: usize,
}

impl<T: fmt::Display> fmt::Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cut = Cut {
            to: f,
            left: self.1,
        };
        match write!(cut, "{}", self.0) {
            // An error with nothing left is how the writer stops a long text.
            Err(fmt::Error) if cut.left == 0 => cut.to.write_char('…'),
            other => other,
        }
    }
}

impl Write for Cut<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            self.left = self.left.checked_sub(1).ok_or(fmt::Error)?;
            if acts(letter) {
                write!(self.to, "{}", letter.escape_default())?;
            } else {
                self.to.write_char(letter)?;
            }
        }
        Ok(())
    }
}

/// Whether a letter does something to a terminal, or to the order in which others are shown.
pub fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_as_long_as_the_limit_is_whole() {
        assert_eq!(Shown("žluť", 4).to_string(), "žluť");
        assert_eq!(Shown("žlutá", 4).to_string(), "žlut…");
    }

    #[test]
    fn lines_stay_lines() {
        let shown = Lines("a\n\u{1b}[2Jž\u{202e}\n").to_string();
        assert_eq!(shown, "a\n\\u{1b}[2Jž\\u{202e}\n");
    }

    #[test]
    fn nothing_reaches_the_terminal_as_a_command() {
        let shown = Shown("\u{1b}]0;x\u{7}\r\n\u{9b}2J\u{202e}\u{7f}", 80).to_string();
        assert!(shown.is_ascii(), "{shown}");
        assert!(
            !shown.bytes().any(|byte| byte.is_ascii_control()),
            "{shown}"
        );
    }
}

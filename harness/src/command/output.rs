//! Standard output and standard error. A reader that has seen enough (`| head`) is no failure, and a
//! message that nobody can be told is none either.

use std::{
    fmt::Display,
    io::{self, ErrorKind, IsTerminal, Write},
};

use authoring::shown::{Lines, acts};
use serde::Serialize;

use super::Failure;

/// Writes JSON and a line break. On a terminal no letter of it can act; in a file it is as it is.
pub fn line(json: &[u8]) -> Result<(), Failure> {
    if io::stdout().is_terminal() {
        write(escaped(&String::from_utf8_lossy(json)).as_bytes())
    } else {
        write(json)
    }
}

/// Writes text for people and a line break, with letters that would act on a terminal as escapes.
pub fn text(text: impl Display) -> Result<(), Failure> {
    write(Lines(text).to_string().as_bytes())
}

/// Writes a value as JSON over several lines.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    line(&pretty(value)?)
}

/// JSON over several lines.
pub fn pretty(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    Ok(serde_json::to_vec_pretty(value).map_err(io::Error::from)?)
}

/// Says something on standard error, in the command's name.
pub fn complain(what: impl Display) {
    say(format!("nearfield: {what}"));
}

/// Says something on standard error.
pub fn say(what: impl Display) {
    // When nobody listens there is nobody to tell that.
    let _ = writeln!(io::stderr(), "{}", Lines(what));
}

fn write(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out
        .write_all(bytes)
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush());
    match written {
        Err(cause) if cause.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// JSON that says the same without letters that act: they stand in its strings only, line breaks apart.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for letter in json.chars() {
        if acts(letter) && letter != '\n' {
            escaped.push_str(&format!("\\u{:04x}", u32::from(letter)));
        } else {
            escaped.push(letter);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed test may say so bluntly")]

    use super::*;

    #[test]
    fn json_for_a_terminal_says_the_same_and_does_nothing() {
        let value = serde_json::json!({ "a\u{202e}": ["\u{1b}[2J\u{9b}\u{7f}", "žluť\n"] });
        let pretty = String::from_utf8(pretty(&value).unwrap()).unwrap();
        let shown = escaped(&pretty);
        assert!(
            !shown.contains(|letter| acts(letter) && letter != '\n'),
            "{shown}"
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            value
        );
    }
}

//! Standard output. A reader that has seen enough (`| head`) is no failure.

use std::io::{self, ErrorKind, Write};

use serde::Serialize;

use super::Failure;

/// Writes bytes and a line break.
pub fn line(bytes: &[u8]) -> Result<(), Failure> {
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

/// Writes a value as JSON over several lines.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    line(&pretty(value)?)
}

/// JSON over several lines.
pub fn pretty(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    Ok(serde_json::to_vec_pretty(value).map_err(io::Error::from)?)
}

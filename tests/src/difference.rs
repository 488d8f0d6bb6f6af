//! Where two answers part, as a person wants to see it.

/// How much is shown before and after.
const AROUND: usize = 60;

/// A few words about the first difference; `None` when there is none.
///
/// ```
/// use tests::difference::first;
/// assert_eq!(first(b"same", b"same"), None);
/// assert_eq!(first(b"ab1c", b"ab2c").unwrap(), "at byte 2\n    expected …ab1c…\n    found    …ab2c…");
/// ```
pub fn first(expected: &[u8], found: &[u8]) -> Option<String> {
    if expected == found {
        return None;
    }
    let same = expected
        .iter()
        .zip(found)
        .take_while(|(a, b)| a == b)
        .count();
    let around = |bytes: &[u8]| {
        let start = same.saturating_sub(AROUND);
        let part: Vec<u8> = bytes.iter().skip(start).take(2 * AROUND).copied().collect();
        format!("…{}…", String::from_utf8_lossy(&part))
    };
    Some(format!(
        "at byte {same}\n    expected {}\n    found    {}",
        around(expected),
        around(found)
    ))
}

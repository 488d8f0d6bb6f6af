//! Results as JUnit XML, the form that build servers read.

use std::{
    fmt::{self, Write},
    path::Path,
};

use super::outcome::{Outcome, Report};

/// One suite for each file of cases. File names are those below the folder where the command was called.
pub fn xml(directory: &Path, report: &Report) -> String {
    let mut xml = String::new();
    // Writing to a text cannot fail.
    let _ = suites(&mut xml, directory, report);
    xml
}

fn suites(xml: &mut String, directory: &Path, report: &Report) -> fmt::Result {
    let name = directory.display().to_string();
    let (tests, failures) = (report.cases.len(), report.failed);
    writeln!(xml, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        xml,
        r#"<testsuites name="{}" tests="{tests}" failures="{failures}" errors="0">"#,
        Escaped(&name)
    )?;
    let same_file = |a: &Outcome, b: &Outcome| a.place.file == b.place.file;
    for cases in report.cases.chunk_by(same_file) {
        let Some(file) = cases.first().map(|case| &case.place.file) else {
            continue;
        };
        let failures = cases.iter().filter(|case| !case.passed()).count();
        let (suite, tests) = (Escaped(file), cases.len());
        writeln!(
            xml,
            r#"  <testsuite name="{suite}" tests="{tests}" failures="{failures}" errors="0" skipped="0">"#
        )?;
        let path = directory.join(file).display().to_string();
        for case in cases {
            write!(
                xml,
                r#"    <testcase classname="{suite}" name="{}" file="{}" line="{}""#,
                Escaped(&case.case),
                Escaped(&path),
                case.place.line
            )?;
            failure(xml, case)?;
        }
        writeln!(xml, "  </testsuite>")?;
    }
    writeln!(xml, "</testsuites>")
}

/// The rest of a case's element.
fn failure(xml: &mut String, case: &Outcome) -> fmt::Result {
    let Some(first) = case.mismatches.first() else {
        return writeln!(xml, "/>");
    };
    let message = first.to_string();
    writeln!(xml, ">")?;
    write!(
        xml,
        r#"      <failure type="mismatch" message="{}">"#,
        Escaped(&message)
    )?;
    let all: Vec<_> = case.mismatches.iter().map(ToString::to_string).collect();
    writeln!(xml, "{}</failure>", Escaped(&all.join("\n")))?;
    writeln!(xml, "    </testcase>")
}

/// Text between tags or quotes. What XML 1.0 cannot hold, even escaped, is replaced.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                // A reader turns these into spaces within quotes, unless they are escaped.
                '\t' | '\n' | '\r' => write!(f, "&#{};", u32::from(letter))?,
                '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => f.write_char('\u{fffd}')?,
                letter => f.write_char(letter)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        reason = "a failed test may say so bluntly"
    )]

    use authoring::{cases::Mismatch, place::Place};

    use super::*;

    fn outcome(file: &str, line: usize, case: &str, found: &[&str]) -> Outcome {
        let place = Place {
            file: file.to_owned(),
            line,
            column: 3,
        };
        let mismatch = |found: &&str| Mismatch {
            place: place.clone(),
            subject: "s".to_owned(),
            expected: "e".to_owned(),
            found: (*found).to_owned(),
        };
        Outcome {
            case: case.to_owned(),
            mismatches: found.iter().map(mismatch).collect(),
            place,
        }
    }

    #[test]
    fn another_parser_reads_what_was_written() {
        let hostile = "<a href=\"x\">&amp;'\n\t]]>\u{fffd}ž";
        let report = Report::new(
            vec![
                outcome("tests/a.yaml", 4, "passes", &[]),
                outcome("tests/a.yaml", 9, hostile, &[hostile, "second"]),
                outcome("tests/b.json", 1, "\0\u{1f}\u{ffff}", &[]),
            ],
            None,
        );
        let xml = xml(Path::new("policies/\"retail\""), &report);
        let document = roxmltree::Document::parse(&xml).unwrap();
        let root = document.root_element();
        assert_eq!(root.attribute("name"), Some("policies/\"retail\""));
        assert_eq!(
            (root.attribute("tests"), root.attribute("failures")),
            (Some("3"), Some("1"))
        );
        let named = |name: &'static str| {
            let all = document.descendants();
            all.filter(move |node| node.has_tag_name(name))
                .collect::<Vec<_>>()
        };
        let suites: Vec<_> = named("testsuite")
            .iter()
            .map(|suite| {
                let attribute = |name| suite.attribute(name).unwrap();
                (attribute("name"), attribute("tests"), attribute("failures"))
            })
            .collect();
        assert_eq!(
            suites,
            [("tests/a.yaml", "2", "1"), ("tests/b.json", "1", "0")]
        );
        let cases = named("testcase");
        assert_eq!(cases[0].attribute("line"), Some("4"));
        assert_eq!(
            cases[0].attribute("file"),
            Some("policies/\"retail\"/tests/a.yaml")
        );
        assert_eq!(cases[1].attribute("name"), Some(hostile));
        assert_eq!(cases[2].attribute("name"), Some("\u{fffd}\u{fffd}\u{fffd}"));
        let failures = named("failure");
        assert_eq!(failures.len(), 1);
        let first = format!("tests/a.yaml:9:3: s: expected e, found {hostile}");
        assert_eq!(failures[0].attribute("message"), Some(first.as_str()));
        let all = format!("{first}\ntests/a.yaml:9:3: s: expected e, found second");
        assert_eq!(failures[0].text(), Some(all.as_str()));
    }
}

//! `nearfield test`.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use tempfile::TempDir;

use super::support::text;

/// The longest that a line is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

const CASES: &str = "\
customers:
  regular: { events: [{ at: 1994-01-01, kind: login }] }
cases:
  anybody:
    at: 1994-03-31
    expect: { placed: { rib.home.side: hello }, fired: [always], scores: { hello: { min: 0 } } }
  nothing-is-known:
    customer: regular
    consent: insights
    at: 1994-03-31
    expect: { not_fired: [regular], absent: [again] }
";

/// A folder with a small policy set, `small`.
fn desk() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let action = |name: &str, trigger: &str, formats: &str| {
        format!(
            "[{name}]\nproduct = 'p'\ntriggers = ['{trigger}']\npropensity = 0.5\nvalue = 1\nformats = ['{formats}']\n\
             channels = ['web']\nen = {{ title = 't', body = 'b', call_to_action = 'c' }}\n"
        )
    };
    let actions = action("hello", "always", "card") + &action("again", "regular", "card");
    for (name, text) in [
        (
            "policy.toml",
            "name = 'small'\nlocales = ['en']\ncurrency = 'CZK'\nformats = ['card']\n",
        ),
        (
            "placeholders.toml",
            "[rib]\nchannel = 'web'\n[rib.pages.home]\nside = { formats = ['card'] }\n",
        ),
        (
            "purposes.toml",
            "[insights]\nnotice_version = '1'\nclasses = ['transaction']\ntitle.en = 't'\ndescription.en = 'd'\n",
        ),
        (
            "triggers/all.toml",
            "[always]\nwhen = 'true'\nurgency = 0\nbecause.en = 'x'\n\
             description = 'x'\nlife_stage = 'engagement'\nintent = 'save'\n\
             [regular]\nwhen = 'credit_count_90d >= 1'\nurgency = 0\nbecause.en = 'x'\n\
             description = 'x'\nlife_stage = 'engagement'\nintent = 'save'\n",
        ),
        (
            "intents.toml",
            "[save]\nhalf_life_days = 30\nshelf_life_days = 90\ntitle.en = 'x'\n",
        ),
        (
            "variables.toml",
            "[credit_count_90d]\nen = 'payments received'\n",
        ),
        ("actions/engagement.toml", &actions),
        ("tests/all.yaml", CASES),
    ] {
        write(&folder, name, text);
    }
    folder
}

fn write(folder: &TempDir, name: &str, text: &str) {
    let path = folder.path().join("small").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn command(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nearfield"));
    command
        .current_dir(folder.path())
        .args(["test", "small"])
        .args(arguments);
    command
}

fn test(folder: &TempDir, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

#[test]
fn results_are_told_as_text_json_and_junit() {
    let folder = desk();
    let output = test(&folder, &["--coverage", "--junit", "out/cases.xml"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(
        text(&output.stdout),
        "ok      anybody\nok      nothing-is-known\n\
         covered 0 of 2 triggers (0 %): seen to fire and not to fire\n        never   regular\n        always  always\n\
         covered 1 of 2 actions (50 %): placed\n        never   again\n\
         covered 1 of 1 placeholders (100 %): filled\n2 passed, 0 failed\n"
    );
    let xml = fs::read_to_string(folder.path().join("out/cases.xml")).unwrap();
    assert!(!xml.contains("<failure"), "{xml}");

    let wrong = CASES
        .replace("side: hello", "side: again")
        .replace("min: 0", "max: 0.001");
    write(&folder, "tests/all.yaml", &wrong);
    let output = test(&folder, &["--junit", "out/cases.xml"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = text(&output.stdout);
    for words in [
        "FAILED  anybody  (tests/all.yaml:4:3)\n        `rib.home.side`  (tests/all.yaml:6:25)\n          \
         expected  `again`\n          found     `hello` (score 0.",
        "); `again` is nowhere: unprompted\n        score of `hello`  (tests/all.yaml:6:76)\n          expected  0 to 0.001\n",
        "\nok      nothing-is-known\n1 passed, 1 failed\n",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(text(&output.stderr), "nearfield: 1 of 2 cases failed\n");
    let xml = fs::read_to_string(folder.path().join("out/cases.xml")).unwrap();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let case = document
        .descendants()
        .find(|node| node.attribute("name") == Some("anybody"))
        .unwrap();
    let file = Path::new("small").join("tests/all.yaml");
    assert_eq!(case.attribute("file"), file.to_str());
    let failure = case.first_element_child().unwrap();
    let expected = "tests/all.yaml:6:25: `rib.home.side`: expected `again`, found `hello`";
    assert!(
        failure.attribute("message").unwrap().starts_with(expected),
        "{xml}"
    );

    let output = test(&folder, &["--format", "json", "--coverage"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["passed"], &report["failed"]),
        (&1.into(), &1.into())
    );
    assert_eq!(
        report["cases"][0]["mismatches"][1]["expected"],
        "0 to 0.001"
    );
    assert_eq!(report["coverage"]["actions"]["never"][0], "again");

    let output = test(&folder, &["--filter", "nothing"]);
    assert_eq!(
        text(&output.stdout),
        "ok      nothing-is-known\n1 passed, 0 failed\n"
    );
}

#[test]
fn cases_that_cannot_be_run_say_what_to_mend() {
    let folder = desk();
    let unknown = CASES.replacen(
        "at: 1994-03-31\n",
        "at: 1994-03-31\n    context: { page: nowhere }\n",
        1,
    );
    write(&folder, "tests/all.yaml", &unknown);
    let output = test(&folder, &["--filter", "anybody"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = text(&output.stderr);
    assert!(
        said.contains("no page is called `nowhere`: there is `home`"),
        "{said}"
    );

    for (arguments, cases, words) in [
        (&["--filter", "nobody"][..], CASES, "no case has `nobody`"),
        (
            &["--watch", "--junit", "x.xml"],
            CASES,
            "cannot be used with",
        ),
        (
            &[],
            "cases:\n  a: &a { at: 1994-03-31 }\n  b: *a\n",
            "tests/all.yaml:2:6: `&a` is an anchor",
        ),
        (&[], "cases:\n\ta: 1\n", "tests/all.yaml:2:"),
        (&[], "cases: {}", "small: has no cases: write some"),
        (
            &[],
            "cases: { a: { customer: nobody, at: 1994-03-31, expect: { fired: always } } }",
            "tests/all.yaml:1:25: no customer is called `nobody`",
        ),
    ] {
        write(&folder, "tests/all.yaml", cases);
        let output = test(&folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(text(&output.stderr).contains(words), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
    }
    let path = folder.path().join("small/tests/all.yaml");
    fs::write(path, b"cases: \xff").unwrap();
    let output = test(&folder, &[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(
        text(&output.stderr).contains("tests/all.yaml: cannot be read: it is not UTF-8"),
        "{output:?}"
    );
}

/// A command that runs until it is dropped.
struct Running {
    child: Child,
    /// Standard output.
    out: Lines,
    /// Standard error.
    err: Lines,
}

/// The lines of a stream as they come.
struct Lines(Receiver<String>);

impl Running {
    fn start(mut command: Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let out = Lines::of(child.stdout.take().unwrap());
        let err = Lines::of(child.stderr.take().unwrap());
        Self { child, out, err }
    }
}

impl Lines {
    fn of(stream: impl Read + Send + 'static) -> Self {
        let (send, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        Self(lines)
    }

    /// Waits for a line with these words.
    fn wait(&self, words: &str) -> String {
        let mut seen = Vec::new();
        loop {
            match self.0.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(words) => return line,
                Ok(line) => seen.push(line),
                Err(error) => panic!("{error}, waiting for {words:?} after {seen:?}"),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_watched_policy_set_may_break_and_be_mended() {
    let folder = desk();
    let running = Running::start(command(&folder, &["--watch"]));
    running.out.wait("2 passed, 0 failed");
    running.err.wait("watching small");

    let wrong = CASES.replace("side: hello", "side: again");
    write(&folder, "tests/all.yaml", &wrong);
    assert_eq!(running.err.wait("tests/all.yaml"), "changed tests/all.yaml");
    running.out.wait("found     `hello`");
    running.err.wait("1 of 2 cases failed");
    running.err.wait("watching small");

    write(&folder, "triggers/more.toml", "[always]\nwhen = 'tru'\n");
    running.err.wait("added triggers/more.toml");
    running.err.wait("triggers/more.toml:1:");
    running.err.wait("watching small");

    fs::remove_file(folder.path().join("small/triggers/more.toml")).unwrap();
    write(&folder, "tests/all.yaml", CASES);
    running.err.wait("removed triggers/more.toml");
    running.out.wait("2 passed, 0 failed");
}

#[test]
fn what_is_not_there_is_not_watched() {
    let folder = tempfile::tempdir().unwrap();
    let output = test(&folder, &["--watch"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

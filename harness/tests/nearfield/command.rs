//! What is common to all subcommands: what is printed, where, and with which exit code.

use std::fs;

use tempfile::TempDir;

use super::support::{nearfield, project, text};

/// A folder with a small policy set, its bundle, and a profile.
fn desk() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("small")).unwrap();
    let policy = "name = 'small'\nlocales = ['en']\ncurrency = 'CZK'\n";
    fs::write(folder.path().join("small/policy.toml"), policy).unwrap();
    fs::copy(
        project("tests/customers/berka-2.json"),
        folder.path().join("p.json"),
    )
    .unwrap();
    let built = nearfield(
        &folder,
        &["bundle", "build", "small", "--out", "b.nearfield"],
    );
    assert_eq!(built.status.code(), Some(0), "{built:?}");
    assert!(text(&built.stderr).contains("development key"), "{built:?}");
    folder
}

const DECIDE: [&str; 7] = [
    "decide",
    "--bundle",
    "b.nearfield",
    "--profile",
    "p.json",
    "--at",
    "1994-03-31",
];

#[test]
fn both_hosts_print_the_same_decision() {
    let folder = desk();
    let wasm = nearfield(&folder, &[&DECIDE[..], &["--host", "wasm"]].concat());
    let native = nearfield(&folder, &[&DECIDE[..], &["--host", "native"]].concat());
    assert_eq!(wasm.status.code(), Some(0), "{wasm:?}");
    assert_eq!(text(&wasm.stdout), text(&native.stdout));
    let decision: serde_json::Value = serde_json::from_slice(&wasm.stdout).unwrap();
    assert_eq!(decision["receipt"]["at"], "1994-03-31T00:00:00Z");
    assert!(wasm.stderr.is_empty(), "{wasm:?}");
}

#[test]
fn a_bundle_that_is_not_trusted_is_a_no() {
    let folder = desk();
    let mut bundle = fs::read(folder.path().join("b.nearfield")).unwrap();
    *bundle.last_mut().unwrap() ^= 1;
    fs::write(folder.path().join("altered.nearfield"), bundle).unwrap();
    // RFC 8032, section 7.1, test 1: somebody else's key.
    let other = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    fs::write(folder.path().join("other.hex"), other).unwrap();
    for arguments in [
        &["bundle", "inspect", "altered.nearfield"][..],
        &[
            "bundle",
            "inspect",
            "b.nearfield",
            "--trust-key",
            "other.hex",
        ],
        &[
            "decide",
            "--bundle",
            "altered.nearfield",
            "--profile",
            "p.json",
        ],
        &["serve", "--bundle", "altered.nearfield", "--port", "0"],
    ] {
        let output = nearfield(&folder, arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        assert!(output.stdout.is_empty());
        let file = if arguments.contains(&"--trust-key") {
            "b.nearfield: "
        } else {
            "altered.nearfield: "
        };
        assert!(text(&output.stderr).contains(file), "{output:?}");
    }
}

#[test]
fn bad_input_names_the_file_and_the_place() {
    let folder = desk();
    fs::write(
        folder.path().join("bad.json"),
        "{\n  \"schema_version\": 1,\n  \"facts\": 7\n}",
    )
    .unwrap();
    fs::write(folder.path().join("bad.hex"), "\nnot a key\n").unwrap();
    fs::create_dir(folder.path().join("wrong")).unwrap();
    fs::write(
        folder.path().join("wrong/policy.toml"),
        "name = 'x'\nlocales = ['en']\ncurrency = 7\n",
    )
    .unwrap();
    for (arguments, words) in [
        (
            &["decide", "--bundle", "b.nearfield", "--profile", "bad.json"][..],
            "bad.json: profile is not valid",
        ),
        (
            &["decide", "--bundle", "b.nearfield", "--profile", "bad.json"],
            "line 3",
        ),
        (
            &[
                "decide",
                "--bundle",
                "b.nearfield",
                "--profile",
                "none.json",
            ],
            "none.json: No such file",
        ),
        (
            &[
                "decide",
                "--bundle",
                "b.nearfield",
                "--profile",
                "p.json",
                "--context",
                "bad.json",
            ],
            "bad.json: context",
        ),
        (
            &[
                "decide",
                "--bundle",
                "b.nearfield",
                "--profile",
                "p.json",
                "--at",
                "soon",
            ],
            "`soon` is not a time",
        ),
        (
            &[
                "decide",
                "--bundle",
                "b.nearfield",
                "--profile",
                "p.json",
                "--seed",
                "9007199254740992",
            ],
            "seed",
        ),
        (
            &["bundle", "inspect", "b.nearfield", "--trust-key", "bad.hex"],
            "bad.hex:2: is not a public key",
        ),
        (
            &["bundle", "build", "wrong", "--out", "w.nearfield"],
            "policy.toml:3:",
        ),
        (
            &["bundle", "build", "nowhere", "--out", "w.nearfield"],
            "nowhere",
        ),
        (&["test", "small"], "small: has no cases"),
        (
            &["profile", "merge", "p.json", "bad.json"],
            "bad.json: profile is not valid",
        ),
        (
            &[
                "profile", "import", "--format", "berka", "--out", "o", "bad.hex",
            ],
            "bad.hex",
        ),
        (
            &["serve", "--origin", "https://bank.example", "--port", "0"],
            "no origin",
        ),
        (
            &["serve", "--site", "nowhere", "--port", "0"],
            "nowhere is no folder",
        ),
        (&["decide"], "--bundle"),
    ] {
        let output = nearfield(&folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(
            text(&output.stderr).contains(words),
            "{arguments:?}: {output:?}"
        );
        assert!(output.stdout.is_empty(), "{output:?}");
    }
    assert!(!folder.path().join("w.nearfield").exists());
}

#[test]
fn the_retail_policies_explain_a_real_customer() {
    let folder = tempfile::tempdir().unwrap();
    let policies = project("policies/retail").display().to_string();
    let tables = project("tests/berka").display().to_string();
    let built = nearfield(
        &folder,
        &["bundle", "build", &policies, "--out", "r.nearfield"],
    );
    assert_eq!(built.status.code(), Some(0), "{built:?}");
    let consent = "insights,details,behaviour,offers";
    let import = [
        "profile",
        "import",
        "--format",
        "berka",
        &tables,
        "--out",
        "people",
        "--consent",
        consent,
    ];
    let imported = nearfield(&folder, &import);
    assert_eq!(imported.status.code(), Some(0), "{imported:?}");
    assert!(
        text(&imported.stdout).ends_with("profiles: 60\n"),
        "{imported:?}"
    );
    let explain = [
        "explain",
        "--bundle",
        "r.nearfield",
        "--profile",
        "people/berka-2.json",
        "--at",
        "1994-03-31",
    ];
    let explained = text(&nearfield(&folder, &explain).stdout);
    for words in [
        "purposes granted: insights, details, behaviour, offers",
        "rib.dashboard.hero",
        "  score ",
        "  because ",
    ] {
        assert!(explained.contains(words), "{words}: {explained}");
    }
    // An export proves no consent: without the option nothing of the customer counts.
    let explain = explain.map(|word| {
        word.replace(
            "people/",
            &format!("{}/", project("tests/customers").display()),
        )
    });
    let explain: Vec<_> = explain.iter().map(String::as_str).collect();
    assert!(text(&nearfield(&folder, &explain).stdout).contains("purposes granted: none"));
}

#[test]
fn variables_of_a_population_are_those_of_the_engine() {
    let folder = desk();
    let profile = fs::read_to_string(folder.path().join("p.json")).unwrap();
    let one_line: serde_json::Value = serde_json::from_str(&profile).unwrap();
    fs::write(
        folder.path().join("all.jsonl"),
        format!("{one_line}\n{{\"schema_version\": 2}}\n"),
    )
    .unwrap();
    let arguments = [
        "variables",
        "--profiles",
        "all.jsonl",
        "--at",
        "1994-03-31T12:00:00Z",
        "--out",
        "v.csv",
        "--quality",
        "--format",
        "json",
    ];
    let done = nearfield(&folder, &arguments);
    assert_eq!(done.status.code(), Some(0), "{}", text(&done.stderr));
    assert!(
        text(&done.stderr).contains("all.jsonl:2: "),
        "{}",
        text(&done.stderr)
    );
    fs::write(
        folder.path().join("twice.jsonl"),
        format!("{one_line}\n\n{one_line}\n"),
    )
    .unwrap();
    let twice = arguments.map(|argument| argument.replace("all.jsonl", "twice.jsonl"));
    let refused = nearfield(&folder, &twice.each_ref().map(String::as_str));
    assert_eq!(refused.status.code(), Some(2));
    let said = text(&refused.stderr);
    assert!(
        said.contains("twice.jsonl:3: customer `")
            && said.contains("stands at twice.jsonl:1 already"),
        "{said}"
    );
    let report: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(
        (&report["customers"], &report["refused"]),
        (&1.into(), &1.into())
    );
    assert!(report["quality"].as_array().unwrap().len() >= 512);

    let mut matrix = authoring::matrix::Matrix::new(Vec::new()).unwrap();
    let profile = engine::Profile::from_json(profile.as_bytes()).unwrap();
    matrix
        .add(&profile, "1994-03-31T12:00:00Z".parse().unwrap())
        .unwrap();
    let expected = matrix.finish().unwrap().0;
    assert!(fs::read(folder.path().join("v.csv")).unwrap() == expected);

    let strict = nearfield(&folder, &[&arguments[..], &["--strict"]].concat());
    assert_eq!(strict.status.code(), Some(2));
    let again = nearfield(
        &folder,
        &["variables", "--profiles", "all.jsonl", "--out", "all.jsonl"],
    );
    assert_eq!(again.status.code(), Some(2));
    let listed = nearfield(&folder, &["variables", "--list"]);
    assert!(text(&listed.stdout).lines().count() >= 512);
}

/// Nobody hears what is said, and the exit code is still the answer.
#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_error_is_no_panic() {
    let folder = desk();
    for (arguments, code) in [
        (
            &["decide", "--bundle", "none", "--profile", "p.json"][..],
            2,
        ),
        (&["bundle", "build", "small", "--out", "c.nearfield"], 0),
    ] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_nearfield"));
        let status = command
            .current_dir(folder.path())
            .args(arguments)
            .stderr(full)
            .status();
        assert_eq!(status.unwrap().code(), Some(code));
    }
}

#[test]
fn a_mark_before_json_is_no_part_of_it() {
    let folder = desk();
    let profile = fs::read_to_string(folder.path().join("p.json")).unwrap();
    let plain = nearfield(&folder, &DECIDE);
    fs::write(folder.path().join("p.json"), format!("\u{feff}{profile}")).unwrap();
    let marked = nearfield(&folder, &DECIDE);
    assert_eq!(marked.status.code(), Some(0), "{marked:?}");
    assert_eq!(marked.stdout, plain.stdout);
}

#[test]
fn a_model_is_calibrated_and_made_smaller() {
    let folder = tempfile::tempdir().unwrap();
    let model = project("tests/parity/trees/lightgbm-binary.txt");
    let mut outcomes = "label,score\n".to_owned();
    let mut rows = "age,balance,income,months,logins,region\n".to_owned();
    for i in 0..40 {
        outcomes += &format!("{},0.{}\n", u8::from(i % 5 > 2), 10 + i);
        rows += &format!(
            "{},{},,{i},1,2\n",
            f64::from(i) / 20.0 - 1.0,
            f64::from(i % 7) / 3.0
        );
    }
    fs::write(folder.path().join("outcomes.csv"), outcomes).unwrap();
    fs::write(folder.path().join("rows.csv"), rows).unwrap();
    let import = |more: &[&str]| {
        let file = ["import", "lightgbm", model.to_str().unwrap(), "--out", "m"];
        nearfield(&folder, &[&file[..], more].concat())
    };
    let calibrate = ["--calibrate", "isotonic", "outcomes.csv"];
    let done = import(&calibrate);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let score = [
        "score",
        "--model",
        "m",
        "--input",
        "rows.csv",
        "--output",
        "scores.csv",
    ];
    assert_eq!(nearfield(&folder, &score).status.code(), Some(0));
    let scores = fs::read_to_string(folder.path().join("scores.csv")).unwrap();
    let scores: Vec<f64> = scores
        .lines()
        .skip(1)
        .map(|line| line.parse().unwrap())
        .collect();
    assert!(scores.len() == 40 && scores.iter().all(|score| (0.0..=1.0).contains(score)));
    let smaller = ["--weights", "8", "--rows", "rows.csv", "--format", "json"];
    let measured = import(&smaller);
    assert_eq!(measured.status.code(), Some(0), "{measured:?}");
    let cost: serde_json::Value = serde_json::from_slice(&measured.stdout).unwrap();
    assert_eq!(cost["rows"], 40);
    let [most, mean] = ["max_difference", "mean_difference"].map(|key| cost[key].as_f64().unwrap());
    assert!(0.0 < mean && mean <= most && most < 0.5, "{cost}");
    for (wrong, expected) in [
        (
            &["--calibrate", "magic", "outcomes.csv"][..],
            "takes `platt` or `isotonic`",
        ),
        (
            &["--calibrate", "platt", "rows.csv"],
            "rows.csv: line 1: there is no column `label`",
        ),
        (&["--weights", "9"], "16 or 8 is read"),
        (&["--rows", "rows.csv"], "--weights"),
    ] {
        let failed = import(wrong);
        assert_eq!(failed.status.code(), Some(2), "{failed:?}");
        assert!(text(&failed.stderr).contains(expected), "{failed:?}");
    }
}

#[test]
fn a_model_of_another_library_scores_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let model = project("tests/parity/trees/lightgbm-classes.txt");
    let import = |kind, file: &std::path::Path| {
        nearfield(
            &folder,
            &["import", kind, file.to_str().unwrap(), "--out", "m"],
        )
    };
    assert_eq!(import("lightgbm", &model).status.code(), Some(0));
    let score = |table: &str| {
        fs::write(folder.path().join("rows.csv"), table).unwrap();
        nearfield(
            &folder,
            &[
                "score",
                "--model",
                "m",
                "--input",
                "rows.csv",
                "--output",
                "scores.csv",
            ],
        )
    };
    let done = score("region,age,balance,income,months,logins\n1,0,,0.5,2,1\n,,,,,\n");
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let scores = fs::read_to_string(folder.path().join("scores.csv")).unwrap();
    let mut lines = scores.lines();
    assert_eq!(lines.next(), Some("score_0,score_1,score_2"));
    for line in lines.by_ref() {
        let sum: f64 = line
            .split(',')
            .map(|cell| cell.parse::<f64>().unwrap())
            .sum();
        assert!((sum - 1.0).abs() < 1e-12, "{line}");
    }
    // What is wrong is said with line and column, and the scores of before stay.
    let failed = score("region,age,balance,income,months,logins\n1,0,many,0.5,2,1\n");
    assert_eq!(failed.status.code(), Some(2));
    assert!(
        text(&failed.stderr).contains("rows.csv: line 2, column `balance`: `many`"),
        "{failed:?}"
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("scores.csv")).unwrap(),
        scores
    );
    // A text is no XGBoost model, and a policy is no model at all.
    let wrong = import("xgboost", &model);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        text(&wrong.stderr).contains("lightgbm-classes.txt: not a model file"),
        "{wrong:?}"
    );
    fs::write(folder.path().join("m"), "name = 'small'").unwrap();
    assert!(text(&score("a\n1\n").stderr).contains("`nearfield import`"));
}

//! What the tests share: the command in a folder of its own, the policy sets, the real customers.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

/// All purposes of the retail set.
pub const EVERYTHING: &str = "insights,details,behaviour,offers";

/// A path of the project.
pub fn project(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}

/// The command, in a folder.
pub fn nearfield(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nearfield"))
        .current_dir(folder.path())
        .args(arguments)
        .output()
        .unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A list of a report.
pub fn list<'v>(report: &'v Value, key: &str) -> &'v [Value] {
    report[key].as_array().unwrap()
}

/// A folder with the retail set's bundle, and the set itself to draft in.
pub fn retail_desk() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&project("policies/retail"), &folder.path().join("draft"));
    // Its cases name customers beside the set, which are not copied.
    fs::remove_dir_all(folder.path().join("draft/tests")).unwrap();
    let built = nearfield(
        &folder,
        &["bundle", "build", "draft", "--out", "b.nearfield"],
    );
    assert_eq!(built.status.code(), Some(0), "{built:?}");
    folder
}

/// Changes a file of the draft: `from` stands in it once or more, the first is changed.
pub fn draft(folder: &TempDir, file: &str, from: &str, to: &str) {
    let file = folder.path().join("draft").join(file);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(&file, text.replacen(from, to, 1)).unwrap();
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Asks about customers as most tests do, with JSON as the answer.
pub fn run(folder: &TempDir, start: &[&str], customers: &Path, more: &[&str]) -> Output {
    let customers = customers.display().to_string();
    let asked = [
        "--profiles",
        &customers,
        "--at",
        "1994-03-31",
        "--consent",
        EVERYTHING,
        "--format",
        "json",
    ];
    nearfield(folder, &[start, &asked, more].concat())
}

/// The pages that the command writes: one file, well-formed, nothing from elsewhere, every table with
/// named columns and rows. Gives the heading.
pub fn check_page(path: &Path) -> String {
    let page = fs::read_to_string(path).unwrap();
    let page = page.strip_prefix("<!DOCTYPE html>\n").unwrap();
    let tree = roxmltree::Document::parse(page).unwrap();
    for node in tree.descendants() {
        assert!(!["script", "link", "img", "iframe"].contains(&node.tag_name().name()));
        assert!(!["href", "src"].iter().any(|name| node.has_attribute(*name)));
    }
    assert!(!page.contains("url(") && !page.contains("@import"));
    for table in tree.descendants().filter(|node| node.has_tag_name("table")) {
        let scoped = |scope: &str| {
            table
                .descendants()
                .any(|cell| cell.attribute("scope") == Some(scope))
        };
        assert!(scoped("col") && scoped("row"));
    }
    let heading = tree.descendants().find(|node| node.has_tag_name("h1"));
    heading.unwrap().text().unwrap().to_owned()
}

/// Holds what was printed against a schema that is checked in, by a validator that is not ours; every key
/// that is printed is in it.
pub fn check_schema(name: &str, found: &Value) {
    let path = project("schemas").join(format!("{name}.schema.json"));
    let schema: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let known = schema["properties"].as_object().unwrap();
    for key in found.as_object().unwrap().keys() {
        assert!(known.contains_key(key), "{key}");
    }
    let refused = |found: &Value| {
        let mut known = boon::Schemas::new();
        let mut compiler = boon::Compiler::new();
        let url = "file:///schema.json";
        compiler.add_resource(url, schema.clone()).unwrap();
        let schema = compiler.compile(url, &mut known).unwrap();
        let refused = known.validate(found, schema).err();
        refused.map(|error| error.to_string())
    };
    assert_eq!(refused(found), None);
    for key in known.keys() {
        let mut less = found.clone();
        less.as_object_mut().unwrap().remove(key);
        assert!(refused(&less).is_some(), "{key} may be left out");
    }
}

//! LightGBM texts that say what is not so.

use super::*;

#[test]
fn lightgbm_texts_that_lie_are_refused() {
    for (from, to, expected) in [
        ("tree\n", "three\n", "line 1: `tree` is expected"),
        ("version=v4", "version=v9", "version is `v9`"),
        (
            "objective=binary sigmoid:1",
            "objective=binary sigmoid:-1",
            "above zero",
        ),
        ("objective=binary", "objective=mine", "objective is `mine`"),
        (
            "num_tree_per_iteration=1",
            "num_tree_per_iteration=0",
            "line 4",
        ),
        (
            "num_tree_per_iteration=1",
            "num_tree_per_iteration=5",
            "no multiple",
        ),
        (
            "num_tree_per_iteration=1",
            "num_tree_per_iteration=many",
            "line 4: `many` is no number",
        ),
        ("Tree=1\n", "Tree=2\n", "`Tree=1` is expected"),
        ("num_leaves=15", "num_leaves=16", "numbers, 16 are needed"),
        ("num_leaves=15", "num_leaves=0", "`num_leaves` is 0"),
        (
            "num_leaves=15",
            "num_leaves=18446744073709551615",
            "nodes, the limit is",
        ),
        ("left_child=", "left_child=x ", "`x` is no number"),
        ("left_child=", "left=", "`left_child` is missing"),
        ("is_linear=0", "is_linear=1", "linear_tree=false"),
        (
            "split_feature=5",
            "split_feature=77",
            "an input that the model does not have",
        ),
        (
            "cat_boundaries=0",
            "cat_boundaries=9",
            "a set of categories is out of range",
        ),
        ("num_cat=", "num_cat=9999999999", "sets of categories"),
        ("end of trees", "", "`Tree=12` is expected"),
    ] {
        assert!(LIGHTGBM.contains(from), "{from}");
        let found = lightgbm(LIGHTGBM.replacen(from, to, 1).as_bytes()).map(|_| ());
        let found = found.unwrap_err().to_string();
        assert!(found.contains(expected), "{from}: {found}");
    }
    for cut in (0..LIGHTGBM.find("end of trees").unwrap()).step_by(97) {
        assert!(lightgbm(&LIGHTGBM.as_bytes()[..cut]).is_err(), "{cut}");
    }
    assert!(
        lightgbm(b"tree\n\xff")
            .unwrap_err()
            .to_string()
            .contains("line 2: it is not text")
    );
}

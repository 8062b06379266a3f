from rakuten_mlops.registry.lineage import (
    Difference,
    compare_lineages,
    compare_parameters,
    compare_scores,
)

COMMIT, OTHER = "a" * 40, "b" * 40
LINEAGE = {
    "revision": 3,
    "fingerprint": "f" * 64,
    "training_rows": 90,
    "holdout_rows": 10,
    "seed": 20,
    "git_commit": COMMIT,
    "packages": {"numpy": "2.4.6", "scipy": "1.17.1"},
    "machine": {"system": "Linux x86_64"},
}
SCORES = {
    "macro_f1": 0.5,
    "accuracy": 0.6,
    "categories": {"10": {"precision": 1.0, "recall": 0.5, "f1": 2 / 3, "support": 4}},
}


def differing(**changes):
    return compare_lineages(LINEAGE, LINEAGE | changes)


def test_a_lineage_is_the_same_as_itself():
    assert differing() == []


def test_each_aspect_is_named_with_what_was_and_what_is():
    assert differing(fingerprint="0" * 64, training_rows=91) == [
        Difference("data", "fingerprint", "f" * 64, "0" * 64),
        Difference("data", "training rows", "90", "91"),
    ]
    assert differing(git_commit=OTHER) == [Difference("code", "commit", "a" * 12, "b" * 12)]
    assert differing(seed=21) == [Difference("parameters", "seed", "20", "21")]
    assert differing(machine={"system": "Darwin arm64"}) == [
        Difference("machine", "system", "Linux x86_64", "Darwin arm64")
    ]


def test_each_package_of_another_version_is_named():
    assert differing(packages={"numpy": "2.4.7", "scipy": "1.17.1"}) == [
        Difference("packages", "numpy", "2.4.6", "2.4.7")
    ]
    assert differing(packages={"numpy": "2.4.6"}) == [
        Difference("packages", "scipy", "1.17.1", "not there")
    ]


def test_code_with_changes_that_no_commit_holds_is_not_even_the_same_as_itself():
    dirty = LINEAGE | {"git_commit": f"{COMMIT}-dirty"}

    (found,) = compare_lineages(dirty, dirty)

    assert found.recorded == found.found == "aaaaaaaaaaaa and changes that no commit holds"


def test_a_release_is_named_in_full():
    release = {"git_commit": "release 0.1.0"}

    assert compare_lineages(LINEAGE | release, LINEAGE | release) == []
    (found,) = compare_lineages(LINEAGE | release, LINEAGE | {"git_commit": "release 0.2.0"})
    assert (found.recorded, found.found) == ("release 0.1.0", "release 0.2.0")


def test_what_a_version_did_not_record_is_not_held_against_it():
    old = {name: LINEAGE[name] for name in ("fingerprint", "git_commit", "packages")}

    assert compare_lineages(old, LINEAGE) == []


def test_a_registered_parameter_is_held_against_what_the_model_was_fitted_with():
    assert compare_parameters({"c": 1.0, "tol": 1.0}, {"c": 0.5, "tol": 1.0}) == [
        Difference("parameters", "c", "1.0", "the model was fitted with 0.5")
    ]
    assert compare_parameters({}, {"tol": 1.0}) == [
        Difference("parameters", "tol", "not there", "the model was fitted with 1.0")
    ]
    assert compare_parameters({"c": 0.5}, {}) == []


def test_scores_are_compared_to_the_last_digit_and_by_category():
    assert compare_scores(SCORES, SCORES) == []
    assert compare_scores(SCORES, SCORES | {"macro_f1": 0.5000000000000001}) == [
        Difference("scores", "macro f1", "0.5", "0.5000000000000001")
    ]
    (found,) = compare_scores(SCORES, SCORES | {"categories": {}})
    assert (found.what, found.found) == ("category 10", "not there")
    assert found.recorded == "precision 1.0 recall 0.5 f1 0.6666666666666666 support 4"


def test_figures_that_only_one_scorecard_has_are_no_difference():
    assert compare_scores(SCORES | {"calibration_error": 0.02}, SCORES) == []

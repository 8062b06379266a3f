import pytest


@pytest.mark.parametrize("command", ["train", "retrain"])
@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--c", "0", "greater than 0"),
        ("--min-df", "0", "greater than or equal to 1"),
        ("--ngram-max", "4", "less than or equal to 3"),
        ("--title-chars", "1", "single letters tell nothing"),
        ("--title-chars", "9", "less than or equal to 8"),
    ],
)
def test_what_cannot_be_trained_with_is_refused_by_name(run, command, option, value, complaint):
    result = run(command, option, value)

    assert result.exit_code == 2
    shown = " ".join(result.stderr.replace("│", " ").split())
    assert option in shown
    assert complaint in shown

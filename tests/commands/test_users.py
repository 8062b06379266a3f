import pytest

from rakuten_mlops.users import Users


@pytest.fixture
def users(engine, home):
    return Users(engine, home)


def test_a_user_is_made_and_listed(run):
    made = run("users", "add", "anna", "--role", "admin", "--password", "long-enough")

    listed = run("users", "list")

    assert (made.exit_code, made.stdout) == (0, "anna has the role admin now.\n")
    assert "anna" in listed.stdout
    assert "admin" in listed.stdout


def test_a_password_is_asked_for_twice_and_not_shown(run, users):
    result = run("users", "add", "anna", input="long-enough\nlong-enough\n")

    assert result.exit_code == 0
    assert "long-enough" not in result.output
    assert users.find("anna").verify("long-enough")


def test_a_new_user_is_a_client_unless_more_is_said(run, users):
    run("users", "add", "anna", "--password", "long-enough")

    assert users.find("anna").role == "client"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["add", "anna", "--password", "long-enough"], "There is a user 'anna' already"),
        (["add", "berta", "--password", "short"], "at least 10 characters"),
        (["add", "be:rta", "--password", "long-enough"], "cannot be a user's name"),
        (["password", "berta", "--password", "long-enough"], "There is no user 'berta'"),
        (["role", "berta", "client"], "There is no user 'berta'"),
        (["role", "anna", "client"], "'anna' is the last administrator"),
        (["remove", "anna", "--yes"], "'anna' is the last administrator"),
        (["remove", "[/berta]", "--yes"], "There is no user '[/berta]'"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(run, users, arguments, complaint):
    users.add("anna", "admin", "long-enough")

    result = run("users", *arguments)

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert complaint in result.stderr
    assert [user.name for user in users.all()] == ["anna"]


def test_an_unknown_role_is_refused_with_the_known_ones(run):
    result = run("users", "add", "anna", "--role", "boss", "--password", "long-enough")

    assert result.exit_code == 2
    assert "reviewer" in result.stderr


def test_a_password_a_role_and_a_user_can_be_changed(run, users):
    users.add("anna", "admin", "long-enough")
    users.add("berta", "client", "long-enough")

    changed = [
        run("users", "password", "berta", "--password", "another-one"),
        run("users", "role", "berta", "reviewer"),
        run("users", "remove", "anna", "--yes"),
    ]

    assert [each.exit_code for each in changed] == [0, 0, 1]
    assert users.find("berta").verify("another-one")
    assert users.find("berta").role == "reviewer"


def test_a_user_is_removed(run, users):
    users.add("berta", "client", "long-enough")

    result = run("users", "remove", "berta", "--yes")

    assert result.stdout == "berta is removed.\n"
    assert users.find("berta") is None


def test_nobody_is_removed_where_nobody_can_confirm(run, users):
    users.add("berta", "client", "long-enough")

    result = run("users", "remove", "berta")

    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert users.find("berta") is not None

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2.exceptions import VerifyMismatchError

from rakuten_mlops.errors import (
    AccessError,
    DatabaseUnavailable,
    LastAdmin,
    UnknownUser,
    UserExists,
    WeakPassword,
)
from rakuten_mlops.users import HASHER, NOBODY, SCHEDULER, Users, prepare_users, write_private

PASSWORD = "long-enough"


@pytest.fixture
def users(engine, tmp_path):
    return Users(engine, tmp_path)


def read_password(path) -> str:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return path.read_text().strip()


@pytest.fixture
def take_away(database, engine):
    """Make the database go away."""

    def take_away():
        engine.dispose()
        database.take_away()

    return take_away


def test_a_user_is_known_by_name_role_and_password(users):
    users.add("anna", "reviewer", PASSWORD)

    anna = users.find("anna")
    assert anna.role == "reviewer"
    assert anna.verify(PASSWORD)
    assert not anna.verify(PASSWORD.upper())
    assert not anna.verify("")


def test_a_password_is_kept_as_an_argon2id_hash_only(users, tmp_path):
    users.add("anna", "client", PASSWORD)

    users.all()

    assert users.find("anna").password_hash.startswith("$argon2id$")
    for file in tmp_path.iterdir():
        assert PASSWORD.encode() not in file.read_bytes()


def test_nobodys_password_is_as_dear_to_check_as_anybodys():
    assert not HASHER.check_needs_rehash(NOBODY.password_hash)
    assert not NOBODY.verify("")
    # A mismatch: the hash was worked out, and not just found to be none.
    with pytest.raises(VerifyMismatchError):
        HASHER.verify(NOBODY.password_hash, "")


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("client", {"client"}),
        ("reviewer", {"client", "reviewer"}),
        ("admin", {"client", "reviewer", "admin"}),
    ],
)
def test_a_later_role_may_do_all_that_an_earlier_one_may(users, role, may):
    users.add("anna", role, PASSWORD)

    anna = users.find("anna")

    assert {each for each in ("client", "reviewer", "admin") if anna.may(each)} == may


def test_a_name_is_given_once(users):
    users.add("anna", "client", PASSWORD)

    with pytest.raises(UserExists, match="'anna'"):
        users.add("anna", "admin", "another-one")

    assert users.find("anna").role == "client"


def test_a_short_password_is_refused_wherever_it_is_given(users):
    users.add("anna", "client", PASSWORD)

    with pytest.raises(WeakPassword, match="at least 10"):
        users.add("berta", "client", "too-short")
    with pytest.raises(WeakPassword, match="at least 10"):
        users.set_password("anna", "too-short")

    assert users.find("berta") is None
    assert users.find("anna").verify(PASSWORD)


@pytest.mark.parametrize("name", ["", " anna", "an:na", "an\nna", "x" * 65])
def test_a_name_that_could_never_log_in_is_refused(users, name):
    with pytest.raises(AccessError, match="name"):
        users.add(name, "client", PASSWORD)

    assert users.all() == []


@pytest.mark.parametrize("name", ["anna", "Anna Müller", "anna@example.com", "x" * 64])
def test_any_other_name_will_do(users, name):
    users.add(name, "client", PASSWORD)

    assert users.find(name).name == name


def test_an_unknown_user_cannot_be_changed(users):
    with pytest.raises(UnknownUser, match="'anna'"):
        users.set_password("anna", PASSWORD)
    with pytest.raises(UnknownUser, match="'anna'"):
        users.set_role("anna", "client")
    with pytest.raises(UnknownUser, match="'anna'"):
        users.remove("anna")


def test_the_last_administrator_stays(users):
    users.add("anna", "admin", PASSWORD)
    users.add("berta", "client", PASSWORD)

    with pytest.raises(LastAdmin, match="'anna'"):
        users.set_role("anna", "reviewer")
    with pytest.raises(LastAdmin, match="'anna'"):
        users.remove("anna")

    assert users.find("anna").role == "admin"


def test_the_scheduler_does_not_count_as_somebody_who_could_administer(users, tmp_path):
    prepare_users(users, tmp_path, PASSWORD)

    with pytest.raises(LastAdmin):
        users.remove("admin")


def test_one_of_two_administrators_may_go(users):
    users.add("anna", "admin", PASSWORD)
    users.add("berta", "admin", PASSWORD)

    users.remove("anna")

    assert [user.name for user in users.all()] == ["berta"]


def test_the_first_start_invents_the_administrators_password_and_tells_it_once(users, tmp_path):
    invented = prepare_users(users, tmp_path, None)
    again = prepare_users(users, tmp_path, None)

    assert users.find("admin").role == "admin"
    assert users.find("admin").verify(invented)
    assert read_password(tmp_path / "admin-password") == invented
    assert len(invented) >= 16
    assert again is None


def test_a_given_administrators_password_is_taken_and_written_nowhere(users, tmp_path):
    invented = prepare_users(users, tmp_path, PASSWORD)

    assert invented is None
    assert users.find("admin").verify(PASSWORD)
    assert not (tmp_path / "admin-password").exists()


def test_a_later_start_does_not_undo_a_changed_password(users, tmp_path):
    prepare_users(users, tmp_path, PASSWORD)
    users.set_password("admin", "another-one")

    prepare_users(users, tmp_path, PASSWORD)

    assert users.find("admin").verify("another-one")


def test_an_administrator_who_was_removed_does_not_come_back(users, tmp_path):
    prepare_users(users, tmp_path, PASSWORD)
    users.add("anna", "admin", PASSWORD)
    users.remove("admin")

    prepare_users(users, tmp_path, PASSWORD)

    assert users.find("admin") is None


def test_a_weak_administrators_password_makes_no_user(users, tmp_path):
    with pytest.raises(WeakPassword):
        prepare_users(users, tmp_path, "short")

    assert users.all() == []


def test_the_schedulers_password_survives_restarts(users, tmp_path):
    prepare_users(users, tmp_path, PASSWORD)
    first = read_password(tmp_path / "scheduler-password")

    prepare_users(users, tmp_path, PASSWORD)

    assert read_password(tmp_path / "scheduler-password") == first
    assert users.find(SCHEDULER).verify(first)


@pytest.mark.parametrize("content", [None, "", "wrong\n"])
def test_the_schedulers_password_is_replaced_when_it_is_lost(users, tmp_path, content):
    prepare_users(users, tmp_path, PASSWORD)
    path = tmp_path / "scheduler-password"
    path.unlink() if content is None else path.write_text(content)

    prepare_users(users, tmp_path, PASSWORD)

    assert users.find(SCHEDULER).verify(read_password(path))


def test_known_users_are_found_while_the_database_is_away(users, take_away, tmp_path):
    users.add("anna", "reviewer", PASSWORD)
    known = users.find("anna")
    take_away()

    assert users.find("anna") == known
    assert users.find("berta") is None
    assert stat.S_IMODE((tmp_path / "users.json").stat().st_mode) == 0o600


def test_the_local_copy_forgets_who_was_removed(users, take_away):
    users.add("anna", "client", PASSWORD)
    users.find("anna")
    users.remove("anna")
    users.find("anna")
    take_away()

    assert users.find("anna") is None


def test_without_a_local_copy_nobody_is_known_while_the_database_is_away(users, take_away):
    users.add("anna", "client", PASSWORD)
    take_away()

    assert users.find("anna") is None


def test_nobody_is_changed_while_the_database_is_away(users, take_away):
    users.add("anna", "client", PASSWORD)
    users.find("anna")
    take_away()

    with pytest.raises(DatabaseUnavailable):
        users.set_password("anna", "another-one")


def test_a_private_file_that_many_write_at_once_is_whole(tmp_path):
    texts = [f"{n}" * 20_000 for n in range(8)]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: write_private(tmp_path / "secret", text), texts * 10))

    assert (tmp_path / "secret").read_text() in texts
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_a_private_file_replaces_one_that_all_could_read(tmp_path):
    (tmp_path / "secret").write_text("old")
    (tmp_path / "secret").chmod(0o644)

    write_private(tmp_path / "secret", "new")

    assert read_password(tmp_path / "secret") == "new"

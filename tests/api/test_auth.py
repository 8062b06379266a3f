"""The authenticator against users that count how often their password is checked."""

import asyncio
import base64
import threading

import pytest
from fastapi import HTTPException

from rakuten_mlops.api.auth import FAILURES, Authenticator


class Guest:
    """A user whose checks are counted."""

    role = "client"

    def __init__(self, name: str, password: str | None = None) -> None:
        self.name = name
        self.password = password
        self.checks = 0

    @property
    def password_hash(self) -> str:
        return f"hash of {self.password} of {self.name}"

    def verify(self, password: str) -> bool:
        self.checks += 1
        return password == self.password


class GuestList:
    """Users by name."""

    def __init__(self, *guests: Guest) -> None:
        self.guests = {guest.name: guest for guest in guests}

    def find(self, name: str) -> Guest | None:
        return self.guests.get(name)


def a_header(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def status_of(refused: object) -> int | None:
    return refused.status_code if isinstance(refused, HTTPException) else None


@pytest.fixture
def anna() -> Guest:
    return Guest("anna", "right")


@pytest.fixture
def nobody() -> Guest:
    return Guest("")


@pytest.fixture
def door(anna, nobody) -> Authenticator:
    return Authenticator(GuestList(anna), remember_seconds=60, nobody=nobody)


async def knock(door: Authenticator, header: str, *, client: str = "10.0.0.1"):
    try:
        return await door.authenticate(header, client)
    except HTTPException as refusal:
        return refusal


def test_the_same_credentials_are_checked_once(door, anna):
    async def twice():
        return [await knock(door, a_header("anna", "right")) for _ in range(2)]

    assert asyncio.run(twice()) == [anna, anna]
    assert anna.checks == 1


def test_a_user_is_looked_up_again_after_the_set_time_and_no_password_checked_twice(anna):
    guests = GuestList(anna)
    door = Authenticator(guests, remember_seconds=0.05)

    async def before_and_after():
        await knock(door, a_header("anna", "right"))
        promoted = guests.guests["anna"] = Guest("anna", "right")
        early = await knock(door, a_header("anna", "right"))
        await asyncio.sleep(0.06)
        late = await knock(door, a_header("anna", "right"))
        return promoted, early, late

    promoted, early, late = asyncio.run(before_and_after())

    assert early is anna
    assert late is promoted
    assert (anna.checks, promoted.checks) == (1, 0)


def test_a_password_that_was_changed_opens_no_more_after_the_set_time(anna):
    guests = GuestList(anna)
    door = Authenticator(guests, remember_seconds=0)

    async def before_and_after():
        await knock(door, a_header("anna", "right"))
        changed = guests.guests["anna"] = Guest("anna", "new")
        old, new = [await knock(door, a_header("anna", word)) for word in ("right", "new")]
        return changed, old, new

    changed, old, new = asyncio.run(before_and_after())

    assert old.status_code == 401
    assert new is changed
    assert changed.checks == 2


def test_what_one_client_sends_many_times_at_once_is_checked_once(door, anna):
    async def at_once(password):
        knocks = (knock(door, a_header("anna", password)) for _ in range(8))
        return await asyncio.gather(*knocks)

    async def wrong_and_right():
        return await at_once("wrong"), await at_once("right")

    wrong, right = asyncio.run(wrong_and_right())

    assert {status_of(each) for each in wrong} == {401}
    assert right == [anna] * 8
    assert anna.checks == 2


def test_wrong_credentials_are_never_remembered(door, anna):
    async def twice():
        return [await knock(door, a_header("anna", "wrong")) for _ in range(2)]

    assert [status_of(each) for each in asyncio.run(twice())] == [401, 401]
    assert anna.checks == 2


def test_the_password_of_one_does_not_open_for_another(door):
    async def both():
        await knock(door, a_header("anna", "right"))
        return await knock(door, a_header("berta", "right"))

    assert status_of(asyncio.run(both())) == 401


def test_an_unknown_name_costs_a_check_like_a_wrong_password(door, anna, nobody):
    async def both():
        wrong = await knock(door, a_header("anna", "wrong"))
        return wrong, await knock(door, a_header("berta", "wrong"))

    wrong, unknown = asyncio.run(both())

    assert (anna.checks, nobody.checks) == (1, 1)
    assert (wrong.status_code, wrong.detail) == (unknown.status_code, unknown.detail)


def test_the_event_loop_goes_on_while_a_password_is_checked():
    answered = threading.Event()

    class Slow(Guest):
        def verify(self, _password: str) -> bool:
            return answered.wait(10)

    door = Authenticator(GuestList(Slow("anna")), remember_seconds=60)

    async def check_and_answer():
        checking = asyncio.create_task(knock(door, a_header("anna", "right")))
        await asyncio.sleep(0)
        answered.set()
        return await checking

    assert asyncio.run(check_and_answer()).name == "anna"


def test_few_passwords_are_checked_at_once():
    class Crowd(Guest):
        inside, most = 0, 0
        entering = threading.Lock()

        def verify(self, _password: str) -> bool:
            with self.entering:
                self.inside += 1
                self.most = max(self.most, self.inside)
            threading.Event().wait(0.02)
            with self.entering:
                self.inside -= 1
            return True

    crowd = Crowd("anna")
    door = Authenticator(GuestList(crowd), remember_seconds=60)

    async def all_at_once():
        await asyncio.gather(*(knock(door, a_header("anna", f"{n}")) for n in range(8)))

    asyncio.run(all_at_once())

    assert crowd.most == 2


def test_too_many_failures_of_one_client_stop_its_checks_but_nobody_elses(door, anna):
    async def storm():
        for n in range(FAILURES):
            await knock(door, a_header("anna", f"guess {n}"))
        guesser = await knock(door, a_header("anna", "right"))
        return guesser, await knock(door, a_header("anna", "right"), client="10.0.0.2")

    guesser, other = asyncio.run(storm())

    assert guesser.status_code == 429
    assert other is anna
    assert anna.checks == FAILURES + 1


def test_guesses_that_arrive_at_once_are_counted_too(door, anna):
    async def storm():
        guesses = (knock(door, a_header("anna", f"guess {n}")) for n in range(200))
        return await asyncio.gather(*guesses)

    statuses = [each.status_code for each in asyncio.run(storm())]

    assert statuses.count(429) >= 200 - FAILURES - 2
    assert anna.checks <= FAILURES + 2


def test_who_was_let_in_before_is_let_in_again_from_the_address_of_a_guesser(anna, nobody):
    door = Authenticator(GuestList(anna), remember_seconds=0, nobody=nobody)

    async def storm():
        await knock(door, a_header("anna", "right"))
        for n in range(FAILURES):
            await knock(door, a_header("berta", f"guess {n}"))
        return await knock(door, a_header("anna", "right"))

    assert asyncio.run(storm()) is anna


def test_who_was_let_in_before_and_is_no_more_counts_as_a_guesser(anna, nobody):
    guests = GuestList(anna)
    door = Authenticator(guests, remember_seconds=0, nobody=nobody)

    async def leave_and_knock():
        await knock(door, a_header("anna", "right"))
        guests.guests.clear()
        return [await knock(door, a_header("anna", "right")) for _ in range(FAILURES + 5)]

    statuses = [each.status_code for each in asyncio.run(leave_and_knock())]

    assert statuses == [401] * FAILURES + [429] * 5

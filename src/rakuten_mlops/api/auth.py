"""Basic authentication: who is asking, and may they?

A password is checked with argon2 once; after that the same credentials are recognised by their
keyed hash. The key is this process's own, so nothing kept can be used elsewhere. Every now and then
the user is looked up again; as long as the stored hash is the one that the password was checked
against, no check would say anything new.
"""

import asyncio
import base64
import binascii
import hashlib
import secrets
import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPBasic
from fastapi.security.utils import get_authorization_scheme_param

from rakuten_mlops.users import NOBODY, Role, User, Users

CHALLENGE = {"WWW-Authenticate": 'Basic realm="rakuten-mlops", charset="UTF-8"'}
REMEMBERED = 1_024
CHECKS_AT_ONCE = 2
FAILURES = 20
FAILURE_WINDOW = 60.0


@dataclass(frozen=True, slots=True)
class _Known:
    user: User
    until: float


class Authenticator:
    """Turns an Authorization header into a user."""

    def __init__(self, users: Users, *, remember_seconds: float, nobody: User = NOBODY) -> None:
        self._users = users
        self._nobody = nobody
        self._remember_seconds = remember_seconds
        self._key = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._checks = asyncio.Semaphore(CHECKS_AT_ONCE)
        self._checking: dict[tuple[bytes, str], asyncio.Task[User]] = {}

    async def authenticate(self, header: str, client: str) -> User:
        """Return the user whose credentials these are.

        Raises HTTPException: 401 with a challenge, or 429 after too many failures of one client.
        """
        fingerprint = hashlib.blake2b(header.encode(), key=self._key, digest_size=32).digest()
        known = self._known.get(fingerprint)
        if known is not None and known.until > time.monotonic():
            return known.user
        # What one client sends many times at once, as it does at its start, is checked once.
        asked = fingerprint, client
        checking = self._checking.get(asked)
        if checking is None:
            checking = asyncio.create_task(self._find_out(fingerprint, header, client))
            self._checking[asked] = checking
            checking.add_done_callback(lambda _: self._checking.pop(asked))
        return await asyncio.shield(checking)

    async def _find_out(self, fingerprint: bytes, header: str, client: str) -> User:
        known = self._known.get(fingerprint)
        name, password = _decode(header)
        async with self._checks:
            if known is None:
                # Here, not before the wait: what arrives at once counts too. Credentials that were
                # right a minute ago are no guess, whoever else fails from the same address.
                self._refuse_the_persistent(client)
            user = await asyncio.to_thread(self._check, name, password, known)
        if user is None:
            self._known.pop(fingerprint, None)
            self._note_failure(client)
            raise _unauthorized("Unknown user or wrong password")
        self._remember(fingerprint, user)
        return user

    def _check(self, name: str, password: str, known: _Known | None) -> User | None:
        user = self._users.find(name) or self._nobody
        if known is not None and known.user.password_hash == user.password_hash:
            return user
        return user if user.verify(password) else None

    def _remember(self, fingerprint: bytes, user: User) -> None:
        self._known[fingerprint] = _Known(user, time.monotonic() + self._remember_seconds)
        self._known.move_to_end(fingerprint)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def _refuse_the_persistent(self, client: str) -> None:
        failures = self._failures.get(client, deque())
        now = time.monotonic()
        while failures and failures[0] < now - FAILURE_WINDOW:
            failures.popleft()
        if len(failures) >= FAILURES:
            wait = int(failures[0] + FAILURE_WINDOW - now) + 1
            raise HTTPException(
                429,
                f"Too many failed log-ins; try again in {wait} s",
                headers={"Retry-After": str(wait)},
            )

    def _note_failure(self, client: str) -> None:
        self._failures.setdefault(client, deque()).append(time.monotonic())
        while len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)


def _decode(header: str) -> tuple[str, str]:
    scheme, encoded = get_authorization_scheme_param(header)
    if scheme.lower() != "basic":
        raise _unauthorized("Log in with a user and a password (HTTP Basic)")
    try:
        name, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _unauthorized("The Authorization header is not valid Basic credentials") from error
    if not colon:
        raise _unauthorized("The Authorization header is not valid Basic credentials")
    return name, password


def _unauthorized(detail: str) -> HTTPException:
    return HTTPException(401, detail, headers=CHALLENGE)


class Authenticated(HTTPBasic):
    """A dependency that gives the user whom `edge.Edge` has let pass.

    It also puts Basic into the API's description.
    """

    def __init__(self) -> None:
        super().__init__(scheme_name="Basic", auto_error=False)

    async def __call__(self, request: Request) -> User:  # ty: ignore[incompatible-method-override]
        return request.user


authenticated = Authenticated()


@dataclass(frozen=True)
class Requires:
    """A dependency that lets only a role, or a later one, pass."""

    role: Role

    def __call__(self, user: Annotated[User, Depends(authenticated)]) -> User:
        if not user.may(self.role):
            raise HTTPException(
                403, f"{user.name} is a {user.role}; this needs the role {self.role}"
            )
        return user


Anyone = Annotated[User, Depends(authenticated)]
Reviewer = Annotated[User, Depends(Requires("reviewer"))]
Admin = Annotated[User, Depends(Requires("admin"))]

"""Who may do what: users, their roles, and their passwords as argon2id hashes."""

import base64
import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from rakuten_mlops.database import reachable
from rakuten_mlops.errors import (
    AccessError,
    DatabaseUnavailable,
    LastAdmin,
    UnknownUser,
    UserExists,
    WeakPassword,
)
from rakuten_mlops.tables import users

Role = Literal["client", "reviewer", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
SHORTEST_PASSWORD = 10
LONGEST_NAME = 64
ADMIN = "admin"
SCHEDULER = "scheduler"

# OWASP's minimum for argon2id: a check takes some 30 ms and 19 MiB, and is made once a minute.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@dataclass(frozen=True, slots=True)
class User:
    """A name and its role; a later role may do all that an earlier one may."""

    name: str
    role: Role
    password_hash: str

    def may(self, role: Role) -> bool:
        """Tell whether the user has at least a role."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def verify(self, password: str) -> bool:
        """Compare a password with the user's, in constant time."""
        try:
            return HASHER.verify(self.password_hash, password)
        except VerificationError:
            return False


def _unknowable_hash() -> str:
    """A hash that no password has, which takes as long to check as any; made in no time."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=")
        for size in (HASHER.salt_len, HASHER.hash_len)
    )
    cost = f"m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"


# Stands in for unknown names: the time of an answer does not tell who exists.
NOBODY = User("", "client", _unknowable_hash())


class Users:
    """The users of one database, with a local copy that is read while the database is away."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self._engine = engine
        self._copy = home / "users.json"

    def find(self, name: str) -> User | None:
        """Return a user by name, from the local copy if the database is away."""
        try:
            found = self.all()
        except DatabaseUnavailable:
            found = self._read_copy()
        return next((user for user in found if user.name == name), None)

    def all(self) -> list[User]:
        """Every user, by name; the local copy is brought up to date on the way."""
        columns = (users.c.name, users.c.role, users.c.password_hash)
        with reachable(), self._engine.connect() as connection:
            rows = connection.execute(select(*columns).order_by(users.c.name)).all()
        found = [User(*row) for row in rows]
        self._write_copy(found)
        return found

    def add(self, name: str, role: Role, password: str) -> None:
        """Make a user. Raises UserExists, WeakPassword, AccessError for an unusable name."""
        _check_name(name)
        row = {"name": name, "role": role, "password_hash": _hash(password)}
        try:
            with reachable(), self._engine.begin() as connection:
                connection.execute(insert(users).values(**row, created_at=datetime.now(UTC)))
        except IntegrityError as error:
            raise UserExists(f"There is a user {name!r} already") from error

    def set_password(self, name: str, password: str) -> None:
        """Change a password; the old one is refused when cached checks end, after a minute."""
        self._change(name, password_hash=_hash(password))

    def set_role(self, name: str, role: Role) -> None:
        """Change a role. Raises LastAdmin if nobody could administer then."""
        self._keep_an_admin(name, role)
        self._change(name, role=role)

    def remove(self, name: str) -> None:
        """Remove a user. Raises UnknownUser, LastAdmin."""
        self._keep_an_admin(name, None)
        with reachable(), self._engine.begin() as connection:
            if not connection.execute(delete(users).where(users.c.name == name)).rowcount:
                raise UnknownUser(f"There is no user {name!r}")

    def _change(self, name: str, **values: Any) -> None:
        with reachable(), self._engine.begin() as connection:
            changed = connection.execute(update(users).where(users.c.name == name).values(**values))
        if not changed.rowcount:
            raise UnknownUser(f"There is no user {name!r}")

    def _keep_an_admin(self, name: str, role: Role | None) -> None:
        people = (users.c.role == "admin", users.c.name.not_in((name, SCHEDULER)))
        with reachable(), self._engine.connect() as connection:
            others = connection.execute(select(func.count()).where(*people)).scalar_one()
        user = self.find(name)
        if role != "admin" and user is not None and user.role == "admin" and not others:
            raise LastAdmin(f"{name!r} is the last administrator; make another one first")

    def _write_copy(self, found: list[User]) -> None:
        text = json.dumps([asdict(user) for user in found])
        if not self._copy.exists() or self._copy.read_text() != text:
            write_private(self._copy, text)

    def _read_copy(self) -> list[User]:
        try:
            return [User(**each) for each in json.loads(self._copy.read_text())]
        except FileNotFoundError:
            return []


def _check_name(name: str) -> None:
    # Basic authentication ends the name at the first colon.
    if not name.isprintable() or name != name.strip() or ":" in name:
        raise AccessError(f"{name!r} cannot be a user's name: no colon, no space around it")
    if not 1 <= len(name) <= LONGEST_NAME:
        raise AccessError(f"A user's name has 1 to {LONGEST_NAME} characters, not {len(name)}")


def _hash(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise WeakPassword(f"A password has at least {SHORTEST_PASSWORD} characters")
    return HASHER.hash(password)


def prepare_users(found: Users, home: Path, admin_password: str | None) -> str | None:
    """Make the first administrator, and see to it that the scheduler can log in.

    Returns the administrator's password if this call invented it; it is then also in
    `admin-password`, readable by the owner only, as the scheduler's is in `scheduler-password`.
    """
    invented = None
    # Where people administer already, a removed `admin` stays removed.
    if not any(user.role == "admin" and user.name != SCHEDULER for user in found.all()):
        if not admin_password:
            invented = secrets.token_urlsafe(12)
            # Written first: a password that nobody was told would lock everybody out.
            write_private(home / "admin-password", f"{invented}\n")
        found.add(ADMIN, "admin", admin_password or invented or "")
    _ensure_scheduler(found, home / "scheduler-password")
    return invented


def _ensure_scheduler(found: Users, path: Path) -> None:
    """Make the scheduler's user; a password that is lost, or not in force, is replaced."""
    scheduler = found.find(SCHEDULER)
    if scheduler and path.exists() and scheduler.verify(path.read_text().strip()):
        return
    password = secrets.token_urlsafe(24)
    if scheduler is None:
        found.add(SCHEDULER, "admin", password)
    else:
        found.set_password(SCHEDULER, password)
    write_private(path, f"{password}\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own for each writer: two log-ins may bring the local copy up to date at once.
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    with os.fdopen(handle, "w") as stream:
        stream.write(text)
    Path(draft).replace(path)

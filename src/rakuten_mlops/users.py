"""Who may do what: users, their roles, and their passwords as argon2id hashes."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from rakuten_mlops.database import reachable, users
from rakuten_mlops.errors import (
    DatabaseUnavailable,
    LastAdmin,
    UnknownUser,
    UserExists,
    WeakPassword,
)

Role = Literal["client", "reviewer", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
SHORTEST_PASSWORD = 10
ADMIN = "admin"
SCHEDULER = "scheduler"

# OWASP's minimum for argon2id: a check takes some 30 ms and 19 MiB, and is made once a minute.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked for unknown names too, so that the time of an answer does not tell who exists.
NOBODY = HASHER.hash(secrets.token_urlsafe())


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
        return _matches(self.password_hash, password)


def verify_nobody(password: str) -> None:
    """Take as long as a check of a real user's password."""
    _matches(NOBODY, password)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except VerificationError:
        return False


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
        """Make a user. Raises UserExists, WeakPassword."""
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


def _hash(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise WeakPassword(f"A password has at least {SHORTEST_PASSWORD} characters")
    return HASHER.hash(password)


def prepare_users(found: Users, home: Path, admin_password: str | None) -> str | None:
    """Make the first administrator and renew the scheduler's password.

    Returns the administrator's password if this call invented it; it is then also in
    `admin-password`, readable by the owner only, as the scheduler's is in `scheduler-password`.
    """
    invented = None
    if not any(user.name == ADMIN for user in found.all()):
        invented = None if admin_password else secrets.token_urlsafe(12)
        found.add(ADMIN, "admin", admin_password or invented or "")
        if invented:
            write_private(home / "admin-password", f"{invented}\n")
    _renew_scheduler(found, home)
    return invented


def _renew_scheduler(found: Users, home: Path) -> None:
    password = secrets.token_urlsafe(24)
    if found.find(SCHEDULER) is None:
        found.add(SCHEDULER, "admin", password)
    else:
        found.set_password(SCHEDULER, password)
    write_private(home / "scheduler-password", f"{password}\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
    draft.replace(path)

"""A throw-away PostgreSQL server, where its programs are installed."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text

DEBIAN = Path("/usr/lib/postgresql")
CLUSTER = ("--username=rakuten", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
# Nothing here must survive a power cut. The odd time zone is what a server elsewhere may have.
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "lock_timeout": "20s",
    "timezone": "Asia/Kathmandu",
}


class Server:
    """A server behind a socket in its folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._admin = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")

    def url(self, database: str) -> str:
        return f"postgresql://rakuten@/{database}?host={self._folder}"

    def execute(self, statement: str) -> None:
        """Run a statement as the server's administrator."""
        with self._admin.connect() as connection:
            connection.exec_driver_sql(statement)

    def new_database(self) -> str:
        """Make an empty database and return its name."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return name

    def drop_database(self, name: str) -> None:
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def shut_out(self, name: str) -> None:
        """Let nobody use a database any more."""
        self.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        with self._admin.connect() as connection:
            ending = text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :n"
            )
            connection.execute(ending, {"n": name})

    def let_in(self, name: str) -> None:
        self.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    def close(self) -> None:
        self._admin.dispose()


def find_programs() -> Path | None:
    """Return the folder of `initdb` and `pg_ctl`: on the PATH, or where Debian keeps them."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = DEBIAN.glob("*/bin/initdb")
    newest = max(versions, key=lambda path: float(path.parts[-3]), default=None)
    return newest and newest.parent


@contextmanager
def running(programs: Path) -> Iterator[Server]:
    """Make a server, start it, and take both away at the end."""
    # A socket's path has some hundred characters at most: pytest's folders are too deep.
    with tempfile.TemporaryDirectory(prefix="postgresql-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, _nobody())
        options = " ".join(f"-c {name}='{value}'" for name, value in OPTIONS.items())
        _call(folder, programs / "initdb", *CLUSTER)
        _call(folder, programs / "pg_ctl", "start", "--log=log", f"--options=-k {folder} {options}")
        server = Server(folder)
        try:
            yield server
        finally:
            server.close()
            _call(folder, programs / "pg_ctl", "stop", "--mode=immediate")


def _call(folder: Path, program: Path, *arguments: str) -> None:
    # A file, not a pipe: the server lives on and would hold the pipe open.
    with (folder / "said").open("w") as said:
        ended = subprocess.run(
            [str(program), "--pgdata=data", *arguments],
            cwd=folder,
            stdout=said,
            stderr=said,
            check=False,
            # PostgreSQL refuses to run as root.
            **({"user": _nobody(), "extra_groups": []} if os.geteuid() == 0 else {}),
        )
    assert ended.returncode == 0, (folder / "said").read_text()


def _nobody() -> str:
    """Whom root runs the server as: nobody in particular, and certainly not root."""
    return "postgres" if "postgres" in {user.pw_name for user in pwd.getpwall()} else "nobody"

"""`users`: list, add, password, role, remove."""

from typing import Annotated

import typer
from rich.table import Table

from rakuten_mlops.commands.terminal import confirm, console, explained, read_settings
from rakuten_mlops.database import migrate, open_database
from rakuten_mlops.users import Role, Users

app = typer.Typer(no_args_is_help=True, help="Who may use the API, and for what.")

Name = Annotated[str, typer.Argument(help="The user's name.")]
RoleOption = Annotated[
    Role,
    typer.Option(help="client predicts and reads, reviewer labels, admin trains and promotes."),
]
Password = Annotated[
    str,
    typer.Option(
        prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for if not given."
    ),
]


def _users() -> Users:
    settings = read_settings()
    engine = open_database(settings.database)
    migrate(engine)
    return Users(engine, settings.home)


@app.command("list")
def list_users() -> None:
    """Every user and role."""
    with explained():
        found = _users().all()
    table = Table("user", "role")
    for user in found:
        table.add_row(user.name, user.role)
    console.print(table, soft_wrap=False)


@app.command()
def add(name: Name, password: Password, role: RoleOption = "client") -> None:
    """Make a user."""
    with explained():
        _users().add(name, role, password)
    console.print(f"{name} has the role {role} now.")


@app.command()
def password(name: Name, password: Password) -> None:
    """Change a password; the old one is refused within a minute."""
    with explained():
        _users().set_password(name, password)
    console.print(f"The password of {name} is changed.")


@app.command()
def role(name: Name, role: Annotated[Role, typer.Argument(help="The new role.")]) -> None:
    """Change what a user may do."""
    with explained():
        _users().set_role(name, role)
    console.print(f"{name} has the role {role} now.")


@app.command()
def remove(
    name: Name, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False
) -> None:
    """Remove a user; refused within a minute."""
    confirm(f"Remove {name}?", yes=yes)
    with explained():
        _users().remove(name)
    console.print(f"{name} is removed.")

"""The page of settings."""

from pydantic_settings import BaseSettings

from rakuten_mlops.settings import PREFIX, Settings
from reference.tables import table

HEAD = """\
# Settings

From the environment, or from a file `.env` in the working directory. A misspelt name is refused,
and so is a value that cannot be; the message names it. In containers they go to the service `api`
in a `compose.override.yaml`.

"""


def page(kind: type[BaseSettings] = Settings) -> str:
    """Every setting with its default and meaning."""
    rows = [
        (
            f"`{PREFIX}{name.upper()}`",
            "unset" if field.default is None else f"`{field.default}`",
            field.description or "",
        )
        for name, field in kind.model_fields.items()
    ]
    return HEAD + table(("setting", "default", "meaning"), rows)

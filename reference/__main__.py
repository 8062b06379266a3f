"""Write the generated pages: `python -m reference`, which `make docs` calls."""

from pathlib import Path

from reference.pages import pages

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Write every page that is not as the code has it, and say which."""
    for name, text in pages().items():
        path = ROOT / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")  # noqa: T201 - a program


if __name__ == "__main__":
    main()

"""How the dashboard is started: the command line of Streamlit, with everything decided."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
OPTIONS = {
    "server.headless": "true",
    # The pages come with the package and do not change while it runs.
    "server.fileWatcherType": "none",
    # A catalogue as large as the challenge's is a file of some 60 MB.
    "server.maxUploadSize": "100",
    # "Magic" would print whatever an expression of a page returns.
    "runner.magicEnabled": "false",
    "browser.gatherUsageStats": "false",
    # Unset, Streamlit asks the internet for this machine's address.
    "browser.serverAddress": "localhost",
    # Its menu prints the page, and lets the reader choose light or dark.
    "client.toolbarMode": "viewer",
    # Tracebacks belong into the log.
    "client.showErrorDetails": "none",
    "theme.base": str(HERE / "theme.toml"),
}


def command(*, host: str, port: int) -> list[str]:
    """The arguments that start the dashboard; `RAKUTEN_API_URL` says where its API is."""
    options = OPTIONS | {"server.address": host, "server.port": str(port)}
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(HERE / "app.py"), *flags]

"""How the dashboard is started."""

from pathlib import Path

from rakuten_mlops.dashboard.launch import command


def test_the_command_says_where_to_listen_and_tells_nobody():
    argv = command(host="127.0.0.1", port=8501)

    assert "--server.address=127.0.0.1" in argv
    assert "--server.port=8501" in argv
    assert "--browser.gatherUsageStats=false" in argv


def test_the_command_names_files_that_exist():
    argv = command(host="127.0.0.1", port=8501)

    theme = next(flag for flag in argv if flag.startswith("--theme.base="))
    assert Path(theme.partition("=")[2]).is_file()
    assert Path(argv[4]).name == "app.py"
    assert Path(argv[4]).is_file()

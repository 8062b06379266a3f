"""What stands in deploy/monitoring holds together, and in the programs that it is for."""

import json
import re
import subprocess
from pathlib import Path

import httpx2
import pytest
import yaml

from evaluation.prometheus import until, write_configuration
from evaluation.scraping import serving

from .conftest import MONITORING, program

PROMETHEUS = MONITORING / "prometheus"
PAGE = (MONITORING / "README.md").read_text(encoding="utf-8")
BOARDS = sorted((MONITORING / "grafana" / "dashboards").glob("*.json"))


def read_yaml(path: Path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def alerts() -> list[dict]:
    groups = read_yaml(PROMETHEUS / "alerts.yml")["groups"]
    return [rule for group in groups for rule in group["rules"]]


def queries() -> list[tuple[str, str]]:
    """Every query of every panel, by where it stands."""
    return [
        (f"{board.stem}: {panel['title']}, {target['refId']}", target["expr"])
        for board in BOARDS
        for panel in json.loads(board.read_text(encoding="utf-8"))["panels"]
        for target in panel["targets"]
    ]


def run(*command: str, cwd: Path = PROMETHEUS) -> str:
    """Run a command that must succeed; what it said."""
    ran = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_prometheus_takes_the_configuration(tmp_path):
    promtool = program("promtool")
    ports = {"port": 9090, "api_port": 8000, "alertmanager_port": 9093}
    configuration = write_configuration(tmp_path, **ports, every="15s")

    checked = run(promtool, "check", "config", str(configuration))

    assert "2 rule files found" in checked


def test_the_rules_do_what_their_own_tests_say():
    assert "SUCCESS" in run(program("promtool"), "test", "rules", "alerts_test.yml")


def test_every_alert_is_tried_both_silent_and_firing():
    tried = [
        (case["alertname"], bool(case["exp_alerts"]))
        for test in read_yaml(PROMETHEUS / "alerts_test.yml")["tests"]
        for case in test["alert_rule_test"]
    ]

    for alert in alerts():
        assert {(alert["alert"], True), (alert["alert"], False)} <= set(tried)


def test_alertmanager_takes_its_configuration():
    checked = run(
        program("amtool"), "check-config", "alertmanager.yml", cwd=MONITORING / "alertmanager"
    )

    assert "SUCCESS" in checked


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_every_alert_has_a_severity_and_a_page_that_says_what_to_do(alert):
    page, _, anchor = alert["annotations"]["runbook"].partition("#")

    assert alert["labels"]["severity"] in ("critical", "warning")
    assert (MONITORING / "README.md").samefile(MONITORING.parents[1] / page)
    headings = [found.lower() for found in re.findall(r"^#+ (\w+)$", PAGE, re.MULTILINE)]
    assert anchor in headings
    assert anchor == alert["alert"].lower()


def test_the_page_explains_no_alert_that_there_is_not():
    _, _, after = PAGE.partition("\n## When an alert fires\n")

    assert set(re.findall(r"^### (\w+)$", after, re.MULTILINE)) == {
        alert["alert"] for alert in alerts()
    }


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.stem)
def test_a_dashboard_asks_the_data_source_that_is_provisioned_and_explains_its_panels(board):
    (source,) = read_yaml(MONITORING / "grafana/provisioning/datasources/prometheus.yml")[
        "datasources"
    ]
    found = json.loads(board.read_text(encoding="utf-8"))

    assert found["uid"] == board.stem
    for panel in found["panels"]:
        asked = [panel, *panel["targets"]]
        assert {each["datasource"]["uid"] for each in asked} == {source["uid"]}
        assert panel["title"]
        assert panel["description"]


@pytest.mark.usefixtures("api")
def test_the_api_is_asked_under_a_users_name_and_is_up(watched):
    until(lambda: set(watched.prometheus.targets().values()) == {"up"}, "every target is up")

    assert watched.prometheus.targets().keys() == {"rakuten-api", "prometheus", "alertmanager"}
    refused = httpx2.get(f"http://127.0.0.1:{watched.port}/metrics", trust_env=False)
    assert refused.status_code == 401


@pytest.mark.usefixtures("api")
def test_every_query_of_every_panel_returns_data(watched):
    asked, wanting = queries(), dict(queries())
    assert len(asked) == len(wanting) > 30

    def answered() -> bool:
        watched.predict()
        for where, expression in list(wanting.items()):
            if watched.prometheus.query(expression.replace("$__rate_interval", "1m")):
                del wanting[where]
        return not wanting

    try:
        until(answered, "every panel")
    except TimeoutError:
        assert wanting == {}


def test_an_alert_fires_and_resolves(watched):
    def told(*, of_the_api: bool) -> bool:
        found = (watched.prometheus.firing(), watched.alerts())
        return all(("ApiDown" in names) is of_the_api for names in found)

    until(lambda: told(of_the_api=True), "the API that is down is told")

    with serving(watched.home, port=watched.port):
        until(lambda: told(of_the_api=False), "the API that is up again is told")

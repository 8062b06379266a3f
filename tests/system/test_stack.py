"""What `make up` starts, as its users meet it. The tests tell one story, in order."""

import os
import signal
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.factories import an_offer
from tests.system.conftest import until

from rakuten_mlops.catalog.synthetic import arrivals
from rakuten_mlops.database import open_database
from rakuten_mlops.errors import UnknownVersion
from rakuten_mlops.monitoring.prediction_log import PredictionLog
from rakuten_mlops.registry.glance import Glance
from rakuten_mlops.registry.model_registry import PRODUCTION
from rakuten_mlops.review.offering import Offering
from rakuten_mlops.serving.champion_store import ChampionStore
from rakuten_mlops.serving.scorer_files import load

POOL = {"designation": "Piscine tubulaire ronde", "description": "<p>Avec pompe à filtre</p>"}


@pytest.fixture
def api(stack):
    with stack.client() as client:
        yield client


def idle(api):
    """Wait until nothing trains, and return the jobs."""

    def ended():
        jobs = api.get("/training").json()["jobs"]
        active = [job for job in jobs if job["state"] in ("queued", "running")]
        return None if active else jobs

    return until(ended, "the end of a training")


def ended(api, job):
    """Wait until a job has ended, and return it."""

    def done():
        found = api.get(f"/training/{job}").json()
        return found if found["state"] not in ("queued", "running") else None

    return until(done, f"the end of job {job}")


def test_a_first_start_ends_with_a_served_prediction(stack, api):
    assert "served by version 1" in stack.output
    password = stack.settings.home / "admin-password"
    assert password.read_text().strip() in stack.output
    assert stat.S_IMODE(password.stat().st_mode) == 0o600

    answer = api.post("/predict", json=POOL).json()

    assert answer["prdtypecode"] == 2583
    assert answer["model_version"] == "1"
    assert api.get("/readyz").json()["registry"] == "ok"


def test_what_two_workers_serve_arrives_in_the_log_once(stack, api):
    title, asked, engine = "Zorglubinette", 200, open_database(stack.settings.database)

    def logged():
        # The other listings of these tests have longer titles.
        return int((PredictionLog(engine).window().title_chars <= len(f"{title} {asked}")).sum())

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda n: api.post("/predict", json={"designation": f"{title} {n}"}), range(asked)
            )
        )
    until(lambda: logged() >= asked, "what was served in the log")

    assert {answer.status_code for answer in answers} == {200}
    assert logged() == asked
    assert api.get("/predictions/summary").json()["total"]["predictions"] >= asked
    assert "Waiting      0 files" in stack.run("log", "status").stdout
    engine.dispose()


def test_serving_needs_no_client_of_mlflow(stack, tmp_path):
    """Not to see what is in production, and not to bring it."""
    glance = Glance(stack.settings.mlflow_url)

    fetched = glance.fetch("1", "scorer", tmp_path / "scorer")

    assert glance.aliased(PRODUCTION) == "1"
    assert glance.aliased("Nobody") is None
    assert load(fetched).classes.tolist() == load(local_copy(stack, "1")).classes.tolist()
    assert not any("keeper" in each for each in stack.processes().values())
    with pytest.raises(UnknownVersion):
        glance.fetch("99", "scorer", tmp_path / "nothing")


def local_copy(stack, version):
    return ChampionStore(stack.settings.home).scorer_folder(version)


def test_the_first_version_says_where_it_comes_from(api):
    version = api.get("/models/1").json()

    assert sorted(version["aliases"]) == ["Production", "Staging"]
    assert version["lineage"]["training_rows"] + version["lineage"]["holdout_rows"] == 5_000
    first, second = version["verdict"]["reasons"]
    assert first == "There is no champion yet"
    assert second.startswith("Automation rate: ")
    assert "## Weakest categories" in version["card"]
    assert api.get("/models/1/report/confusion.png").content.startswith(b"\x89PNG")


def test_a_second_training_on_the_same_listings_is_nothing_new(api):
    started = api.post("/training")

    job = ended(api, started.json()["id"])

    assert started.headers["Location"] == f"/training/{job['id']}"
    assert job["state"] == "succeeded", job["message"]
    assert job["outcome"]["result"] == "nothing new"
    assert len(api.get("/models").json()["versions"]) == 1


def test_what_a_reviewer_says_is_in_the_next_training(stack, api):
    engine = open_database(stack.settings.database)
    Offering(engine, limit=10).put([an_offer("Trottinette des mers")])
    engine.dispose()

    (item,) = api.get("/review/next").json()["items"]
    said = api.post(f"/review/{item['id']}", json={"answer": "category", "prdtypecode": 1302})
    job = ended(api, api.post("/training").json()["id"])

    assert said.status_code == 200
    assert job["state"] == "succeeded", job["message"]
    version = api.get(f"/models/{job['outcome']['version']}").json()
    assert version["lineage"]["source"].endswith("review: review queue, 1 answer")
    rows = version["lineage"]["training_rows"] + version["lineage"]["holdout_rows"]
    assert rows == 5_001


def test_of_twenty_trainings_at_once_one_starts(api):
    idle(api)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: api.post("/training", json={"force": True}), range(20)))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [202] + [409] * 19
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert "is running" in refused.json()["detail"]


def test_a_training_killed_half_way_leaves_nothing_behind(stack, api):
    before = idle(api) and api.get("/models").json()
    job = api.post("/training", json={"force": True, "seed": 99}).json()["id"]

    def at_work():
        found = api.get(f"/training/{job}").json()
        return found["step"] in ("vectorise", "fit") and trainers(stack)

    for pid in until(at_work, "a training at work", pause=0.02):
        os.kill(pid, signal.SIGKILL)
    killed = ended(api, job)

    assert killed["state"] == "failed"
    assert "signal 9" in killed["message"]
    after = api.get("/models").json()
    assert [each["version"] for each in after["versions"]] == [
        each["version"] for each in before["versions"]
    ]
    assert after["moves"] == before["moves"]
    again = api.post("/training", json={"force": True})
    assert again.status_code == 202
    assert ended(api, again.json()["id"])["state"] == "succeeded"


def trainers(stack):
    return [pid for pid, command in stack.processes().items() if "mlops.retraining" in command]


def test_the_dashboard_shows_the_champion(stack, browser_page):
    page = browser_page
    page.goto(f"http://127.0.0.1:{stack.settings.dashboard_port}")
    page.get_by_label("User").fill("admin")
    password = (stack.settings.home / "admin-password").read_text().strip()
    page.get_by_label("Password").first.fill(password)
    page.get_by_role("button", name="Log in").click()

    page.get_by_text("is in production").first.wait_for(timeout=60_000)
    page.get_by_role("link", name="Predict").click()
    page.get_by_label("Title (designation)", exact=True).fill("Piscine tubulaire ronde avec pompe")

    page.get_by_text("Piscine et accessoires").first.wait_for(timeout=60_000)
    for name in ("Training", "Models"):
        page.get_by_role("link", name=name, exact=True).click()
        page.get_by_role("heading", name=name).first.wait_for(timeout=60_000)
    assert page.errors == []


def test_the_api_can_be_tried_where_it_describes_itself(stack, browser_page):
    """As the user given with Authorize, whoever opened the page; nothing comes from elsewhere."""
    password = (stack.settings.home / "admin-password").read_text().strip()
    opened_by = {"username": "admin", "password": password}
    page = browser_page.context.browser.new_context(http_credentials=opened_by).new_page()
    address, asked = f"http://127.0.0.1:{stack.settings.port}", []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/docs")
    page.locator("button.authorize").click()
    page.locator(".auth-container input").nth(0).fill("nobody")
    page.locator(".auth-container input").nth(1).fill("a-wrong-password")
    page.locator(".auth-btn-wrapper button.authorize").click()
    page.locator(".auth-btn-wrapper .btn-done").click()

    page.locator("#operations-prediction-predict .opblock-summary-control").click()
    page.locator("#operations-prediction-predict button.execute").click()

    status = page.locator("#operations-prediction-predict .live-responses-table tbody")
    status.get_by_text("401").first.wait_for(timeout=60_000)
    assert all(url.startswith((address, "data:")) for url in asked)


def test_the_schedule_retrains_on_what_arrived_and_the_better_model_is_served(stack, api):
    """No request fails while the champion changes, and every worker has it within 10 seconds."""
    failures, versions, over = [], [], threading.Event()

    def ask():
        with stack.client() as client:
            while not over.is_set():
                answer = client.post("/predict", json=POOL)
                if answer.status_code != 200:
                    failures.append(answer.text)
                else:
                    versions.append(answer.json()["model_version"])
                time.sleep(0.02)

    def scheduled():
        jobs = api.get("/training").json()["jobs"]
        return next((job for job in jobs if job["trigger"] == "schedule"), None)

    def moved():
        production = api.get("/models").json()["production"]
        return production if production != versions[0] else None

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for thread in asking:
        thread.start()
    try:
        with stack.scheduler(schedule="* * * * *") as log:
            job = until(scheduled, "the scheduled retraining")
            promoted = until(moved, "a promotion")
            time.sleep(10)
            late = len(versions)
            time.sleep(2)
            job = ended(api, job["id"])
            until(lambda: "promoted" in log.read_text(), "the scheduler's last word", patience=10)
    finally:
        over.set()
        for thread in asking:
            thread.join()

    assert job["outcome"]["result"] == "promoted"
    assert job["requested_by"] == "scheduler"
    assert job["outcome"]["verdict"]["gain"] > 0
    assert failures == []
    assert set(versions[late:]) == {promoted}
    assert "4000 new listings arrived" in log.read_text()


def test_a_rollback_is_served_and_recorded(api):
    before = api.get("/models").json()["production"]

    move = api.post("/models/rollback", json={"why": "to see that it works"}).json()

    assert (move["source"], move["by"]) == (before, "admin")
    until(
        lambda: api.post("/predict", json=POOL).json()["model_version"] == move["target"],
        "the rollback to be served",
        patience=20,
    )
    assert api.get("/models").json()["moves"][0]["why"] == "to see that it works"


def predict_arrivals(api, *, drift):
    """Have a thousand arrivals predicted, and wait until the log has them."""

    def logged():
        return api.get("/predictions/summary").json()["total"]["predictions"]

    before = logged()
    items = [
        {"designation": each.listing.designation, "description": each.listing.description}
        for each in arrivals(1_000, seed=11, batch=30, drift=drift)
    ]
    assert api.post("/predict_batch", json={"items": items}).status_code == 200
    until(lambda: logged() >= before + 1_000, "the log of what arrived")


def test_of_arrivals_that_did_not_move_the_scheduled_look_says_so(stack, api):
    predict_arrivals(api, drift=False)
    jobs = api.get("/training").json()["jobs"]

    looked = stack.run("drift", "--ask-api")

    assert looked.returncode == 0, looked.stderr
    assert api.get("/drift").json()["state"] == "no drift"
    assert api.get("/training").json()["jobs"] == jobs


def test_the_schedule_finds_drift_by_itself_and_retrains_for_it(stack, api):
    """Nobody asks."""
    predict_arrivals(api, drift=True)
    jobs = api.get("/training").json()["jobs"]

    def answered():
        report = api.get("/drift").json()
        return report if report["action"] else None

    with stack.scheduler(schedule="off", drift_schedule="* * * * *"):
        report = until(answered, "the scheduled look for drift")

    assert report["state"] == "drift"
    job, *others = api.get("/training").json()["jobs"]
    assert (job["trigger"], others) == ("drift", jobs)
    assert ended(api, job["id"])["state"] == "succeeded"
    # What the database knows is read every other second.
    told = 'rakuten_drift_state{state="drift"} 1.0'
    until(lambda: told in api.get("/metrics").text, "the metric", patience=10)


def test_a_file_is_classified_by_what_is_served(stack, tmp_path):
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("designation,ref\nPiscine ronde avec pompe,a\n,b\n", encoding="utf-8")

    ran = stack.run("predict", str(source), "-o", str(target))

    assert ran.returncode == 0, ran.stderr
    lines = target.read_text().splitlines()
    assert lines[0].startswith("designation,ref,prdtypecode,category,confidence")
    assert lines[1].startswith("Piscine ronde avec pompe,a,2583,Piscine et accessoires,")
    assert len(lines) == 3


def test_ctrl_c_leaves_no_process(stack):
    assert len(stack.processes()) >= 6

    status = stack.stop()

    assert status == 130, stack.output
    assert until(lambda: not stack.processes(), "the end of every process", patience=10)


def test_without_mlflow_predictions_go_on_and_retraining_fails_closed(stack):
    """Also across a restart: the API starts here, while nothing else runs."""
    stack.start("serve")
    with stack.client() as api:

        def ready():
            try:
                return api.get("/readyz").status_code == 200
            except OSError:
                return False
            except Exception as error:
                if "Connect" in type(error).__name__:
                    return False
                raise

        until(ready, "the API without MLflow", patience=60)
        assert api.post("/predict", json=POOL).json()["prdtypecode"] == 2583
        until(
            lambda: "away since" in api.get("/readyz").json()["registry"],
            "the registry found away",
            patience=60,
        )
        job = api.post("/training", json={"force": True}).json()["id"]

        failed = ended(api, job)

        assert failed["state"] == "failed"
        assert "did not answer" in failed["message"]
        assert api.post("/predict", json=POOL).status_code == 200
    stack.stop()


def test_a_second_start_serves_what_was_in_production(stack):
    stack.up()

    with stack.client() as api:
        served = api.get("/readyz").json()["model_version"]
        assert f"served by version {served}" in stack.output
        assert served == api.get("/models").json()["production"]
    os.kill(stack.process.pid, signal.SIGKILL)
    assert until(lambda: not stack.processes(), "the end of a killed supervisor", patience=30)

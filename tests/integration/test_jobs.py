# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nosana_job and nosana_job_info against the simulator: check mode and the real run, lost answers, keys, results."""

from __future__ import annotations

import pytest

from ansible_collections.nosana.cloud.plugins.modules import nosana_job, nosana_job_info

from .inprocess import definition
from .playbooks import RELEASES

HOUR = 3600
LOST = [{"kind": "drop_after"}, {"kind": "cut"}, {"kind": "garbage"}]
NOT_SENT = [{"kind": "drop_before"}, {"kind": "status", "status": 503}, {"kind": "status", "status": 429}]


@pytest.fixture(params=RELEASES)
def server(request, patient_server, leaping_modules, monkeypatch):
    patient_server.reset(release=request.param)
    monkeypatch.setenv("NOSANA_API_URL", patient_server.api_url)
    monkeypatch.setenv("NOSANA_API_KEY", "nos_jobs")
    return patient_server


@pytest.fixture
def change(run_module):
    """``change(job=..., state=..., check_mode=False)``: runs nosana_job with its diff."""

    def run(check_mode=False, **options):
        return run_module(nosana_job, options, check_mode=check_mode, diff=True)

    return run


@pytest.fixture
def info(run_module):
    """``info(job=..., ...)``: the jobs that nosana_job_info lists; what fails is an AssertionError."""

    def run(**options):
        result = run_module(nosana_job_info, options)
        assert not result.get("failed"), result
        assert not result["changed"] and result["count"] == len(result["jobs"])
        return result["jobs"]

    return run


def seed(server, *states, strategy="SIMPLE", **fields):
    """A RUNNING deployment with jobs in these states: its id and their addresses."""
    jobs = [{"state": state, "revision": 1} for state in states]
    one = {"name": "jobs", "status": "RUNNING", "strategy": strategy, "timeout": 60, "replicas": len(jobs)}
    one["jobs"] = jobs
    [deployment] = server.control("POST", "/deployments", {**one, "job_definition": definition(), **fields})["ids"]
    [made] = [found for found in server.control("GET", "/state")["deployments"] if found["id"] == deployment]
    return deployment, [job["job"] for job in made["jobs"]]


def mutations(server):
    return [request for request in server.requests() if request["mutating"]]


def agree(foreseen, done):
    """Whether check mode foretold the run that followed. Seconds may have passed in between."""
    assert not foreseen.get("failed") and not done.get("failed"), (foreseen, done)
    assert (foreseen["changed"], foreseen["actions"]) == (done["changed"], done["actions"])
    assert foreseen["diff"]["before"] == done["diff"]["before"]
    later = done["diff"]["after"]["timeout"] - foreseen["diff"]["after"]["timeout"]
    assert 0 <= later <= 120
    assert dict(foreseen["diff"]["after"], timeout=0) == dict(done["diff"]["after"], timeout=0)
    assert foreseen["job"].keys() == done["job"].keys()
    return True


@pytest.mark.parametrize("state", ["QUEUED", "RUNNING"])
def test_stop(state, server, change, info):
    _deployment, [job] = seed(server, state)
    server.control("PUT", "/jobs", {"claim_after": None})
    foreseen = change(job=job, state="stopped", check_mode=True)
    assert not mutations(server)
    done = change(job=job, state="stopped")
    assert agree(foreseen, done)
    assert (done["actions"], done["job"]["state"]) == (["stop"], "STOPPED")
    assert info(job=job)[0]["state"] == "STOPPED"
    again = change(job=job, state="stopped")
    assert not again["changed"] and again["diff"]["before"] == again["diff"]["after"]
    assert [request["operation"] for request in mutations(server)] == ["stop_job"]


@pytest.mark.parametrize("state", ["QUEUED", "RUNNING"])
def test_extend(state, server, change):
    _deployment, [job] = seed(server, state)
    server.control("PUT", "/jobs", {"claim_after": None})
    foreseen = change(job=job, min_remaining_seconds=3 * HOUR, check_mode=True)
    assert not mutations(server)
    done = change(job=job, min_remaining_seconds=3 * HOUR)
    assert agree(foreseen, done)
    assert done["actions"] == ["extend"]
    assert 3 * HOUR - 300 <= done["job"]["remaining_seconds"] <= 3 * HOUR
    assert [request["operation"] for request in mutations(server)] == ["extend_job"]


def test_a_job_with_enough_time_is_left_alone(server, change):
    _deployment, [job] = seed(server, "RUNNING")
    done = change(job=job, min_remaining_seconds=HOUR // 4)
    assert not done["changed"] and done["actions"] == [] and done["diff"]["before"] == done["diff"]["after"]
    assert not mutations(server)


def test_the_same_task_again_is_no_change(server, change):
    _deployment, [job] = seed(server, "RUNNING")
    assert change(job=job, min_remaining_seconds=2 * HOUR)["changed"]
    assert not change(job=job, min_remaining_seconds=2 * HOUR)["changed"]


@pytest.mark.parametrize("state", ["COMPLETED", "STOPPED"])
def test_a_job_that_has_ended(state, server, change):
    deployment, [job] = seed(server, state)
    for check_mode in (True, False):
        assert not change(job=job, state="stopped", check_mode=check_mode)["changed"]
        failed = change(job=job, check_mode=check_mode)
        assert failed["failed"] and "has ended (%s), and no job runs twice" % state in failed["msg"]
        assert "{id: %s, state: started}" % deployment in failed["msg"]
        assert (failed["changed"], failed["actions"], failed["job"]["state"]) == (False, [], state)
    assert not mutations(server)


@pytest.mark.parametrize("fault", LOST + NOT_SENT, ids=str)
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("operation", ["stop_job", "extend_job"])
def test_what_is_lost_on_the_way_is_done_once(operation, times, fault, server, change):
    _deployment, [job] = seed(server, "RUNNING")
    server.control("PUT", "/faults", [{**fault, "operation": operation, "times": times}])
    wish = {"state": "stopped"} if operation == "stop_job" else {"min_remaining_seconds": 3 * HOUR}
    done = change(job=job, **wish)
    assert not done.get("failed") and done["actions"] == [operation.split("_")[0]], done
    if operation == "extend_job":
        assert 3 * HOUR - 300 <= done["job"]["remaining_seconds"] <= 3 * HOUR
    else:
        assert done["job"]["state"] == "STOPPED"


def conflict(code, **headers):
    body = {"error": "conflict", "message": "conflict", "code": "IDEMPOTENCY_KEY_" + code}
    return {"kind": "status", "status": 409, "headers": headers, "body": body}


@pytest.mark.parametrize("operation", ["stop_job", "extend_job"])
def test_conflicts_of_keys(operation, server, change):
    wish = {"state": "stopped"} if operation == "stop_job" else {"min_remaining_seconds": 3 * HOUR}
    for fault in (conflict("IN_PROGRESS", **{"Retry-After": "2"}), conflict("EXPIRED")):
        _deployment, [job] = seed(server, "RUNNING", name=fault["body"]["code"])
        server.control("PUT", "/faults", [{**fault, "operation": operation}])
        assert change(job=job, **wish)["actions"] == [operation.split("_")[0]]
    _deployment, [job] = seed(server, "RUNNING", name="final")
    server.control("PUT", "/faults", [{**conflict("PAYLOAD_MISMATCH"), "operation": operation, "times": 9}])
    server.forget_requests()
    failed = change(job=job, **wish)
    assert failed["failed"] and failed["error"]["status"] == 409 and failed["actions"] == []
    assert len(mutations(server)) == 1


def test_credits_that_do_not_cover_it_are_told(server, change):
    _deployment, [job] = seed(server, "RUNNING")
    server.control("PUT", "/credits", {"assigned": 0})
    failed = change(job=job, min_remaining_seconds=3 * HOUR)
    assert failed["failed"] and "Insufficient credits" in failed["msg"] and not failed["changed"]


def test_a_job_that_does_not_end_in_time(server, change):
    _deployment, [job] = seed(server, "RUNNING")
    server.control("PUT", "/jobs", {"stop_takes": 100_000})
    failed = change(job=job, state="stopped", wait_timeout=20)
    assert failed["failed"] and "gave up waiting for it to end after 20 s (wait_timeout)" in failed["msg"]
    assert (failed["changed"], failed["actions"], failed["job"]["state"]) == (True, ["stop"], "RUNNING")


@pytest.mark.parametrize("strategy", ["INFINITE", "SIMPLE-EXTEND"])
def test_a_deployment_that_keeps_its_jobs_running_is_warned_of(strategy, server, change):
    deployment, [job] = seed(server, "RUNNING", strategy=strategy)
    for check_mode in (True, False):
        [warning] = change(job=job, state="stopped", check_mode=check_mode)["warnings"]
        assert job in warning and "{id: %s, state: stopped}" % deployment in warning


def test_bad_input(server, change):
    for options, text in (
        ({"job": "x"}, "job: 'x' is no job's address"),
        ({"job": "1" * 40, "min_remaining_seconds": 0}, "min_remaining_seconds: must be 1 or more"),
        ({"job": "1" * 40, "min_remaining_seconds": 5, "state": "stopped"}, "needs no time"),
        ({"job": "1" * 40, "wait_timeout": 0}, "wait_timeout: must be 1 or more"),
    ):
        failed = change(**options)
        assert failed["failed"] and text in failed["msg"]
    assert not server.requests()
    unknown = change(job="DdpX2tZsEUt6mYVdB8PzjY2aKBjTgTz5sTtPsiG7Ymq4", state="stopped")
    assert unknown["failed"] and "job: none has the address" in unknown["msg"]


# --- nosana_job_info -----------------------------------------------------------------------------------------------


def test_jobs_are_listed_and_filtered(server, info):
    deployment, jobs = seed(server, "RUNNING", "COMPLETED", "STOPPED", "QUEUED")
    assert {job["job"] for job in info(deployment_id=deployment)} == set(jobs)
    assert [job["job"] for job in info(deployment_id=deployment, state=["COMPLETED"])] == [jobs[1]]
    assert [job["state"] for job in info(deployment_id=deployment, job=jobs[2])] == ["STOPPED"]
    assert len(info(deployment_id=deployment, max_results=3)) == 3
    [one] = info(job=jobs[0])
    assert (one["deployment"], one["state"], one["revision"], one["timeout"]) == (deployment, "RUNNING", 1, HOUR)
    assert info(job="DdpX2tZsEUt6mYVdB8PzjY2aKBjTgTz5sTtPsiG7Ymq4") == []


def test_more_jobs_than_a_page_has(server, info):
    deployment, jobs = seed(server, *["COMPLETED"] * 230)
    assert {job["job"] for job in info(deployment_id=deployment)} == set(jobs)


def test_what_became_of_jobs(server, info):
    secret = definition(env={"API_TOKEN": "hush-hush-hush"})
    deployment, jobs = seed(server, "RUNNING", "COMPLETED", "STOPPED", job_definition=secret)
    wanted = ["definition", "result", "logs"]
    found = {job["job"]: job for job in info(deployment_id=deployment, include=wanted)}
    verdicts = [found[job]["result"]["verdict"] for job in jobs]
    assert verdicts == ["unknown", "succeeded", "failed"]
    assert found[jobs[1]]["result"]["operations"][0]["exit_code"] == 0
    assert [log["operation"] for log in found[jobs[1]]["logs"]] == ["web"]
    assert all(job["definition"]["ops"][0]["id"] == "web" for job in found.values())
    assert "hush" not in str(found)
    assert info(job=jobs[1], include=["result"])[0]["result"] == found[jobs[1]]["result"]


def test_confidential_jobs_tell_more_with_their_deployment(server, info):
    deployment, [job] = seed(server, "COMPLETED", confidential=True)
    [alone] = info(job=job, include=["result", "definition"])
    assert (alone["deployment"], alone["definition"], alone["result"]["verdict"]) == (None, None, "unknown")
    [known] = info(deployment_id=deployment, job=job, include=["result", "definition"])
    assert known["result"]["verdict"] == "succeeded" and known["definition"]

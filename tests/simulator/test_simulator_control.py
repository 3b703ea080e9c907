# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control interface, the log of requests, and faults."""

from __future__ import annotations

import http.client
import time

import pytest
from simulator_api import CREATE, MARKET

GONE = (http.client.RemoteDisconnected, ConnectionResetError)


def faults(api, *wanted: dict) -> None:
    """Let these happen."""
    assert api("PUT", "/_control/faults", list(wanted)).status == 200


def count(api) -> int:
    """How many deployments there are."""
    return api("GET", "/deployments").body["pagination"]["total_items"]


def test_health_and_reset(august):
    health = august("GET", "/_control/health", key=None).body
    assert {name: health[name] for name in ("release", "step", "latency", "speed")} == {
        "release": "2026-08", "step": 1.0, "latency": 0.0, "speed": 0.0}
    august.create()
    assert august("POST", "/_control/reset", {"step": 0.5}).body["step"] == 0.5
    assert august("POST", "/_control/reset").body["release"] == "2026-08"
    assert (count(august), len(august.requests())) == (0, 1)
    assert august("POST", "/_control/reset", {"release": "2030"}).status == 422


def test_time_follows_the_simulated_clock(august):
    august.advance(400 * 86400)
    made = august.create()
    now = august("GET", "/_control/health").body["now"]
    answer = august("GET", "/deployments")
    assert made["created_at"][:16] == now[:16]
    assert str(int(now[:4])) in answer.headers["date"] and int(now[:4]) >= 2027


def test_latency(august):
    august("POST", "/_control/reset", {"latency": 0.2})
    began = time.monotonic()
    august("GET", "/deployments")
    assert time.monotonic() - began >= 0.2


def test_seeding(current):
    definition = {"version": "0.1", "type": "container",
                  "ops": [{"type": "container/run", "id": "y", "args": {"image": "i", "expose": 1}}]}
    one, two = current.seed(
        {"name": "one", "status": "RUNNING", "strategy": "INFINITE", "created_at": "2026-01-01T00:00:00.000Z",
         "replicas": 2, "jobs": [{"state": "RUNNING", "revision": 1, "node": MARKET}, {"state": "COMPLETED"}]},
        {"revisions": [{"revision": 1, "job_definition": definition}, {"revision": 3, "job_definition": definition}],
         "idempotency_key": "k", "market": "nowhere", "timeout": 90})
    seen = current.get(one)
    assert (seen["name"], seen["status"], seen["rotation_time"], seen["active_jobs"]) == ("one", "RUNNING", 20, 1)
    assert seen["created_at"] == "2026-01-01T00:00:00.000Z"
    jobs = current("GET", f"/deployments/{one}/jobs?sort_order=asc").body["jobs"]
    assert [(job["state"], job["revision"]) for job in jobs] == [("RUNNING", 1), ("COMPLETED", 1)]
    assert jobs[0]["node"] == MARKET
    seen = current.get(two)
    assert (seen["active_revision"], seen["endpoints"][0]["opId"], seen["market"]) == (3, "y", "nowhere")
    assert current("POST", "/deployments/create", {**CREATE, "idempotency_key": "k"}).status == 409
    current.advance(100)
    assert current.get(one)["active_jobs"] == 1  # seeded jobs stay as they are
    assert current("POST", f"/deployments/{one}/stop").status == 200
    current.advance(5)
    assert current.get(one)["status"] == "STOPPED"
    for wrong in ({"status": "new"}, {"status": None}, {"colour": "red"}, {"jobs": [{"state": "LOST"}]},
                  {"active_revision": 7}):
        assert current("POST", "/_control/deployments", wrong).status == 422
    assert current("POST", "/_control/deployments", {"name": "single"}).body["ids"]


def test_seeding_a_thousand_is_fast(august):
    began = time.monotonic()
    assert len(set(august.seed(*({"name": f"d{number}"} for number in range(1000))))) == 1000
    assert time.monotonic() - began < 5
    assert count(august) == 1000


def test_patching_runs_no_listeners(august):
    made = august.create()
    august("PATCH", f"/_control/deployments/{made['id']}", {"status": "STARTING", "name": "x", "replicas": 4})
    august.advance(100)
    seen = august.get(made["id"])
    assert (seen["status"], seen["name"], seen["replicas"]) == ("STARTING", "x", 4)
    assert august("PATCH", f"/_control/deployments/{MARKET}", {}).status == 404
    assert august("PATCH", f"/_control/deployments/{made['id']}", {"status": "x"}).status == 422


def test_how_jobs_behave(august):
    august.behave(claim_after=None, run_for=30, exit_code=7)
    made = august.create(autostart=True)
    august.advance(500)
    assert august.get(made["id"])["active_jobs"] == 0
    august.behave(claim_after=5)
    august.advance(6)
    assert august.get(made["id"])["active_jobs"] == 1
    august.advance(30)
    assert august.get(made["id"])["status"] == "STOPPED"
    state = august("GET", "/_control/state").body
    job = state["deployments"][0]["jobs"][0]
    assert (job["state"], job["jobResult"]["opStates"][0]["exitCode"]) == ("COMPLETED", 7)
    assert state["credits"]["assigned"] > 1000
    august.behave(list_error="no luck")
    august("POST", f"/deployments/{made['id']}/start")
    august.advance(40)
    events = august("GET", "/_control/state").body["deployments"][0]["events"]
    assert [event["message"] for event in events if event["type"] == "JOB_LIST_ERROR"] == ["no luck"] * 2
    august.behave(list_error=None, claim_after="default", run_for=None)
    august.advance(60)
    assert august.get(made["id"])["active_jobs"] == 1


def test_stops_that_take_their_time(august):
    august.behave(stop_takes=60)
    made = august.create(autostart=True)
    august.advance(5)
    august("POST", f"/deployments/{made['id']}/stop")
    august.advance(30)
    assert august.get(made["id"])["status"] == "STOPPING"
    august.advance(40)
    assert august.get(made["id"])["status"] == "STOPPED"


def test_jobs_put_into_a_state(august):
    made = august.create(autostart=True)
    august.advance(5)
    job = august("GET", f"/deployments/{made['id']}/jobs").body["jobs"][0]["job"]
    assert august("PATCH", f"/_control/jobs/{job}", {"state": "COMPLETED", "exit_code": 2}).body["state"] == "COMPLETED"
    details = august("GET", f"/deployments/{made['id']}/jobs/{job}").body
    assert details["jobResult"]["opStates"][0]["exitCode"] == 2
    assert august.get(made["id"])["status"] == "STOPPED"
    assert august("PATCH", f"/_control/jobs/{MARKET}", {"state": "RUNNING"}).status == 404
    assert august("PATCH", f"/_control/jobs/{job}", {"state": "LOST"}).status == 422


def test_the_log_of_requests(august):
    made = august.create()
    august("GET", f"/deployments/{made['id']}/jobs?state=RUNNING")
    august("GET", f"/deployments/{made['id']}/start")
    august("POST", f"/deployments/{made['id']}/stop")
    august("POST", "/auth/validate-api-key")
    august("POST", "/deployments/nowhere/at/all")
    august("DELETE", f"/deployments/{made['id']}", key=None)
    seen = august.requests()
    assert [(entry["operation"], entry["mutating"], entry["status"]) for entry in seen] == [
        ("create", True, 200), ("jobs", False, 200), (None, True, 404), ("stop", True, 500), (None, False, 404),
        (None, True, 404), ("delete", True, 401)]
    assert [entry["n"] for entry in seen] == list(range(1, 8))
    assert " ".join(seen[1]) == (
        "n time method path query operation mutating accepted status deployment client received"
    )
    assert [entry["accepted"] for entry in seen] == [True, True, False, False, False, False, False]
    assert (seen[0]["deployment"], seen[1]["deployment"], seen[4]["deployment"]) == (made["id"], made["id"], None)
    assert seen[1]["query"] == "state=RUNNING" and "nos_test" not in str(seen)
    assert august("DELETE", "/_control/requests").status == 204
    assert august.requests() == []


def test_the_seed_document_s_actions_are_changes(guide):
    made = guide.create()
    guide("GET", f"/deployments/{made['id']}/start")
    assert [entry["mutating"] for entry in guide.requests()] == [True, True]


@pytest.mark.parametrize("kind, made", [("drop_before", 0), ("drop_after", 1)])
def test_dropped_connections(august, kind, made):
    faults(august, {"kind": kind, "operation": "create"})
    with pytest.raises(GONE):
        august.create()
    assert count(august) == made
    entry = august.requests()[0]
    assert (entry["status"], entry["accepted"]) == (None, bool(made))
    august.create()
    assert count(august) == made + 1


def test_status_fault(august):
    faults(august, {"kind": "status", "status": 429, "headers": {"Retry-After": "2"}, "body": {"error": "slow"},
                    "method": "POST", "path": "/create$", "times": 2, "after": 1})
    august.create()
    for _time in range(2):
        answer = august("POST", "/deployments/create", CREATE)
        assert (answer.status, answer.headers["retry-after"], answer.body) == (429, "2", {"error": "slow"})
    august.create()
    assert count(august) == 2


def test_garbage_and_cut_answers(august):
    faults(august, {"kind": "garbage", "operation": "create"}, {"kind": "cut", "operation": "create"})
    answer = august("POST", "/deployments/create", CREATE)
    assert answer.status == 200 and isinstance(answer.body, str)
    with pytest.raises(http.client.IncompleteRead):
        august.create()
    assert count(august) == 2


def test_hanging(august):
    faults(august, {"kind": "hang", "operation": "create", "seconds": 0.3},
           {"kind": "hang_before", "operation": "create", "seconds": 0.3})
    for _time in range(2):
        began = time.monotonic()
        august.create()
        assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("kind, made", [("hang", 1), ("hang_before", 0)])
def test_hanging_until_the_client_gives_up(august, kind, made):
    faults(august, {"kind": kind, "operation": "create", "seconds": 0.5})
    impatient = http.client.HTTPConnection("127.0.0.1", august.port, timeout=0.2)
    with pytest.raises(TimeoutError):
        impatient.request("POST", "/api/deployments/create", str(CREATE).replace("'", '"'),
                          {"Authorization": "Bearer nos_x", "Content-Type": "application/json"})
        impatient.getresponse()
    impatient.close()
    time.sleep(0.6)
    assert count(august) == made


def test_a_repeat_while_the_first_request_is_in_progress(august):
    made = august.create(autostart=True)
    august.advance(3)
    job = august("GET", f"/deployments/{made['id']}/jobs").body["jobs"][0]["job"]
    faults(august, {"kind": "hang", "operation": "extend_job", "seconds": 0.8})
    first = http.client.HTTPConnection("127.0.0.1", august.port, timeout=10)
    headers = {"Authorization": "Bearer nos_x", "Content-Type": "application/json", "Idempotency-Key": "k"}
    first.request("POST", f"/api/jobs/{job}/extend", '{"seconds": 60}', headers)
    while august.requests()[-1]["operation"] != "extend_job":
        time.sleep(0.01)
    time.sleep(0.1)
    second = august("POST", f"/jobs/{job}/extend", {"seconds": 60}, headers={"Idempotency-Key": "k"})
    assert (second.status, second.body["code"]) == (409, "IDEMPOTENCY_KEY_IN_PROGRESS")
    assert second.headers["retry-after"] == "1"
    answered = first.getresponse()
    assert (answered.status, answered.read() != b"") == (200, True)
    first.close()
    third = august("POST", f"/jobs/{job}/extend", {"seconds": 60}, headers={"Idempotency-Key": "k"})
    assert third.status == 200 and august("GET", f"/jobs/{job}").body["timeout"] == 3660


def test_faults_are_forgotten(august):
    faults(august, {"kind": "status", "times": 100})
    assert august("GET", "/deployments").status == 503
    assert august("DELETE", "/_control/faults").status == 204
    assert august("GET", "/deployments").status == 200
    assert august("PUT", "/_control/faults", [{"kind": "explode"}]).status == 422
    refused = august("PUT", "/_control/faults", [{"kind": "429", "operation": "lists"}])
    assert refused.status == 422 and "unknown operation lists; known: " in refused.body["detail"]
    assert august("PUT", "/_control/server", {"answers": [{"operation": "job", "set": {}}]}).status == 200
    assert august("PUT", "/_control/server", {"answers": [{"operation": "jobz", "set": {}}]}).status == 422

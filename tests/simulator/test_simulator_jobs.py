# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs: their results and logs, and what can be done with one."""

from __future__ import annotations

import pytest
from simulator_api import BATCH, DEFINITION, MARKET


def test_a_batch_run_ends_with_its_result(august):
    made = august.create(job_definition=BATCH, autostart=True)
    august.advance(3)
    job = august("GET", f"/deployments/{made['id']}/jobs").body["jobs"][0]
    details = august("GET", f"/deployments/{made['id']}/jobs/{job['job']}").body
    assert (job["state"], details["state"], details["jobResult"]) == ("RUNNING", 1, None)
    assert august.get(made["id"])["active_jobs"] == 1
    august.advance(10)
    assert august.get(made["id"])["status"] == "STOPPED"
    details = august("GET", f"/deployments/{made['id']}/jobs/{job['job']}").body
    assert sorted(details) == ["confidential", "jobDefinition", "jobResult", "jobStatus", "listedAt", "market", "node",
                               "revision", "state", "timeEnd", "timeStart"]
    state = details["jobResult"]["opStates"][0]
    assert (details["state"], details["jobResult"]["status"], state["exitCode"]) == (2, "success", 0)
    assert [entry["log"] for entry in state["logs"]] == ["hello world\n"]
    assert details["timeEnd"] > details["timeStart"] >= details["listedAt"]


def test_a_command_says_how_long_and_how_it_ends(august):
    definition = {**BATCH, "ops": [{"type": "container/run", "id": "x", "args": {
        "image": "i", "cmd": ["sh", "-c", "echo one && sleep 20; exit 3"]}}]}
    made = august.create(job_definition=definition, autostart=True)
    august.advance(20)
    assert august.get(made["id"])["active_jobs"] == 1
    august.advance(5)
    job = august("GET", f"/deployments/{made['id']}/jobs").body["jobs"][0]
    state = august("GET", f"/deployments/{made['id']}/jobs/{job['job']}").body["jobResult"]["opStates"][0]
    assert (job["state"], state["exitCode"], state["status"]) == ("COMPLETED", 3, "failed")
    assert [entry["type"] for entry in state["logs"]] == ["stdout", "stderr"]


def test_an_unclaimed_job_has_no_node(august):
    august.behave(claim_after=None)
    made = august.create(autostart=True)
    august.advance(3)
    job = august("GET", f"/deployments/{made['id']}/jobs").body["jobs"][0]
    assert sorted(job) == ["created_at", "deployment", "job", "market", "node", "revision", "state", "time_start", "tx",
                           "updated_at"]
    assert (job["state"], job["node"]) == ("QUEUED", None)
    assert august("GET", f"/deployments/{made['id']}/jobs/{job['job']}").body["node"] == "1" * 32


def test_jobs_by_address(august):
    made = august.create(autostart=True)
    august.advance(3)
    job = august("GET", f"/deployments/{made['id']}/jobs").body["jobs"][0]["job"]
    seen = august("GET", f"/jobs/{job}").body
    assert (seen["address"], seen["state"], seen["timeout"]) == (job, 1, 3600)
    assert (seen["price"], seen["usdRewardPerHour"], seen["ipfsResult"]) == (33, 0.048, None)
    assert seen["timeStart"] >= seen["listedAt"] > 0 and seen["timeEnd"] == 0
    assert august("POST", f"/jobs/{job}/extend", {"seconds": 0}).status == 400
    answer = august("POST", f"/jobs/{job}/extend", {"seconds": 600}, headers={"Idempotency-Key": "k"})
    assert sorted(answer.body) == ["credits", "job", "tx"] and answer.body["job"] == job and answer.body["tx"]
    assert answer.body["credits"]["costUSD"] == 0.0088
    again = august("POST", f"/jobs/{job}/extend", {"seconds": 600}, headers={"Idempotency-Key": "k"})
    assert again.body == answer.body and august("GET", f"/jobs/{job}").body["timeout"] == 4200
    other = august("POST", f"/jobs/{job}/extend", {"seconds": 700}, headers={"Idempotency-Key": "k"})
    assert (other.status, other.body["code"]) == (409, "IDEMPOTENCY_KEY_PAYLOAD_MISMATCH")
    answer = august("POST", f"/jobs/{job}/stop")
    assert sorted(answer.body) == ["delisted", "job", "tx"] and answer.body["tx"] and not answer.body["delisted"]
    august.advance(25 * 3600)
    late = august("POST", f"/jobs/{job}/extend", {"seconds": 600}, headers={"Idempotency-Key": "k"})
    assert (late.status, late.body["code"]) == (409, "IDEMPOTENCY_KEY_EXPIRED")
    assert august("GET", f"/jobs/{job}").body["state"] == 3
    assert august("POST", f"/jobs/{job}/stop").body == {"tx": None, "job": job, "delisted": False}
    assert august("POST", f"/jobs/{job}/extend", {"seconds": 600}).body == {
        "tx": None, "job": job, "credits": {"costUSD": 0, "creditsUsed": 0, "reservationId": None}}
    assert august("GET", f"/jobs/{MARKET}").status == 404


def test_a_job_that_runs_under_a_stopped_deployment_can_be_stopped(august):
    made = august.create(autostart=True)
    path = f"/deployments/{made['id']}"
    august.advance(3)
    august("POST", f"{path}/create-revision", DEFINITION)
    august.advance(5)
    assert (august.get(made["id"])["status"], august.get(made["id"])["active_jobs"]) == ("STOPPED", 1)
    assert august("POST", f"{path}/stop").status == 500
    job = august("GET", f"{path}/jobs?state=RUNNING").body["jobs"][0]["job"]
    august("POST", f"/jobs/{job}/stop")
    august.advance(1)
    assert august.get(made["id"])["active_jobs"] == 0


def test_the_header_of_a_deployment(august):
    path = f"/deployments/{august.create()['id']}/header"
    words = [august("GET", path + query).body["header"].split(":") for query in ("", "?includeTime=true&message=hi")]
    assert (len(words[0]), words[0][0], len(words[1]), words[1][0]) == (2, "DEPLOYMENT_HEADER", 3, "hi")


def test_confidential_results_are_only_in_the_deployment_s_job(august):
    made = august.create(job_definition=BATCH, autostart=True, confidential=True)
    august.advance(20)
    job = august("GET", f"/deployments/{made['id']}/jobs").body["jobs"][0]["job"]
    assert august("GET", f"/deployments/{made['id']}/jobs/{job}").body["jobResult"]["status"] == "success"
    assert august("GET", f"/jobs/{job}").body["jobResult"] is None


# -- what a host posts -----------------------------------------------------------------------------------------------


TWO_OPS = {"version": "0.1", "type": "container", "ops": [
    {"type": "container/create-volume", "id": "disk", "args": {"name": "d"}},
    {"type": "container/run", "id": "prepare", "args": {"image": "i", "cmd": "echo ready"},
     "execution": {"group": "first"}},
    {"type": "container/run", "id": "work", "args": {"image": "i", "cmd": "echo loss 0.25"},
     "results": {"loss": r"loss [0-9.]+", "errors": {"regex": "^E", "logType": ["nodeerr"]}, "broken": "("}}]}


def run(api, seconds: float = 20, **fields) -> list[dict]:
    """Create and start, let time pass, and return the details of the jobs, oldest first."""
    made = api.create(autostart=True, **{"job_definition": BATCH, **fields})
    api.advance(seconds)
    return details(api, made["id"])


def details(api, deployment: str) -> list[dict]:
    """The answers about each job, oldest first."""
    path = f"/deployments/{deployment}/jobs"
    jobs = api("GET", f"{path}?sort_order=asc").body["jobs"]
    return [{**api("GET", f"{path}/{job['job']}").body, "job": job["job"]} for job in jobs]


def states(job: dict) -> dict[str, dict]:
    """The states of a job's operations, by their ids."""
    return {state["operationId"]: state for state in job["jobResult"]["opStates"]}


def told(state: dict) -> list[tuple[str, str]]:
    """What was logged, and where."""
    return [(entry["type"], entry["log"].rstrip("\n")) for entry in state["logs"]]


def test_every_operation_has_its_state(august):
    job = run(august, job_definition=TWO_OPS)[0]
    seen = states(job)
    assert {name: (state["status"], state["exitCode"], state["group"]) for name, state in seen.items()} == {
        "disk": ("success", 0, "disk"), "prepare": ("success", 0, "first"), "work": ("success", 0, "work")}
    assert told(seen["prepare"]) == [("stdout", "ready")] and told(seen["work"]) == [("stdout", "loss 0.25")]
    assert seen["work"]["results"] == {"loss": ["loss 0.25"], "errors": [], "broken": []}
    assert "results" not in seen["prepare"] and "error" not in seen["work"]
    assert seen["work"]["diagnostics"] == {"reason": {"hostShutDown": False, "jobStopped": False, "jobExpired": False}}
    assert seen["work"]["logs"][0]["timestamp"].endswith("Z")
    assert job["jobResult"]["startTime"] // 1000 == job["timeStart"]


def test_exit_codes_and_logs_of_single_operations(august):
    august.behave(exit_code={"work": 9}, nodeerr={"work": ["E: out of memory"]},
                  logs={"work": ["step 1", {"type": "stderr", "log": "killed"}]})
    seen = states(run(august, job_definition=TWO_OPS)[0])
    assert (seen["prepare"]["exitCode"], seen["work"]["exitCode"], seen["work"]["status"]) == (0, 9, "failed")
    assert told(seen["prepare"]) == [("stdout", "ready")]
    assert told(seen["work"]) == [("nodeerr", "E: out of memory"), ("stdout", "step 1"), ("stderr", "killed")]
    assert seen["work"]["results"]["errors"] == ["E"]
    august.behave(exit_code=None, nodeerr=None, logs=["same"])
    seen = states(run(august, job_definition=TWO_OPS)[0])
    assert {name: told(state) for name, state in seen.items() if name != "disk"} == {
        "prepare": [("stdout", "same")], "work": [("stdout", "same")]}


def test_one_of_two_replicas_fails(august):
    august.behave(replicas=[{}, {"exit_code": 3, "logs": ["bad luck"]}])
    first, second = (states(job)["hello"] for job in run(august, replicas=2))
    assert (first["exitCode"], told(first)) == (0, [("stdout", "hello world")])
    assert (second["exitCode"], told(second)) == (3, [("stdout", "bad luck")])
    august.behave(replicas=[])
    assert [states(job)["hello"]["exitCode"] for job in run(august, replicas=2)] == [0, 0]


def test_a_replica_keeps_its_settings_when_its_job_is_replaced(august):
    august.behave(replicas=[{}, {"claim_after": None}])
    made = august.create(strategy="INFINITE", replicas=2, autostart=True)
    august.advance(5)
    first, second = details(august, made["id"])
    assert (first["state"], second["state"]) == (1, 0)
    august("PATCH", f"/_control/jobs/{first['job']}", {"state": "COMPLETED"})
    august.advance(5)
    assert [job["state"] for job in details(august, made["id"])] == [2, 0, 1]


@pytest.mark.parametrize("given", ["by the registry's name", "by the control interface"])
def test_an_image_that_can_not_be_had_ends_the_job(august, given):
    image = "registry.invalid/app:1" if given == "by the registry's name" else "app:1"
    if given == "by the control interface":
        august.behave(pull_error="manifest for app:1 not found")
    web = {"type": "container/run", "id": "web", "args": {"image": image, "expose": 80}}
    definition = {**DEFINITION, "ops": [web, {"type": "container/create-volume", "id": "disk", "args": {"name": "d"}}]}
    job = run(august, job_definition=definition)[0]
    seen = states(job)
    assert (job["state"], job["jobResult"]["status"]) == (2, "failed")
    assert (seen["web"]["status"], seen["web"]["exitCode"]) == ("failed", 2)
    (kind, text), = told(seen["web"])
    assert kind == "nodeerr" and "app:1" in text
    assert seen["web"]["error"] == {"event": "image-pull", "message": text}
    assert (seen["disk"]["status"], seen["disk"]["exitCode"]) == ("stopped", None)


def test_a_container_that_never_started_is_never_online(current):
    current.behave(replicas=[{"pull_error": "no such image", "run_for": 100}])
    made = current.create(autostart=True)
    for _second in range(8):
        current.advance(0.5)
        assert not current.get(made["id"])["endpoints"][0]["online"]
    assert current.get(made["id"])["status"] == "STOPPED"


def test_results_that_come_later_or_never(august):
    august.behave(result_after=30)
    job = run(august, seconds=10)[0]
    assert (job["state"], job["jobResult"]) == (2, None)
    assert august("GET", f"/jobs/{job['job']}").body["jobResult"] is None
    august.advance(30)
    assert august("GET", f"/jobs/{job['job']}").body["jobResult"]["status"] == "success"
    august.behave(result_after=None)
    assert run(august, seconds=1000)[0]["jobResult"] is None


def test_a_stopped_and_an_expired_job(august):
    made = august.create(autostart=True)
    august.advance(3)
    august("POST", f"/jobs/{details(august, made['id'])[0]['job']}/stop")
    august.advance(3)
    stopped = details(august, made["id"])[0]
    state = states(stopped)["hello"]
    assert (stopped["state"], stopped["jobResult"]["status"], state["exitCode"]) == (3, "stopped", None)
    assert state["diagnostics"]["reason"]["jobStopped"]
    expired = run(august, seconds=3700, job_definition=DEFINITION)[0]
    state = states(expired)["hello"]
    assert (expired["state"], state["exitCode"], state["status"]) == (2, 137, "stopped")
    assert state["diagnostics"]["reason"]["jobExpired"]


def test_a_queued_job_that_is_stopped_is_delisted_and_has_no_result(august):
    august.behave(claim_after=None)
    made = august.create(autostart=True)
    august.advance(3)
    job = details(august, made["id"])[0]
    assert august("POST", f"/jobs/{job['job']}/stop").body["delisted"] is True
    august.advance(3)
    assert details(august, made["id"])[0]["jobResult"] is None


def test_seeded_jobs_tell_what_happened(august):
    made, = august.seed({"job_definition": BATCH, "jobs": [
        {"state": "COMPLETED", "exit_code": 4, "logs": ["a line"], "nodeerr": ["a complaint"]},
        {"state": "COMPLETED", "pull_error": "no such image"}, {"state": "COMPLETED", "result_after": None}]})
    one, two, three = details(august, made)
    assert (states(one)["hello"]["exitCode"], told(states(one)["hello"])) == (
        4, [("nodeerr", "a complaint"), ("stdout", "a line")])
    assert told(states(two)["hello"]) == [("nodeerr", "no such image")]
    assert three["jobResult"] is None


def test_what_is_settled_is_shown_and_nonsense_is_refused(august):
    answer = august("PUT", "/_control/jobs", {"claim_after": 2, "replicas": [{"claim_after": None, "exit_code": 1}]})
    assert (answer.body["claim_after"], answer.body["result_after"]) == (2, 0)
    assert answer.body["replicas"] == [{"claim_after": None, "exit_code": 1}]
    for wrong in ({"claim_after": "soon"}, {"replicas": [{"claim_after": "soon"}]}, {"logs": "text"}, {"colour": 1},
                  {"logs": [{"type": "video", "log": "x"}]}, {"replicas": [{"list_error": "x"}]}):
        assert august("PUT", "/_control/jobs", wrong).status == 422, wrong


def test_the_state_of_a_job_is_text_on_some_servers(guide):
    assert run(guide)[0]["state"] == "COMPLETED"

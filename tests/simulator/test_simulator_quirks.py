# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What some real servers do and others don't, as tests switch it on."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request

import pytest
from simulator_api import CREATE, DEFINITION, MARKET


def server(api, **settings) -> None:
    """Let the server have these ways."""
    answer = api("PUT", "/_control/server", settings)
    assert answer.status == 200, answer.body


def jobs(api, made: dict) -> list[dict]:
    """The jobs of a deployment."""
    return api("GET", f"/deployments/{made['id']}/jobs").body["jobs"]


def tasks(api, made: dict) -> list[dict]:
    """The tasks of a deployment."""
    return api("GET", f"/deployments/{made['id']}/tasks").body["tasks"]


def test_changes_that_are_seen_late(august):
    made = august.create(autostart=True)
    august.advance(5)
    server(august, sees_changes_after=4)
    august("PATCH", f"/deployments/{made['id']}/update-replica-count", {"replicas": 2})
    august.advance(3.9)
    assert tasks(august, made) == [] and len(jobs(august, made)) == 1
    august.advance(0.2)
    assert [task["task"] for task in tasks(august, made)] == ["LIST"]
    august.advance(1)
    assert len(jobs(august, made)) == 2
    server(august, sees_changes_after=None)
    august("PATCH", f"/deployments/{made['id']}/update-replica-count", {"replicas": 3})
    august.advance(0.2)
    assert len(tasks(august, made)) == 1


@pytest.mark.parametrize("release", ["2026-08", "current"])
def test_a_first_listing_that_takes_long_and_fails(august, release):
    august.reset(release)
    server(august, list_takes=3)
    august.behave(list_error="no luck", list_error_times=1)
    made = august.create(autostart=True)
    august.advance(2)
    # It is in work: due, and neither done nor failed.
    task, = tasks(august, made)
    assert task["due_at"] <= august("GET", "/_control/health").body["now"] and jobs(august, made) == []
    august("PATCH", f"/deployments/{made['id']}/update-replica-count", {"replicas": 3})
    august.advance(2.5)
    events = august("GET", f"/deployments/{made['id']}/events").body["events"]
    assert [event["message"] for event in events if event["type"] == "JOB_LIST_ERROR"] == ["no luck"]
    august.advance(8)
    assert len(jobs(august, made)) == 3  # by the LIST of the change
    august.advance(40)
    assert len(jobs(august, made)) == 4  # and one more, by the one that failed


def test_a_listing_that_is_stopped_while_it_is_in_work(august):
    server(august, list_takes=3)
    made = august.create(autostart=True)
    august.advance(2)
    assert august("POST", f"/deployments/{made['id']}/stop").status == 200
    august.advance(20)
    assert august.get(made["id"])["status"] == "STOPPED" and tasks(august, made) == []


@pytest.mark.parametrize("shown", [True, False])
def test_a_result_that_comes_late_with_and_without_an_end(august, shown):
    august.behave(result_after=4, shows_end=shown)
    made = august.create(autostart=True)
    august.advance(3)
    path = f"/deployments/{made['id']}/jobs/{jobs(august, made)[0]['job']}"
    august("PATCH", f"/_control/jobs/{jobs(august, made)[0]['job']}", {"state": "COMPLETED"})
    answer = august("GET", path).body
    assert (answer["state"], answer["jobResult"], answer["timeEnd"] > 0) == (2, None, shown)
    august.advance(4)
    assert august("GET", path).body["jobResult"]["status"] == "success"


def test_fields_that_are_null_or_missing(august):
    made = august.create(autostart=True)
    august.advance(5)
    server(august, answers=[{"operation": "get", "set": {"market": None, "status": "PAUSED"}, "without": ["endpoints"]},
                            {"operation": "jobs", "without": ["revision"]},
                            {"operation": "list", "set": {"replicas": None}}])
    seen = august.get(made["id"])
    assert (seen["market"], seen["status"], "endpoints" in seen) == (None, "PAUSED", False)
    answer = august("GET", f"/deployments/{made['id']}/jobs").body
    assert "revision" not in answer["jobs"][0] and answer["pagination"]["total_items"] == 1
    assert [entry["replicas"] for entry in august("GET", "/deployments").body["deployments"]] == [None]
    server(august, answers=[])
    assert august.get(made["id"])["market"] == MARKET


def test_keys_added_to_the_meta_of_definitions(august):
    server(august, added_meta={"checked_by": "the server"})
    made = august.create()
    path = f"/deployments/{made['id']}/revisions"
    stored = august("GET", path).body["revisions"][0]["job_definition"]
    assert stored["meta"] == {"trigger": "deployment-manager", "checked_by": "the server"}
    assert DEFINITION["meta"] == {"trigger": "cli"}


@pytest.mark.parametrize("status, action", [("STARTING", "start"), ("STOPPING", "stop")])
def test_a_status_that_never_ends(august, status, action):
    made = august.create(autostart=action == "stop")
    august.advance(5)
    server(august, stuck=[status])
    assert august("POST", f"/deployments/{made['id']}/{action}").status == 200
    august.advance(10_000)
    assert august.get(made["id"])["status"] == status
    assert all(job["state"] == "STOPPED" for job in jobs(august, made))
    assert august("PUT", "/_control/server", {"stuck": ["RUNNING"]}).status == 422


def test_an_unknown_status_can_be_seeded(current):
    one, = current.seed({"status": "PAUSED"})
    assert current.get(one)["status"] == "PAUSED"
    assert len(current("GET", "/deployments?status=PAUSED").body["deployments"]) == 1
    assert current("POST", f"/deployments/{one}/start").status == 500


def test_endpoints_that_come_online_late_without_a_word(current):
    server(current, online_after=20, online_is_told=False)
    made = current.create(autostart=True)
    current.advance(21)
    assert [end["online"] for end in current.get(made["id"])["endpoints"]] == [False]
    current.advance(2)
    assert [end["online"] for end in current.get(made["id"])["endpoints"]] == [True]


@pytest.mark.parametrize("status", [503, 404])
def test_endpoints_that_can_be_asked(august, status):
    server(august, serves_endpoints=True, offline_status=status, online_after=10)
    made = august.create(autostart=True)
    url = made["endpoints"][0]["url"]
    august.advance(5)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url, timeout=10)
    with refused.value:
        assert refused.value.code == status
    august.advance(10)
    with urllib.request.urlopen(url + "/any/path", timeout=10) as answer:
        assert (answer.status, answer.read()) == (200, b"it works")
    assert all(entry["path"].startswith("/api/") for entry in august.requests())


@pytest.mark.parametrize("form, offered", [
    ("set", {("PATCH", "update-ssh-keys")}), ("edit", {("POST", "ssh-keys"), ("DELETE", "ssh-keys")}),
    ("both", {("PATCH", "update-ssh-keys"), ("POST", "ssh-keys"), ("DELETE", "ssh-keys")})])
def test_the_forms_in_which_ssh_keys_are_changed(current, form, offered):
    path = f"/deployments/{current.create()['id']}/"
    server(current, ssh_keys=form)
    paths = current("GET", "/openapi.json", key=None).body["paths"]
    for method, route in (("PATCH", "update-ssh-keys"), ("POST", "ssh-keys"), ("DELETE", "ssh-keys")):
        answer = current(method, path + route, {"public_keys": []})
        assert answer.status == (200 if (method, route) in offered else 404), route
        described = method.lower() in paths.get(f"/api/deployments/{{deployment}}/{route}", {})
        assert described == ((method, route) in offered)
    assert current("GET", path + "ssh-keys").status == 200
    assert current("PUT", "/_control/server", {"ssh_keys": "none"}).status == 422


def test_the_gateway_s_form_of_what_is_missing(current):
    server(current, missing_as_message=True)
    answer = current("GET", f"/deployments/{MARKET}")
    assert (answer.status, answer.body) == (404, {"message": "Deployment not found.", "code": "NOT_FOUND"})
    assert "statusCode" in current("GET", "/nowhere").body
    assert current("POST", f"/deployments/{MARKET}/stop").body["code"] == "NOT_FOUND"


def test_a_reset_brings_the_usual_ways_back(august):
    server(august, sees_changes_after=100, stuck=["STARTING"], answers=[{"operation": "get", "set": {"name": "x"}}])
    august.behave(list_error="no luck")
    august.reset()
    made = august("POST", "/deployments/create", {**CREATE, "autostart": True}).body
    august.advance(5)
    seen = august.get(made["id"])
    assert (seen["name"], seen["status"], seen["active_jobs"]) == ("a", "RUNNING", 1)
    for wrong in ({"colour": 1}, {"list_takes": None}, {"answers": [{"set": {}}]}, [], None):
        assert august("PUT", "/_control/server", wrong).status == 422, wrong


def test_a_stream_goes_on_when_its_deployment_is_deleted(august):
    made = august.create(autostart=True)
    path = f"/deployments/{made['id']}"
    august.advance(5)
    august("POST", f"{path}/stop")
    august.advance(5)
    august.behave(claim_after=60)
    august("POST", f"{path}/create-revision", DEFINITION)  # its job is listed, although nothing was started
    august.advance(5)
    listener = http.client.HTTPConnection("127.0.0.1", august.port, timeout=10)
    listener.request("GET", f"/api{path}/stream", headers={"Authorization": "Bearer nos_x"})
    stream = listener.getresponse()
    first = [json.loads(line[6:]) for line in (stream.readline(), stream.readline(), stream.readline()) if line.strip()]
    assert [(frame["type"], frame.get("status") or frame["state"]) for frame in first] == [
        ("deployment", "STOPPED"), ("job", "QUEUED")]
    assert august("DELETE", path).status == 204
    august.advance(60)
    stream.readline()
    frame = json.loads(stream.readline()[6:])
    assert (frame["type"], frame["job"], frame["state"]) == ("job", first[1]["job"], "RUNNING")
    listener.close()
    assert august("GET", f"{path}/stream").body == {"error": "Deployment not found."}

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs: of a deployment, and by their address, in whichever form the API tells of them."""

from __future__ import annotations

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions, NosanaError, Refused
from ansible_collections.nosana.cloud.plugins.module_utils._jobs.find import find

from .fake_client import FakeClient, refused

DEPLOYMENT = "8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ"
A, B, C = ("DdpX2tZsEUt6mYVdB8PzjY2aKBjTgTz5sTtPsiG7Ymq" + end for end in "abc")
NODE = "7hVQ3bYJmT6bK1dV1c2pN9nWvE5YxkqJt4sZr8uFgLmA"
NOBODY = "1" * 32


def listed(job, state, created, **more):
    return {"job": job, "deployment": DEPLOYMENT, "state": state, "node": NODE, "created_at": created, **more}


LIST = {
    "jobs": [
        listed(A, "COMPLETED", "2026-08-21T10:00:00.000Z", revision=1),
        listed(B, 1, "2026-08-21T12:00:00.000Z", node=NOBODY),
        listed(C, "QUEUED", "2026-08-21T11:00:00.000Z", node=None),
    ]
}
DEFINITION = {"version": "0.1", "type": "container", "deployment_id": DEPLOYMENT, "ops": []}
CHAIN = {"state": 1, "node": NODE, "market": "m", "timeStart": 5, "timeEnd": 0, "timeout": 3600, "price": 0}
DETAILS = {
    "state": 2,
    "jobDefinition": {"ops": [{"id": "a", "type": "container/run", "args": {"env": {"API_TOKEN": "hush-hush"}}}]},
    "jobResult": {
        "status": "success",
        "opStates": [{"operationId": "a", "exitCode": 0, "logs": [{"type": "stdout", "log": "said hush-hush\n"}]}],
    },
}


def addresses(client, **filters):
    return [job["job"] for job in find(client, {"deployment_id": DEPLOYMENT, **filters})]


def test_jobs_of_a_deployment_newest_first_with_their_state_in_words():
    found = find(FakeClient(list_jobs=LIST), {"deployment_id": DEPLOYMENT})
    assert [job["job"] for job in found] == [B, C, A]
    assert [job["state"] for job in found] == ["RUNNING", "QUEUED", "COMPLETED"]
    assert [job["node"] for job in found] == [None, None, NODE]
    assert found[2]["revision"] == 1


def test_filters_hold_on_servers_that_ignore_them():
    client = FakeClient(list_jobs=LIST)
    assert addresses(client, state=["RUNNING", "QUEUED"]) == [B, C]
    assert addresses(client, state=["STOPPED"]) == []
    assert addresses(client, job=A) == [A]
    assert addresses(client, job=A, state=["QUEUED"]) == []
    assert addresses(client, max_results=1) == [B]


def test_what_is_included_costs_one_request_for_each_job():
    client = FakeClient(list_jobs=LIST, get_job=DETAILS)
    filters = {"deployment_id": DEPLOYMENT, "job": A, "include": ["definition", "result", "logs"]}
    [job] = find(client, filters)
    assert [call[1] for call in client.calls("get_job")] == [{"id": DEPLOYMENT, "job": A}]
    assert job["definition"]["ops"][0]["args"]["env"] == {"API_TOKEN": "<VALUE_HIDDEN_1>"}
    assert job["result"]["verdict"] == "succeeded"
    assert job["logs"] == [{"operation": "a", "lines": ["said <VALUE_HIDDEN_1>"]}]


def test_nothing_is_included_unless_it_is_asked_for():
    client = FakeClient(list_jobs=LIST)
    [job] = find(client, {"deployment_id": DEPLOYMENT, "job": A, "include": []})
    assert not {"definition", "result", "logs"} & set(job)


def test_by_its_address_a_job_is_found_with_its_deployment():
    client = FakeClient(get_job_by_address=dict(CHAIN, jobDefinition=DEFINITION), list_jobs=LIST, get_job=DETAILS)
    [job] = find(client, {"job": A, "include": ["result"]})
    assert (job["deployment"], job["state"], job["revision"], job["timeout"]) == (DEPLOYMENT, "RUNNING", 1, 3600)
    assert (job["time_start"], job["time_end"], job["node"]) == (5, 0, NODE)
    assert job["result"]["verdict"] == "succeeded"


@pytest.mark.parametrize(
    ("definition", "jobs"),
    [
        (None, LIST),  # confidential
        ("no definition", LIST),
        ({"ops": []}, LIST),  # listed without a deployment
        (dict(DEFINITION, deployment_id="../../x"), LIST),
        (DEFINITION, refused(404, b'{"error": "Deployment not found."}')),  # of another account
        (DEFINITION, {"jobs": []}),  # it only claims to be of that deployment
    ],
)
def test_a_job_whose_deployment_is_not_known_is_told_of_as_far_as_can_be(definition, jobs):
    client = FakeClient(get_job_by_address=dict(CHAIN, jobDefinition=definition), list_jobs=jobs)
    [job] = find(client, {"job": A, "include": ["definition", "result"]})
    assert (job["job"], job["deployment"], job["state"]) == (A, None, "RUNNING")
    assert job["result"]["reason"] == "the job has not ended: it is RUNNING"
    assert job["definition"] == (definition if isinstance(definition, dict) else None)
    assert not client.calls("get_job")


def test_by_its_address_a_job_is_filtered_too():
    client = FakeClient(get_job_by_address=CHAIN)
    assert find(client, {"job": A, "state": ["QUEUED"]}) == []
    assert len(find(client, {"job": A, "state": ["RUNNING"]})) == 1


@pytest.mark.parametrize(
    "content",
    [b'{"error": "Job not found"}', b'{"message": "Job does not exist", "statusCode": 404}', b'"No such job"'],
)
def test_an_unknown_address_gives_an_empty_list(content):
    assert find(FakeClient(get_job_by_address=refused(404, content)), {"job": A}) == []


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (refused(404, b"<html><title>404</title></html>"), "No Nosana API seems to be at"),
        (refused(404, b'{"message": "Route GET:/api/jobs/x not found", "statusCode": 404}'), "does not know this"),
        (refused(403, b'{"message": "Insufficient scope: jobs:read"}'), "lacks a permission"),
    ],
)
def test_other_answers_are_no_empty_list(problem, text):
    with pytest.raises(Refused, match=text):
        find(FakeClient(get_job_by_address=problem), {"job": A})


@pytest.mark.parametrize("answer", [None, [], "x", {}, {"state": None}])
def test_an_answer_that_is_no_job_fails(answer):
    with pytest.raises(NosanaError, match="the server's answer is no job"):
        find(FakeClient(get_job_by_address=answer), {"job": A})


@pytest.mark.parametrize(
    ("filters", "text"),
    [
        ({"deployment_id": "x"}, "deployment_id: 'x' is no deployment's id"),
        ({"deployment_id": DEPLOYMENT, "job": "nope"}, "job: 'nope' is no job's address"),
        ({"job": ""}, "job: '' is no job's address"),
        ({"job": A, "max_results": 0}, "max_results: must be 1 or more, not 0"),
    ],
)
def test_bad_input_is_refused_before_any_request(filters, text):
    client = FakeClient()
    with pytest.raises(InvalidOptions, match=text):
        find(client, filters)
    assert not client.seen


def test_an_unknown_deployment_fails():
    client = FakeClient(list_jobs=refused(404, b'{"error": "Deployment not found."}'))
    with pytest.raises(InvalidOptions, match="deployment_id: no deployment of this account is " + DEPLOYMENT):
        find(client, {"deployment_id": DEPLOYMENT})

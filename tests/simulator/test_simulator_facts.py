# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorded answers of the August 2026 server, asked of the simulator."""

from __future__ import annotations

import re

import facts_2026_08 as facts
import pytest
from simulator_api import DEFINITION, MARKET

KEY = re.compile(r"^[1-9A-HJ-NP-Za-km-z]{43,44}$")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
URL = re.compile(r"^https://[0-9A-Za-z]+\.node\.k8s\.(prd|dev)\.nos\.ci$")


@pytest.fixture
def api(august):
    """The server as it was set up for the recording: definitions were confidential unless they said otherwise."""
    return august.reset("2026-08", confidential_default=True)


def plain(created: dict) -> dict:
    """A deployment without what differs from one to the next, all of it checked."""
    for name in ("id", "vault", "owner"):
        assert KEY.match(created[name])
    for name in ("created_at", "updated_at"):
        assert TIME.match(created[name])
    assert all(URL.match(end["url"]) for end in created["endpoints"])
    shown = {name: value for name, value in created.items()
             if name not in ("id", "vault", "owner", "created_at", "updated_at")}
    shown["endpoints"] = [(end["opId"], end["port"]) for end in created["endpoints"]]
    return shown


PLAIN = {"name": "a", "market": MARKET, "status": "DRAFT", "replicas": 1, "timeout": 60,
         "endpoints": [("hello", 8080)], "confidential": True, "active_revision": 1, "active_jobs": 0,
         "strategy": "SIMPLE"}


def revision(number: int, deployment: str, definition: dict) -> dict:
    """A revision as the server stores it, less its hash and time."""
    stored = {**definition, "deployment_id": deployment, "meta": {"trigger": "deployment-manager"}}
    return {"revision": number, "deployment": deployment, "job_definition": stored}


def strip(revisions: list[dict]) -> list[dict]:
    """Revisions less their hashes and times."""
    assert all(TIME.match(entry["created_at"]) and entry["ipfs_definition_hash"].startswith("Qm")
               for entry in revisions)
    return [{name: entry[name] for name in ("revision", "deployment", "job_definition")} for entry in revisions]


def test_without_a_key(api):
    answer = api("GET", "/deployments", key=None)
    assert (answer.status, answer.body) == (401, "Unauthorized, missing or invalid headers")


def test_an_empty_account(api):
    answer = api("GET", "/deployments")
    assert (answer.status, answer.body) == (200, {"deployments": [], "pagination": facts.NO_PAGES})


def test_a_new_deployment(api):
    made = api.create()
    assert plain(made) == PLAIN
    assert api.get(made["id"]) == made
    answer = api("GET", f"/deployments/{made['id']}/revisions")
    assert strip(answer.body["revisions"]) == [revision(1, made["id"], DEFINITION)]
    assert answer.body["pagination"] == {**facts.NO_PAGES, "total_items": 1}
    for name in ("jobs", "events", "tasks"):
        answer = api("GET", f"/deployments/{made['id']}/{name}")
        assert answer.body == {name: [], "pagination": facts.NO_PAGES}
    answer = api("GET", f"/deployments/{made['id']}/jobs/{MARKET}")
    assert (answer.status, answer.body) == (404, {"error": "Job not found"})


def test_an_unknown_deployment(api):
    answer = api("GET", f"/deployments/{MARKET}")
    assert (answer.status, answer.body) == (404, {"error": "Deployment not found."})
    answer = api("GET", "/deployments/nope")
    assert (answer.status, answer.body) == (
        400, facts.invalid("params/deployment must NOT have fewer than 43 characters"))


@pytest.mark.parametrize("note", facts.CREATED)
def test_created(api, note):
    asked, told = facts.CREATED[note]
    assert plain(api.create(**asked)) == {**PLAIN, **told}


@pytest.mark.parametrize("note", facts.REFUSED)
def test_create_refused(api, note):
    body, told = facts.REFUSED[note]
    answer = api("POST", "/deployments/create", body)
    assert (answer.status, answer.body) == (400, told)
    assert api("GET", "/deployments").body["pagination"]["total_items"] == 0


@pytest.mark.parametrize("raw", ["{bad", ""])
def test_bodies_that_are_no_json(api, raw):
    answer = api("POST", "/deployments/create", raw=raw)
    assert (answer.status, answer.body) == (500, facts.BROKEN)


def test_listings(api):
    first = api.create()
    for asked, _told in facts.CREATED.values():
        api.create(**asked)
    api.advance(1)  # the one with autostart is RUNNING by then
    for query, told in facts.LISTED.items():
        answer = api("GET", f"/deployments?{query}")
        if isinstance(told, dict):
            assert (answer.status, answer.body) == (400, told), query
            continue
        seen = answer.body["deployments"], answer.body["pagination"]
        assert (len(seen[0]), seen[1]["total_items"]) == told, query
        assert (seen[1]["cursor_next"] is not None) == (told[0] < told[1]), query
    assert api("GET", "/deployments?sort_order=asc").body["deployments"][0]["id"] == first["id"]
    answer = api("GET", "/deployments?limit=10&cursor=zzz")
    assert (answer.status, answer.body) == (500, facts.BROKEN)


def test_changes_of_a_draft(api):
    made = api.create()
    for path, body, status, told in facts.PATCHED:
        answer = api("PATCH", f"/deployments/{made['id']}/{path}", body)
        if status == 200:
            assert TIME.match(answer.body.pop("updated_at"))
        assert (answer.status, answer.body) == (status, told), (path, body)


def test_revisions(api):
    made = api.create()
    path = f"/deployments/{made['id']}"
    one, two = revision(1, made["id"], DEFINITION), revision(2, made["id"], facts.SECOND)
    answer = api("POST", f"{path}/create-revision", facts.SECOND)
    assert answer.status == 200 and sorted(answer.body) == ["active_revision", "endpoints", "revisions", "updated_at"]
    assert (answer.body["active_revision"], strip(answer.body["revisions"])) == (2, [one, two])
    ends = answer.body["endpoints"]
    assert [(end["opId"], end["port"]) for end in ends] == [("hello", 80), ("hello", 90)]
    assert ends[0]["url"] == ends[1]["url"] == made["endpoints"][0]["url"]
    answer = api("POST", f"{path}/create-revision", {"job_definition": DEFINITION})
    assert (answer.status, answer.body) == (400, facts.WRAPPED)
    for _time in range(2):
        answer = api("PATCH", f"{path}/update-active-revision", {"active_revision": 1})
        assert answer.status == 200 and TIME.match(answer.body.pop("updated_at"))
        assert answer.body == {"active_revision": 1, "endpoints": made["endpoints"]}
    answer = api("POST", f"{path}/create-revision", DEFINITION)
    again = revision(2, made["id"], DEFINITION)
    assert (answer.body["active_revision"], strip(answer.body["revisions"])) == (2, [one, two, again])
    assert answer.body["endpoints"] == made["endpoints"]
    answer = api("GET", f"{path}/revisions")
    assert strip(answer.body["revisions"]) == [again, two, one]
    assert answer.body["pagination"]["total_items"] == 3
    answer = api("GET", f"{path}/revisions?revision=2")
    assert (answer.status, answer.body) == (400, facts.invalid("querystring/revision must be number"))


def test_routes_of_the_seed_document_are_unknown(api):
    path = f"/deployments/{api.create()['id']}"
    for method, route, body in (("POST", "/deployments/x/y/z/q", None),
                                ("PATCH", f"{path}/update-replicas", {"replicas": 3}),
                                ("POST", f"{path}/revisions", {"job_definition": DEFINITION}),
                                ("GET", f"{path}/start", None)):
        for key in ("nos_test", None):
            answer = api(method, route, body, key=key)
            assert (answer.status, answer.body) == (404, facts.no_route(method, "/api" + route))


def test_start_with_an_empty_body_announced_as_json(api):
    path = f"/deployments/{api.create()['id']}"
    answer = api("POST", f"{path}/start", raw="")
    assert (answer.status, answer.body) == (500, facts.BROKEN)
    answer = api("POST", f"{path}/start")
    assert answer.status == 200 and TIME.match(answer.body.pop("updated_at"))
    assert answer.body == {"status": "STARTING"}


@pytest.mark.parametrize("status", facts.STATUS_TABLE)
def test_status_table(api, status):
    answers = {"start": {"status": "STARTING"}, "stop": {"status": "STOPPING"}, "archive": {"status": "ARCHIVED"},
               "replicas": {"replicas": 2}, "timeout": {"timeout": 70}, "name": {"name": "n"}}
    for name, (method, path, body) in facts.OPERATIONS.items():
        made = api.create()
        assert api("PATCH", f"/_control/deployments/{made['id']}", {"status": status}).status == 200
        answer = api(method, f"/deployments/{made['id']}{path}", body)
        expected, told = facts.STATUS_TABLE[status][name]
        assert answer.status == expected, (status, name, answer.body)
        if told is not None:
            assert answer.body == told, (status, name)
        elif name in answers:
            answer.body.pop("updated_at")
            assert answer.body == answers[name]
        elif name == "delete":
            assert answer.body == "" and api("GET", f"/deployments/{made['id']}").status == 404
        elif name in ("tasks", "jobs", "events"):
            assert answer.body == {name: [], "pagination": facts.NO_PAGES}
        elif name == "get":
            assert plain(answer.body) == {**PLAIN, "status": status}
        else:
            assert answer.body["active_revision"] == (2 if name == "revision" else 1)
    assert len(facts.STATUS_TABLE) * len(facts.OPERATIONS) == 104

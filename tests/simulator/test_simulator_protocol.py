# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the web framework of the real server makes of methods, paths, bodies, parameters and cursors."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest
from simulator_api import MARKET


def ids(answer) -> list[str]:
    """The ids in a listing."""
    return [entry["id"] for entry in answer.body["deployments"]]


@pytest.mark.parametrize("path", ["/deployments", f"/deployments/{MARKET}", "/nowhere"])
def test_options(august, path):
    answer = august("OPTIONS", path, key=None)
    assert (answer.status, answer.body) == (400, "Invalid Preflight Request")
    assert answer.headers["content-type"] == "text/plain"
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    assert august("OPTIONS", path, key=None, headers=asked).status == 204


def test_head_is_get_without_a_body(august):
    made = august.create()
    for path in ("/deployments", f"/deployments/{made['id']}"):
        answer = august("HEAD", path)
        assert (answer.status, answer.body) == (200, ""), path
    assert int(august("HEAD", "/deployments").headers["content-length"]) > 100
    assert august("HEAD", "/deployments", key=None).status == 401
    for path in ("/nowhere", f"/deployments/{made['id']}/stream"):  # which would never end
        assert august("HEAD", path, key=None).status == 404
    assert not any(entry["mutating"] for entry in august.requests() if entry["method"] == "HEAD")


def test_head_does_not_do_what_a_get_of_the_seed_document_does(guide):
    made = guide.create()
    assert guide("HEAD", f"/deployments/{made['id']}/start").status == 404
    assert guide.get(made["id"])["status"] == "DRAFT"


@pytest.mark.parametrize("path, status", [
    (f"/deployments/{MARKET}/", 404), ("/deployments/", 400), ("/deployments//jobs", 400),
    (f"/deployments/{MARKET}/jobs/", 400), ("/jobs/", 400), ("//deployments", 404), ("/Deployments", 404),
    ("/deploy%6Dents", 200), ("/deployments/a%2Fb", 400), ("/deployments/%E0%A4%A", 400), ("/deployments%zz", 400)])
def test_paths(august, path, status):
    answer = august("GET", path)
    assert answer.status == status, answer.body
    if "%E" in path or "%z" in path:
        assert answer.body == {"error": "Bad Request", "code": "FST_ERR_BAD_URL", "statusCode": 400,
                               "message": f"'/api{path}' is not a valid url component"}
    elif status == 400:
        assert "must NOT have fewer than 43 characters" in answer.body["message"]


def test_a_body_announced_as_plain_text_is_a_text(august):
    made, plain = august.create(), {"Content-Type": "text/plain; charset=utf-8"}
    path = f"/deployments/{made['id']}"
    for text in ('{"replicas": 2}', ""):
        answer = august("PATCH", path + "/update-replica-count", raw=text, headers=plain)
        assert (answer.status, answer.body["message"]) == (400, "body must be object")
    assert august("POST", "/deployments/create", raw="x", headers=plain).body == {"error": "Bad Request"}
    assert august("POST", path + "/start", raw="x", headers=plain).status == 200


def test_bodies_are_utf8_without_a_mark(august):
    path = f"/deployments/{august.create()['id']}/update-replica-count"
    for raw in ('{"replicas": 2}'.encode("utf-8-sig"), '{"replicas": 2}'.encode("utf-16")):
        answer = august("PATCH", path, raw=raw, headers={"Content-Type": "application/json"})
        assert (answer.status, answer.body) == (500, {"error": "Internal Server Error"})


@pytest.mark.parametrize("query, message", [
    ("includeTime=1", "includeTime must be equal to constant"), ("includeTime=", "must match a schema in anyOf"),
    ("includeTime=TRUE", "must be equal to constant"), ("includeTime=true&includeTime=true", "must be string"),
    ("message=", "message must NOT have fewer than 1 characters"), ("message=a&message=b", "message must be string")])
def test_parameters_of_the_header(august, query, message):
    path = f"/deployments/{august.create()['id']}/header"
    answer = august("GET", f"{path}?{query}")
    assert answer.status == 400 and message in answer.body["message"], answer.body
    for right in ("", "?includeTime=false", "?foo=1", "?message=x&includeTime=true"):
        assert august("GET", path + right).status == 200


def test_a_revision_below_the_first_is_no_revision(august):
    path = f"/deployments/{august.create()['id']}/update-active-revision"
    for number in (0, -1, 0.5):
        answer = august("PATCH", path, {"active_revision": number})
        assert (answer.status, answer.body) == (400, {"error": "Bad Request"})


def test_vaults(august):
    made = august.create()
    answer = august("GET", "/deployments/vaults")
    assert answer.status == 200 and [one["vault"] for one in answer.body] == [made["vault"]]
    assert sorted(answer.body[0]) == ["created_at", "owner", "vault"]


# -- cursors ---------------------------------------------------------------------------------------------------------


def cursor(value: object) -> str:
    """A cursor made by hand."""
    return quote(base64.b64encode(json.dumps(value).encode()).decode())


GOOD_CURSOR = {"sort_field_value": "2030-01-01T00:00:00.000Z", "_id": "0" * 24, "direction": "next"}


@pytest.mark.parametrize("listing, text", [
    ("", "Internal Server Error"), ("/jobs", "Failed to get deployment jobs"),
    ("/events", "Failed to get deployment events"), ("/revisions", "Failed to get deployment revisions"),
    ("/tasks", "Failed to get scheduled tasks")])
def test_broken_cursors(august, listing, text):
    made = august.create()
    path = f"/deployments/{made['id']}{listing}" if listing else "/deployments"
    wrong = ["zzz", "%25", cursor([]), cursor(5), cursor({}), cursor({**GOOD_CURSOR, "direction": "up"}),
             cursor({**GOOD_CURSOR, "_id": 5}), cursor({**GOOD_CURSOR, "_id": "x"}),
             cursor({"_id": "0" * 24, "direction": "next"})]
    for text_of_cursor in wrong:
        answer = august("GET", f"{path}?cursor={text_of_cursor}")
        assert (answer.status, answer.body) == (500, {"error": text}), text_of_cursor


def test_cursors_made_by_hand(august):
    ids_made = [august.create()["id"] for _number in range(3)]

    def listed(**fields: object) -> list[str]:
        answer = august("GET", f"/deployments?cursor={cursor({**GOOD_CURSOR, **fields})}")
        assert answer.status == 200
        return ids(answer)
    assert listed() == ids_made[::-1]
    assert listed(direction="prev") == []
    # What is no time in the server's own form is before and after nothing.
    for moment in (5, None, "2030-01-01", "2030-01-01T00:00:00Z"):
        assert listed(sort_field_value=moment) == []
    spaced = cursor(GOOD_CURSOR).replace("A", "%0AA", 1)
    assert ids(august("GET", f"/deployments?cursor={spaced}")) == ids_made[::-1]

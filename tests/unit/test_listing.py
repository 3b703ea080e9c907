# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deployments found by filters: statuses that this version does not know, and how many requests that takes; times."""

from __future__ import annotations

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions, Unsupported
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.listing import find, full_time
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

from .fake_client import ROUTE_UNKNOWN, FakeClient
from .test_hosts import an_id


class Account:
    """A client of a server that pages, and filters by status as the API does: it knows its own statuses, and lists
    none for a word that it does not know."""

    base = "https://api.example/api"

    def __init__(self, *statuses, totals=True):
        self.deployments = [{"id": an_id(number), "status": status} for number, status in enumerate(statuses)]
        self.totals = totals
        self.requests = 0

    def call(self, name, query=None, **ids):
        assert name == "list_deployments" and not ids
        self.requests += 1
        wanted = query["status"].split(",") if query.get("status") else None
        found = [one for one in self.deployments if wanted is None or one["status"] in wanted]
        start, limit = int(query.get("cursor") or 0), query["limit"]
        end = start + limit
        pagination = {"cursor_next": str(end) if end < len(found) else None}
        if self.totals:
            pagination["total_items"] = len(found)
        return {"deployments": found[start:end], "pagination": pagination}

    def pages(self, name, field, query=None, at_least=None, keep=None, **ids):
        items, query = [], dict(query or {}, limit=100)
        while True:
            answer = self.call(name, query=query, **ids)
            items += filter(keep, answer[field])
            query["cursor"] = answer["pagination"]["cursor_next"]
            if not query["cursor"] or at_least is not None and len(items) >= at_least:
                return items


def statuses(account, **filters):
    return sorted(one["status"] for one in find(account, filters))


@pytest.mark.parametrize(
    ("account", "requests"),
    [
        (["RUNNING"] * 3 + ["ARCHIVED"] * 90, 1),
        (["PAUSING"] * 2 + ["RUNNING"], 1),
        (["RUNNING"] * 1000, 10),
        (["RUNNING"] * 3 + ["ARCHIVED"] * 900, 10),
        (["RUNNING"] * 3 + ["ARCHIVED"] * 5000, 3),
        (["RUNNING"] * 1500, 17),
        (["ARCHIVED"] * 1500 + ["PAUSING"] + ["RUNNING"], 17),
    ],
)
def test_every_status_but_archived_is_listed_with_few_requests(account, requests):
    server = Account(*account)
    assert statuses(server) == sorted(status for status in account if status != d.ARCHIVED)
    assert server.requests == requests


def test_a_server_that_gives_no_totals_is_read_to_the_end():
    account = ["ARCHIVED"] * 1500 + ["PAUSING"]
    assert statuses(Account(*account, totals=False)) == ["PAUSING"]


def test_a_status_filter_lists_just_these():
    server = Account("RUNNING", "PAUSING", "ARCHIVED", "ARCHIVED")
    assert statuses(server, status=["ARCHIVED"]) == ["ARCHIVED"] * 2
    assert statuses(server, status=["RUNNING", "DRAFT"]) == ["RUNNING"]


def test_no_more_is_read_than_is_to_be_listed():
    server = Account(*["RUNNING"] * 900)
    assert len(find(server, {"max_results": 2})) == 2 and server.requests == 1
    assert len(find(server, {"max_results": 101})) == 101 and server.requests == 3


@pytest.mark.parametrize("status", [*d.STATUSES, "PAUSING", None])
def test_by_its_id_a_deployment_is_found_in_any_status(status):
    key = an_id(1)
    (found,) = find(FakeClient(get_deployment={"id": key, "status": status}), {"id": key})
    assert found["status"] == status


def test_every_known_field_is_there():
    (found,) = find(Account("RUNNING"), {})
    assert set(found) == set(d.KNOWN_FIELDS)
    assert {key for key, value in found.items() if value is not None} == {"id", "status"}
    assert {"schedule", "rotation_time", "startup_timeout", "requirements", "endpoints", "active_jobs"} <= set(found)
    assert d.complete({"new": 1, "market": "m"})["new"] == 1


@pytest.mark.parametrize("filters", [{}, {"status": ["RUNNING"]}])
def test_a_wrong_path_is_told_without_the_query(filters):
    with pytest.raises(Unsupported, match=r"^the API at \S+ does not list deployments: check api_url$"):
        find(FakeClient(list_deployments=ROUTE_UNKNOWN), filters)


@pytest.mark.parametrize(
    "text",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00.000+00:01", "0000-01-01", "x", ""],
)
def test_times_that_are_none(text):
    with pytest.raises(InvalidOptions, match="created_after: .* is no time; write it like 2026-08-21 or"):
        full_time("created_after", text)


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("2026-08-21", "2026-08-21T00:00:00.000Z"),
        ("2026-08-21T10:00:00+02:00", "2026-08-21T08:00:00.000Z"),
        ("0001-01-01", "0001-01-01T00:00:00.000Z"),
    ],
)
def test_times(text, full):
    assert full_time("created_after", text) == full

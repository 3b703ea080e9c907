# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``include`` reads of many deployments is read several at a time: in order, each once, failures as from one."""

from __future__ import annotations

import pytest

from ansible_collections.nosana.cloud.plugins.modules import (
    nosana_deployment_info,
    nosana_job_info,
    nosana_market_info,
)

from .inprocess import MARKET, OTHER_MARKET, definition

COUNT = 30
KEY = "nos_reading_0123456789"


@pytest.fixture
def read(fast_server, run_module):
    """``read(**options)``: the info module's result on an account of COUNT deployments, each with a definition."""
    fast_server.reset(release="current")
    deployments = [
        {
            "name": "many-%02d" % number,
            "status": "RUNNING",
            "market": [MARKET, OTHER_MARKET][number % 2],
            "job_definition": definition("app:%d" % number),
            "jobs": [{"state": "RUNNING"}],
        }
        for number in range(COUNT)
    ]
    fast_server.control("POST", "/deployments", deployments)
    fast_server.forget_requests()

    def read(**options):
        return run_module(nosana_deployment_info, dict(options, api_url=fast_server.api_url, api_key=KEY))

    return read


def test_each_has_its_own_in_the_order_of_the_list(fast_server, read):
    plain = [one["id"] for one in read()["deployments"]]
    fast_server.forget_requests()
    found = read(include=["job_definition", "jobs", "cost"])["deployments"]
    assert [one["id"] for one in found] == plain
    for one in found:
        number = int(one["name"].rpartition("-")[2])
        assert one["job_definition"]["ops"][0]["args"]["image"] == "app:%d" % number
        assert [job["deployment"] for job in one["jobs"]] == [one["id"]]
        assert one["cost"]["usd_per_hour"] > 0
    asked = [(one["path"], one["query"]) for one in fast_server.requests()]
    assert len(asked) == len(set(asked)) == 1 + 2 * COUNT + 2  # a listing, two of each, and two markets


def test_several_are_read_at_once(fast_server, read):
    slow = {"kind": "hang_before", "operation": "jobs", "seconds": 0.5, "times": COUNT}
    fast_server.control("PUT", "/faults", [slow])
    read(include=["jobs"])
    times = sorted(one["received"] for one in fast_server.requests() if one["operation"] == "jobs")
    assert len(times) == COUNT and times[7] - times[0] < 3  # one after the other they take 3.5 s at least


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_the_failure_of_the_task(fast_server, read, status):
    body = {"message": "Insufficient scope. This endpoint requires: jobs:read.", "code": "INSUFFICIENT_SCOPE"}
    refusal = {"kind": "status", "operation": "jobs", "status": status, "body": body, "times": 2 * COUNT, "after": 4}
    fast_server.control("PUT", "/faults", [refusal])
    result = read(include=["jobs"])
    assert result["failed"] and result["reason"] == "refused" and result["error"]["status"] == status
    assert KEY not in str(result)
    assert len(fast_server.requests()) < COUNT  # the others are not begun


def test_one_that_is_deleted_meanwhile_is_left_out(fast_server, read):
    gone = read()["deployments"][5]["id"]
    answer = {"kind": "status", "path": gone, "status": 404, "body": {"error": "Deployment not found."}, "times": 9}
    fast_server.control("PUT", "/faults", [answer])
    result = read(include=["jobs"])
    assert "failed" not in result and len(result["deployments"]) == COUNT - 1
    assert gone not in [one["id"] for one in result["deployments"]]


def test_a_404_of_its_jobs_alone_is_a_failure(fast_server, read):
    there = read()["deployments"][5]["id"]
    answer = {"kind": "status", "path": there + "/jobs", "status": 404, "body": {"error": "Deployment not found."}}
    fast_server.control("PUT", "/faults", [answer])
    result = read(include=["jobs"])
    assert result["failed"] and result["reason"] == "refused" and there in result["msg"]


def test_a_busy_server_holds_back_all(fast_server, read):
    busy = {"kind": "status", "operation": "jobs", "status": 429, "headers": {"Retry-After": "2"}, "after": 9}
    fast_server.control("PUT", "/faults", [busy])
    result = read(include=["jobs"])
    assert len(result["deployments"]) == COUNT and all(one["jobs"] for one in result["deployments"])
    times = sorted(one["received"] for one in fast_server.requests())
    gaps = [after - before for before, after in zip(times, times[1:])]
    assert max(gaps) >= 1.5 and gaps.index(max(gaps)) < 9 + 2 * 8


def test_markets_and_jobs_are_read_so_as_well(fast_server, read, run_module):
    connection = {"api_url": fast_server.api_url, "api_key": KEY}
    plain = run_module(nosana_market_info, connection)["markets"]
    fast_server.forget_requests()
    found = run_module(nosana_market_info, dict(connection, include=["required_resources"]))["markets"]
    assert [one["address"] for one in found] == [one["address"] for one in plain]
    assert len(fast_server.requests()) == 1 + len(plain)
    busy = {"name": "busy", "status": "RUNNING", "replicas": COUNT, "job_definition": definition()}
    key = fast_server.control("POST", "/deployments", dict(busy, jobs=[{"state": "RUNNING"}] * COUNT))["ids"][0]
    plain = run_module(nosana_job_info, dict(connection, deployment_id=key))["jobs"]
    fast_server.forget_requests()
    found = run_module(nosana_job_info, dict(connection, deployment_id=key, include=["definition"]))["jobs"]
    assert [one["job"] for one in found] == [one["job"] for one in plain] and len(plain) == COUNT
    assert all(one["definition"]["ops"] for one in found)
    asked = [(one["path"], one["query"]) for one in fast_server.requests()]
    assert len(asked) == len(set(asked)) and len(asked) <= COUNT + 2

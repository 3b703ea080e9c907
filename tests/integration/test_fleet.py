# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many deployments in one task: what each comes to, and what is judged for all of them together."""

from __future__ import annotations

import pytest

from ansible_collections.nosana.cloud.plugins.modules import nosana_deployments

from .inprocess import CREATE, FAST, MARKET, OTHER_MARKET, definition, live

STARTED = dict(CREATE, state="started", replicas=1)


@pytest.fixture
def server(fast_server):
    fast_server.reset(release="current", step=1)
    return fast_server


@pytest.fixture
def task(server, run_module, monkeypatch):
    """``task(deployments, check_mode=False, **options)``: the result of the module."""

    def run_task(deployments, check_mode=False, diff=False, **options):
        given = {"api_url": server.api_url, "api_key": "nos_fleet", "deployments": deployments, **options}
        return run_module(nosana_deployments, given, check_mode=check_mode, diff=diff)

    monkeypatch.setenv("NOSANA_SIMULATOR_SPEED", str(FAST))
    return run_task


def named(count, **more):
    return [dict({"name": "n%02d" % number}, **more) for number in range(count)]


def seeds(count, **more):
    return [dict(CREATE, name="n%02d" % number, **more) for number in range(count)]


def state(server):
    return {one["name"]: one for one in server.control("GET", "/state")["deployments"]}


def mutations(server):
    return [one for one in server.requests() if one["mutating"] and one["accepted"]]


def test_a_fleet_that_is_not_there_is_created_and_started_once(task, server):
    check = task(named(12), check_mode=True, defaults=STARTED)
    assert (check["changed"], check["summary"]["changed"]) == (True, 12)
    assert mutations(server) == []
    done = task(named(12), defaults=STARTED)
    assert "failed" not in done, done
    assert [one["name"] for one in done["deployments"]] == ["n%02d" % number for number in range(12)]
    assert [one["actions"] for one in done["deployments"]] == [["create", "start"]] * 12
    assert [one["actions"] for one in check["deployments"]] == [["create", "start"]] * 12
    found = state(server)
    assert len(found) == 12 and all(len(live(one)) == 1 for one in found.values())
    assert len(mutations(server)) == 24
    again = task(named(12), defaults=STARTED)
    assert (again["changed"], again["summary"]["unchanged"]) == (False, 12)

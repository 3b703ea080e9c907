# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many deployments whose server fails, is busy, or whose run is killed or interrupted: each as one alone, and once."""

from __future__ import annotations

import collections
import itertools
import os
import random
import signal

import pytest

from .fault_cases import AFTERMATH, API_TIMEOUT, CASES, FAULTS, RETRIES, TIMES, check_end
from .fleets import STARTED, named, runs, seeds, state
from .inprocess import CREATE, FAST, Runner, live
from .kills import MOMENTS, run_killed

#: How many kills in the middle of a fleet of how many.
KILLS, KILLED = 20, 20
#: Deployments of a fleet one of which meets a fault.
FEW = 4


@pytest.fixture
def server(fast_server):
    fast_server.reset(release="current", step=1)
    return fast_server


@pytest.fixture
def fleet(server, run_module, monkeypatch):
    """A Runner whose ``run(deployments=[...], ...)`` returns the result of the module."""
    monkeypatch.setenv("NOSANA_SIMULATOR_SPEED", str(FAST))
    found = Runner(server, speed=FAST)
    found.run = runs(server, run_module)
    return found


class One:
    """The server's own view of one deployment of a fleet, as of the only one that there is."""

    def __init__(self, fleet, names):
        self._fleet = fleet
        self._names = names

    def deployments(self):
        return [one for one in self._fleet.deployments() if one["name"] in self._names]


# --- faults ---

NAMES = [name for name in CASES if "name" not in CASES[name].task]
WAYS = list(itertools.product(FAULTS, TIMES))


def meetings():
    """Each case with each fault, once and several times; "make test" takes one of these for each case, in turn."""
    for place, name in enumerate(NAMES):
        for fault, times in WAYS:
            marks = [] if (fault, times) == WAYS[place % len(WAYS)] else [pytest.mark.thorough]
            yield pytest.param(name, fault, times, marks=marks, id="%s-%s-%d" % (name, fault, times))


@pytest.mark.parametrize("name, fault, times", list(meetings()))
def test_one_of_several_meets_a_fault(fleet, name, fault, times):
    case = CASES[name]
    release = random.Random(name).choice(case.releases)
    fleet.server.reset(release=release, step=1)
    fleet.server.control("PUT", "/jobs", {"stop_takes": case.stop_takes})
    who = [{"name": "it%d" % number} for number in range(FEW)]
    if case.seed is not None:
        who = [{"id": fleet.seed(**{**one, **case.seed})} for one in who]
    items = [{**one, **case.task} for one in who]
    after = random.Random("%s %s" % (name, fault)).randrange(FEW)
    met = dict(FAULTS[fault][0], operation=case.operation, times=times, after=after)
    fleet.server.control("PUT", "/faults", [met])
    patience = {"api_timeout": API_TIMEOUT} if fault == "hang" else {}
    done = fleet.run(items, api_retries=RETRIES, **patience)
    for one in done["deployments"]:
        assert one["failed"] or one["actions"] == case.actions
        assert not one["failed"] or one["reason"] in ("unreachable", "unknown_outcome", "timed_out")
        assert not one["failed"] or one["msg"].isprintable()
    fleet.server.control("DELETE", "/faults")
    fleet.server.control("POST", "/advance", {"seconds": AFTERMATH})
    done = fleet.run(items)
    assert "failed" not in done, done["msg"]
    fleet.server.control("POST", "/advance", {"seconds": AFTERMATH})
    for number in range(FEW):
        check_end(One(fleet, {"it%d" % number}), case, release)
    again_ = fleet.run(items)
    assert ("failed" not in again_, again_["changed"]) == (True, False)


# --- kills ---


@pytest.mark.parametrize("place", range(KILLS))
def test_a_fleet_that_is_killed(fleet, place):
    chance = random.Random(place)
    items = named(KILLED)
    kinds = [dict(STARTED), dict(STARTED, strategy="INFINITE"), dict(CREATE, state="stopped")]
    items = [dict(one, **kinds[number % 3]) for number, one in enumerate(items)]
    fleet.server.control("POST", "/deployments", seeds(5, replicas=1, status="STOPPED"))
    for one in items[:5]:
        one["strategy"] = CREATE["strategy"]
    killed = run_killed(fleet, chance.randint(5, 60), chance.choice(MOMENTS), {"deployments": items})
    assert killed is None
    fleet.server.control("POST", "/advance", {"seconds": chance.choice((0, 2, 60))})
    done = fleet.run(items)
    assert "failed" not in done, done["msg"]
    check_killed(fleet, items)
    fleet.server.control("POST", "/advance", {"seconds": AFTERMATH})
    check_killed(fleet, items)
    again_ = fleet.run(items)
    assert ("failed" not in again_, again_["changed"]) == (True, False)


def check_killed(fleet, items):
    """One deployment a name, as asked for, with no job too many."""
    assert collections.Counter(one["name"] for one in fleet.deployments()) == {one["name"]: 1 for one in items}
    found = state(fleet.server)
    for item in items:
        runs = item["state"] == "started"
        jobs = item["replicas"] if runs else 0
        assert (found[item["name"]]["status"] == "RUNNING", len(live(found[item["name"]]))) == (runs, jobs), item


# --- interrupts ---


@pytest.mark.usefixtures("heeds_ctrl_c")
@pytest.mark.parametrize("number", [3, 25, 60])
def test_a_fleet_that_is_interrupted_says_what_it_did(fleet, monkeypatch, number):
    """Ctrl-C reaches the main thread alone: it comes with the fleet's request of that number."""
    import urllib3.connection

    send, sent = urllib3.connection.HTTPConnection.request, []

    def request(self, *args, **more):
        sent.append(1)
        if len(sent) == number:
            os.kill(os.getpid(), signal.SIGINT)
        return send(self, *args, **more)

    monkeypatch.setattr(urllib3.connection.HTTPConnection, "request", request)
    done = fleet.run(named(KILLED), defaults=STARTED)
    monkeypatch.undo()
    assert done["failed"] and done["reason"] == "interrupted"
    found = state(fleet.server)
    accepted = [one for one in fleet.mutations() if one["accepted"]]
    assert done["changed"] is bool(accepted)
    if done["deployments"]:
        assert done["msg"].startswith("interrupted: ")
        told = {one["id"]: one["actions"] for one in done["deployments"] if one["id"]}
        assert set(told) == {one["id"] for one in found.values()}
        assert sum(map(len, told.values())) == len(accepted)
    monkeypatch.setenv("NOSANA_SIMULATOR_SPEED", str(FAST))
    assert "failed" not in fleet.run(named(KILLED), defaults=STARTED)
    assert {len(live(one)) for one in state(fleet.server).values()} == {1}


# --- a busy server, and an outage ---


def received(server, status):
    """When requests were answered with that status, in seconds of the simulator since the first."""
    times = [one["received"] for one in server.requests() if one["status"] == status]
    return [(one - min(times)) * FAST for one in times]


def test_a_429_slows_all_workers_together(fleet):
    busy = {"kind": "status", "status": 429, "headers": {"Retry-After": "20"}, "body": {"error": "busy"}}
    fleet.server.control("PUT", "/faults", [dict(busy, operation="create", after=4)])
    done = fleet.run(named(KILLED), defaults=CREATE)
    assert "failed" not in done, done["msg"]
    log = fleet.server.requests()
    [asked] = [one["received"] for one in log if one["status"] == 429]
    # what was sent before the answer came is there by then; nobody sends anything more
    assert [one for one in log if 8 / FAST < one["received"] - asked < 19 / FAST] == []
    assert len(state(fleet.server)) == KILLED


def test_an_outage_is_met_by_all_together(fleet):
    down = {"kind": "status", "status": 503, "body": {"error": "down"}, "path": ".*", "after": 12, "times": 12}
    fleet.server.control("PUT", "/faults", [down])
    done = fleet.run(named(KILLED), defaults=CREATE, api_retries=20)
    assert all(one["reason"] in (None, "unknown_outcome") for one in done["deployments"]), done["msg"]
    # those under way fail at once; then one tries at a time
    assert len(received(fleet.server, 503)) == 12
    assert received(fleet.server, 503)[-1] > 0.3 * (2 ** (12 - 8 - 1) - 1)
    again_ = fleet.run(named(KILLED), defaults=CREATE)
    assert "failed" not in again_ and len(fleet.deployments()) == KILLED


def test_an_outage_that_does_not_end_fails_all_with_the_tries_of_one(fleet):
    down = {"kind": "drop_before", "path": ".*", "after": 2, "times": 10000}
    fleet.server.control("PUT", "/faults", [down])
    done = fleet.run(named(KILLED), defaults=CREATE, api_retries=5)
    assert done["failed"] and {one["failed"] for one in done["deployments"]} == {True}
    tries = len(fleet.server.requests()) - 2
    assert tries <= 8 + 2 * (5 + 1), tries  # 20 items with 6 tries each would be 120
    fleet.server.control("DELETE", "/faults")
    assert "failed" not in fleet.run(named(KILLED), defaults=CREATE)
    assert len(fleet.deployments()) == KILLED


# --- waits ---


def test_endpoints_that_a_listing_does_not_tell_are_read(fleet, server):
    listing = {"answers": [{"operation": "list", "without": ["endpoints"]}], "online_after": 100000}
    server.control("PUT", "/server", listing)
    done = fleet.run(named(3), defaults=dict(STARTED, wait_for="endpoints", wait_timeout=60))
    assert [one["reason"] for one in done["deployments"]] == ["timed_out"] * 3
    assert "endpoints not ready" in done["msg"]


def test_waits_share_their_looks(fleet):
    """Nobody takes the jobs for a while: few requests, however many wait."""
    fleet.server.control("PUT", "/jobs", {"claim_after": 100})
    done = fleet.run(named(KILLED), defaults=STARTED)
    assert "failed" not in done, done["msg"]
    found = collections.Counter(one["operation"] for one in fleet.server.requests())
    assert found["create"] == found["start"] == KILLED and "stream" not in found
    assert found["list"] - KILLED <= 110  # one a second at most; alone, each would look some 15 times, at three things
    assert found["jobs"] <= 10 * KILLED and found["get"] <= 4 * KILLED


def test_an_item_that_waits_holds_no_worker(fleet):
    fleet.server.control("PUT", "/jobs", {"claim_after": 600})  # more than the others can take on a busy machine
    others = [{**CREATE, "name": "n%02d" % number} for number in range(1, 6)]
    items = [dict(STARTED, name="n00", wait_timeout=1200), *others]
    done = fleet.run(items, concurrency=1)
    assert "failed" not in done
    log = [one for one in fleet.server.requests() if one["operation"] in ("create", "jobs")]
    last_create = max(one["n"] for one in log if one["operation"] == "create")
    assert last_create < max(one["n"] for one in log if one["operation"] == "jobs")


def test_each_item_has_its_own_wait_timeout(fleet):
    fleet.server.control("PUT", "/jobs", {"claim_after": None})
    done = fleet.run([dict(STARTED, name="a", wait_timeout=100), dict(STARTED, name="b", wait_timeout=120)])
    assert [one["reason"] for one in done["deployments"]] == ["timed_out"] * 2
    assert "within 100 s (wait_timeout)" in done["deployments"][0]["msg"]
    assert "within 120 s (wait_timeout)" in done["deployments"][1]["msg"]
    assert done["deployments"][0]["actions"] == ["create", "start"]

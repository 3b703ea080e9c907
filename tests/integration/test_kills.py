# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs that are killed before, during and after each of their requests: the same task again makes up for it.

A task that leaves open whether the deployment runs (``present``) may find it STOPPED by the killed run, or running by
what the killed run had sent. What it was meant to be is not guessed: the state that says so brings it.

KILLS is the number of kills of each change (3 when not set), drawn with a seed of the change's own; "all" kills at
every request. Each is one run that is killed, the same task again, and once more, which has to be no change.
"""

from __future__ import annotations

import dataclasses
import os
import random

import pytest

from .inprocess import CREATE, OTHER_MARKET, Runner, definition, live, running_images
from .kills import MOMENTS, run_killed
from .record import record

KILLS = os.environ.get("KILLS", "3")
#: Seconds from a STOP to the end of a job, a step being 1: before the worker takes its next task, or long after.
FAST_CHAIN, SLOW_CHAIN = 0.2, 4
#: Seconds between a kill and the next run: at once, while the server is at work, and when it has long done.
PAUSES = (0, 2, 60)
#: Seconds in which whatever a task has set off comes out.
AFTERMATH = 60
#: More requests than any change makes.
MOST_REQUESTS = 200

JOBS = [{"state": "RUNNING"}, {"state": "RUNNING"}]
ENDED = [{"state": "STOPPED"}, {"state": "COMPLETED"}]
REVISIONS = [
    {"revision": 1, "job_definition": definition("one")},
    {"revision": 2, "job_definition": definition("two")},
]
NEW = {"job_definition": definition("new")}
REPLACE = {**CREATE, "strategy": "INFINITE", "timeout": 120, "on_immutable_change": "replace"}
SCHEDULE = {"strategy": "SCHEDULED", "schedule": "0 0 1 1 *"}


@dataclasses.dataclass(frozen=True)
class Change:
    """A task of several steps: the deployment that it meets (None: none), and what is to be there in the end.

    ``end`` holds fields of the deployment, None when it shall be gone; ``jobs`` the images of its live jobs.
    ``archived`` is how many archived ones there are besides. ``loses`` tells that the task leaves open whether the
    deployment runs, so that it may take the state that says so as well.
    """

    seed: dict | None
    task: dict
    end: dict | None
    jobs: tuple = ()
    archived: int = 0
    releases: tuple = ("2026-08", "current")
    stop_takes: float = FAST_CHAIN
    list_error: str | None = None
    loses: bool = False


def stopped(**more):
    return {**CREATE, "status": "STOPPED", **more}


def running(**more):
    return {**CREATE, "status": "RUNNING", "jobs": JOBS, **more}


def runs(**more):
    return {"status": "RUNNING", "active_revision": 1, "replicas": 2, **more}


def rests(**more):
    return {"status": "STOPPED", "active_revision": 1, "replicas": 2, **more}


NGINX = ("nginx:1",) * 2
OLDER, CURRENT, EVERY = ("2026-08",), ("current",), ("guide", "2026-08", "current")
CHANGES = {
    "create": Change(None, {"state": "present", **CREATE}, {"status": "DRAFT"}, releases=EVERY),
    "create and start": Change(None, {"state": "started", **CREATE}, runs(), NGINX, releases=EVERY),
    "create and start, INFINITE": Change(None, {"state": "started", **CREATE, "strategy": "INFINITE"}, runs(), NGINX),
    "create and start, SCHEDULED": Change(None, {"state": "started", **CREATE, **SCHEDULE}, runs()),
    "revise what runs": Change(running(), NEW, runs(active_revision=2), ("new",) * 2, releases=EVERY, loses=True),
    "revise what runs, on a slow chain": Change(
        running(), NEW, runs(active_revision=2), ("new",) * 2, stop_takes=SLOW_CHAIN, loses=True
    ),
    "revise what runs, INFINITE": Change(running(strategy="INFINITE"), NEW, runs(active_revision=2), ("new",) * 2),
    "revise what is started": Change(
        running(), {"state": "started", **NEW}, runs(active_revision=2), ("new",) * 2, stop_takes=SLOW_CHAIN
    ),
    "revise what is stopped": Change(stopped(), NEW, rests(active_revision=2), releases=EVERY, loses=True),
    "revise what is stopped, INFINITE": Change(stopped(strategy="INFINITE"), NEW, rests(active_revision=2), loses=True),
    "revise what is stopped, SCHEDULED": Change(stopped(**SCHEDULE), NEW, rests(active_revision=2), loses=True),
    "revise and start": Change(stopped(), {"state": "started", **NEW}, runs(active_revision=2), ("new",) * 2),
    "revise and stop": Change(running(), {"state": "stopped", **NEW}, rests(active_revision=2)),
    "go back on what runs": Change(
        running(revisions=REVISIONS), {"active_revision": 1}, runs(), ("one",) * 2, loses=True
    ),
    "go back on what is stopped": Change(stopped(revisions=REVISIONS), {"active_revision": 1}, rests(), loses=True),
    "more replicas": Change(running(), {"replicas": 3}, runs(replicas=3), ("nginx:1",) * 3, releases=EVERY),
    "more replicas, INFINITE": Change(
        running(strategy="INFINITE"), {"replicas": 3}, runs(replicas=3), ("nginx:1",) * 3
    ),
    "fewer replicas": Change(running(), {"replicas": 1}, runs(replicas=1), ("nginx:1",)),
    "more replicas while a listing fails": Change(
        {**CREATE, "status": "STOPPED"},
        {"replicas": 3},
        runs(replicas=3),
        ("nginx:1",) * 3,
        list_error="No host answers",
        loses=True,
    ),
    "replicas and start while a listing fails": Change(
        {**CREATE, "status": "STOPPED"},
        {"state": "started", "replicas": 3},
        runs(replicas=3),
        ("nginx:1",) * 3,
        list_error="No host answers",
    ),
    "restart": Change(running(), {"state": "restarted"}, runs(), NGINX),
    "restart, INFINITE": Change(running(strategy="INFINITE"), {"state": "restarted"}, runs(), NGINX),
    "restart with a revision": Change(
        running(), {"state": "restarted", **NEW}, runs(), ("new",) * 2, stop_takes=SLOW_CHAIN
    ),
    "replace what runs": Change(running(), REPLACE, runs(strategy="INFINITE"), NGINX, 1, releases=EVERY, loses=True),
    "replace what runs, on a slow chain": Change(
        running(), REPLACE, runs(strategy="INFINITE"), NGINX, 1, stop_takes=SLOW_CHAIN, loses=True
    ),
    "replace what is stopped": Change(stopped(jobs=ENDED), REPLACE, {"status": "DRAFT", "strategy": "INFINITE"}, (), 1),
    "replace what is stopped while jobs run": Change(
        stopped(jobs=JOBS), REPLACE, {"status": "DRAFT", "strategy": "INFINITE"}, (), 1, stop_takes=SLOW_CHAIN
    ),
    "replace what is in error while jobs run": Change(
        {**running(), "status": "ERROR"}, REPLACE, {"status": "DRAFT", "strategy": "INFINITE"}, (), 1
    ),
    "replace a draft": Change(
        {**CREATE, "status": "DRAFT"}, REPLACE, {"status": "DRAFT", "strategy": "INFINITE"}, (), 1, loses=True
    ),
    "replace and start": Change(stopped(), {"state": "started", **REPLACE}, runs(strategy="INFINITE"), NGINX, 1),
    "replace and stop": Change(
        running(), {"state": "stopped", **REPLACE}, {"status": "DRAFT", "strategy": "INFINITE"}, (), 1
    ),
    "replace and restart": Change(running(), {"state": "restarted", **REPLACE}, runs(strategy="INFINITE"), NGINX, 1),
    "delete a draft": Change({**CREATE, "status": "DRAFT"}, {"state": "absent"}, None, releases=EVERY),
    "archive a draft": Change({**CREATE, "status": "DRAFT"}, {"state": "archived"}, {"status": "ARCHIVED"}),
    "archive what runs": Change(
        running(), {"state": "archived"}, {"status": "ARCHIVED"}, releases=EVERY, stop_takes=SLOW_CHAIN
    ),
    "delete what runs": Change(running(strategy="INFINITE"), {"state": "absent"}, None),
    "market": Change(
        running(),
        {"market": OTHER_MARKET},
        runs(market=OTHER_MARKET),
        NGINX,
        releases=CURRENT,
        stop_takes=SLOW_CHAIN,
        loses=True,
    ),
    "market, INFINITE": Change(
        running(strategy="INFINITE"), {"market": OTHER_MARKET}, runs(market=OTHER_MARKET), NGINX, releases=CURRENT
    ),
    "stop": Change(running(), {"state": "stopped"}, rests(), releases=EVERY, stop_takes=SLOW_CHAIN),
    "stop while jobs run on": Change(stopped(jobs=JOBS), {"state": "stopped"}, rests(), stop_takes=SLOW_CHAIN),
}


@pytest.fixture
def runner(patient_server):
    return Runner(patient_server, leaps=True)


def meet(runner, release, change):
    """Prepares the server and its deployment; returns the options of the task."""
    runner.server.reset(release=release, step=1)
    runner.server.control("PUT", "/jobs", {"stop_takes": change.stop_takes, "list_error": change.list_error})
    by_name = change.seed is None or "on_immutable_change" in change.task
    deployment = runner.seed(name="it", **change.seed) if change.seed else None
    if change.list_error:
        assert change.list_error in runner.run(id=deployment, state="started", wait_timeout=10).failure
        runner.server.control("PUT", "/jobs", {"list_error": None})
    return {**({"name": "it"} if by_name else {"id": deployment}), **change.task}


def kills_of(name, requests):
    """The numbers of requests and the moments at which runs are killed."""
    if KILLS == "all":
        return [(number, moment) for number in range(1, MOST_REQUESTS) for moment in MOMENTS]
    chance = random.Random(name)
    return [(chance.randint(1, requests), chance.choice(MOMENTS)) for _kill in range(int(KILLS))]


@pytest.mark.parametrize(
    "release, name", [(release, name) for name, change in CHANGES.items() for release in change.releases]
)
def test_a_run_that_is_killed(runner, release, name):
    change = CHANGES[name]
    task = meet(runner, release, change)
    runner.server.forget_requests()
    assert runner.run(**task).failure is None
    requests = len(runner.server.requests())
    runner.server.control("POST", "/advance", {"seconds": AFTERMATH})
    check_end(runner, change)
    killed, asked = 0, 0
    for number, moment in kills_of(name, requests):
        task = meet(runner, release, change)
        done = run_killed(runner, number, moment, task)
        if done is not None:
            assert done.failure is None
            if KILLS == "all" and moment == MOMENTS[-1]:
                break
            continue
        killed += 1
        runner.server.control("POST", "/advance", {"seconds": PAUSES[number % len(PAUSES)]})
        print("killed at request %d (%s)" % (number, moment))  # shown only when it fails
        run_again(runner, task)
        if change.loses and not is_as_asked(runner, change):
            ask_for_the_state(runner, change)
            asked += 1
        check_end(runner, change)
    assert killed
    record("kills", change=name, release=release, requests=requests, killed=killed, asked=asked)


def run_again(runner, task):
    """The same task, not killed, and once more, which is no change."""
    assert runner.run(**task).failure is None
    runner.server.control("POST", "/advance", {"seconds": AFTERMATH})
    if task.get("state") != "restarted":
        again = runner.run(**task)
        assert (again.changed, again.failure) == (False, None)


def is_as_asked(runner, change):
    try:
        check_end(runner, change)
    except AssertionError:
        return False
    return True


def ask_for_the_state(runner, change):
    """The task with the state that says whether the deployment runs."""
    [deployment] = [one for one in runner.deployments() if one["status"] != "ARCHIVED"]
    state = "started" if change.end["status"] == "RUNNING" else "stopped"
    assert runner.run(id=deployment["id"], state=state).failure is None
    runner.server.control("POST", "/advance", {"seconds": AFTERMATH})


def check_end(runner, change):
    """What the server itself holds is what was asked for: once, and no more."""
    found = runner.deployments()
    former = [one for one in found if one["status"] == "ARCHIVED"] if change.archived else []
    assert len(former) == change.archived
    assert all(live(one) == [] for one in former)
    rest = [one for one in found if one not in former]
    if change.end is None:
        assert rest == []
        return
    [deployment] = rest
    end = dict(change.end)
    if "job_definition" in change.task and change.seed and "new" in change.jobs:
        end.pop("active_revision")  # a revision that was sent and lost may be sent again
        assert len(deployment["revisions"]) <= 3
    assert {key: deployment[key] for key in end} == end
    assert sorted(running_images(deployment)) == sorted(change.jobs)
    if deployment["status"] != "RUNNING":
        assert live(deployment) == [] and deployment["tasks"] == []

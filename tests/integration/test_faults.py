# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each operation that changes something, met by each fault that networks and servers have, once and three times.

The task ends as asked, or fails in clear words, and the same task ends as asked once the fault is over. In both cases
there is one deployment, one new revision for one change, as many jobs as asked for, and none on what is stopped.
"""

from __future__ import annotations

import dataclasses

import pytest

from .inprocess import CREATE, FAST, OTHER_MARKET, Runner, definition, live, running_images

RELEASES = ("guide", "2026-08", "current")
TIMES = (1, 3)
#: Seconds (real ones) for one request, and how long an answer takes that comes too late.
API_TIMEOUT, TOO_LATE = 0.4, 0.8
#: Repeats of a request: fewer than the most faults, so that some tasks fail.
RETRIES = 1
#: Seconds from a STOP to the end of a job, a step being 1: before the worker takes its next task, or long after.
FAST_CHAIN, SLOW_CHAIN = 0.2, 4
#: Seconds in which whatever a task has set off comes out.
AFTERMATH = 60


def status(code, **more):
    return {"kind": "status", "status": code, "body": {"error": "Internal Server Error"}, **more}


#: What happens to a request, and what a task says that fails of it.
FAULTS = {
    "drop_before": ({"kind": "drop_before"}, "the connection broke before the answer was complete"),
    "drop_after": ({"kind": "drop_after"}, "the connection broke before the answer was complete"),
    "hang": ({"kind": "hang", "seconds": TOO_LATE}, "no answer within"),
    "429": (status(429, headers={"Retry-After": "1"}), "the API asks for fewer requests (429)"),
    "500": (status(500), "the API failed (500: Internal Server Error)"),
    "502": (status(502), "the API failed (502: "),
    "503": (status(503), "the API failed (503: "),
    "garbage": ({"kind": "garbage"}, "the API answered something that is no JSON"),
    "cut": ({"kind": "cut"}, "the connection broke before the answer was complete"),
}
JOBS = [{"state": "RUNNING"}, {"state": "RUNNING"}]
REVISIONS = [
    {"revision": 1, "job_definition": definition("one")},
    {"revision": 2, "job_definition": definition("two")},
]


@dataclasses.dataclass(frozen=True)
class Case:
    """A task that needs the operation: the deployment it meets (None: none), its options, and what is asked for.

    ``end`` holds fields of the deployment, None when it shall be gone; ``jobs`` the images of its live jobs.
    """

    operation: str
    seed: dict | None
    task: dict
    actions: list
    end: dict | None
    jobs: tuple = ()
    revisions: int = 1
    releases: tuple = RELEASES
    stop_takes: float = FAST_CHAIN


def stopped(**more):
    return {**CREATE, "status": "STOPPED", **more}


def running(**more):
    return {**CREATE, "status": "RUNNING", "jobs": JOBS, **more}


NEW = {"job_definition": definition("new")}
NEWER = RELEASES[1:]
CASES = {
    "create": Case(
        "create", None, {"state": "started", **CREATE}, ["create", "start"], {"status": "RUNNING"}, ("nginx:1",) * 2
    ),
    "create a draft": Case("create", None, {"state": "stopped", **CREATE}, ["create"], {"status": "DRAFT"}),
    "revise what runs": Case(
        "create_revision", running(), NEW, ["create_revision"], {"status": "RUNNING"}, ("new",) * 2, 2
    ),
    "revise what is stopped": Case(
        "create_revision", stopped(), NEW, ["create_revision"], {"status": "STOPPED"}, (), 2
    ),
    "revise an INFINITE one": Case(
        "create_revision",
        running(strategy="INFINITE"),
        NEW,
        ["create_revision"],
        {"status": "RUNNING"},
        ("new",) * 2,
        2,
    ),
    "revise after going back": Case(
        "create_revision",
        stopped(revisions=REVISIONS, active_revision=1),
        NEW,
        ["create_revision"],
        {"status": "STOPPED", "active_revision": 3},
        (),
        3,
    ),
    "go back on what runs": Case(
        "switch_revision",
        running(revisions=REVISIONS),
        {"active_revision": 1},
        ["switch_revision"],
        {"status": "RUNNING", "active_revision": 1},
        ("one",) * 2,
        2,
        NEWER,
    ),
    "go back on what is stopped": Case(
        "switch_revision",
        stopped(revisions=REVISIONS),
        {"active_revision": 1},
        ["switch_revision"],
        {"status": "STOPPED", "active_revision": 1},
        (),
        2,
        NEWER,
    ),
    "more replicas": Case(
        "update_replicas",
        running(),
        {"replicas": 3},
        ["update_replicas"],
        {"status": "RUNNING", "replicas": 3},
        ("nginx:1",) * 3,
    ),
    "fewer replicas": Case(
        "update_replicas",
        running(strategy="INFINITE"),
        {"replicas": 1},
        ["update_replicas"],
        {"status": "RUNNING", "replicas": 1},
        ("nginx:1",),
    ),
    "timeout": Case(
        "update_timeout",
        running(strategy="INFINITE"),
        {"timeout": 90},
        ["update_timeout"],
        {"status": "RUNNING", "timeout": 90},
        ("nginx:1",) * 2,
    ),
    "schedule": Case(
        "update_schedule",
        {**CREATE, "strategy": "SCHEDULED", "schedule": "0 0 1 1 *", "status": "STOPPED"},
        {"schedule": "0 0 2 2 *"},
        ["update_schedule"],
        {"status": "STOPPED", "schedule": "0 0 2 2 *"},
    ),
    "name": Case(
        "update_name",
        running(),
        {"name": "new name"},
        ["update_name"],
        {"name": "new name"},
        ("nginx:1",) * 2,
        1,
        NEWER,
    ),
    "market": Case(
        "update_market",
        running(),
        {"market": OTHER_MARKET},
        ["update_market"],
        {"status": "RUNNING", "market": OTHER_MARKET},
        ("nginx:1",) * 2,
        releases=("current",),
    ),
    "market, on a slow chain": Case(
        "update_market",
        running(),
        {"market": OTHER_MARKET},
        ["update_market"],
        {"status": "RUNNING", "market": OTHER_MARKET},
        ("nginx:1",) * 2,
        releases=("current",),
        stop_takes=SLOW_CHAIN,
    ),
    "start": Case("start", stopped(), {"state": "started"}, ["start"], {"status": "RUNNING"}, ("nginx:1",) * 2),
    "start an INFINITE one": Case(
        "start",
        stopped(strategy="INFINITE"),
        {"state": "started"},
        ["start"],
        {"status": "RUNNING"},
        ("nginx:1",) * 2,
    ),
    "stop": Case("stop", running(), {"state": "stopped"}, ["stop"], {"status": "STOPPED"}),
    "stop an INFINITE one": Case(
        "stop", running(strategy="INFINITE"), {"state": "stopped"}, ["stop"], {"status": "STOPPED"}
    ),
    "stop jobs": Case("stop_job", stopped(jobs=JOBS), {"state": "stopped"}, ["stop_jobs"], {"status": "STOPPED"}),
    "archive": Case("archive", stopped(), {"state": "archived"}, ["archive"], {"status": "ARCHIVED"}),
    "delete": Case("delete", stopped(), {"state": "absent"}, ["delete"], None),
}


@pytest.fixture
def runner(fast_server):
    return Runner(fast_server, speed=FAST, retries=RETRIES, timeout=API_TIMEOUT)


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    "release, name", [(release, name) for release in RELEASES for name in CASES if release in CASES[name].releases]
)
def test_a_change_that_meets_a_fault(runner, release, name, fault, times):
    case = CASES[name]
    task = meet(runner, case, release, fault, times)
    done = runner.run(**task)
    if done.failure:
        check_failure(done, task, fault)
        runner.server.control("DELETE", "/faults")
        done = runner.run(**task)
        assert done.failure is None
    else:
        assert (done.changed, done.actions) == (True, case.actions)
    if done.changed:  # else the failed run had done it all: what comes of it, present does not wait for
        check_end(runner, case, release)
    runner.server.control("POST", "/advance", {"seconds": AFTERMATH})
    check_end(runner, case, release)
    again = runner.run(**task)
    assert (again.changed, again.failure) == (False, None)


def meet(runner, case, release, fault, times, operation=None):
    """Prepares the server, its deployment and the fault; returns the options of the task."""
    runner.server.reset(release=release, step=1)
    runner.server.control("PUT", "/jobs", {"stop_takes": case.stop_takes})
    who = {"name": "it"} if case.seed is None else {"id": runner.seed(name="it", **case.seed)}
    description, _words = FAULTS[fault]
    asked_for = {"operation": operation or case.operation, "times": times}
    runner.server.control("PUT", "/faults", [description | asked_for])
    return who | case.task


def check_failure(done, task, fault):
    """One line that says what happened, and a result that a rescue can go on with."""
    _description, words = FAULTS[fault]
    assert words in done.failure
    assert len(done.failure.splitlines()) == 1 and "Traceback" not in done.failure and done.failure.endswith(".")
    if "id" in task:
        assert done.deployment["id"] == task["id"]


def check_end(runner, case, release):
    """What the server itself holds is what was asked for: once, and no more."""
    found = runner.deployments()
    if case.end is None:
        assert found == []
        return
    [deployment] = found
    assert {key: deployment[key] for key in case.end} == case.end
    assert tuple(running_images(deployment)) == case.jobs
    if not case.jobs:
        assert live(deployment) == [] and deployment["tasks"] == []
    # 2026-08 numbers a revision after the active one: after going back it takes two to get a number of its own
    twice = case.operation == "create_revision" and len(case.seed.get("revisions", ())) > 1 and release != "current"
    assert len(deployment["revisions"]) == case.revisions + twice


# --- faults in what follows a revision ---

OLDER = RELEASES[:2]
SCHEDULED = {"strategy": "SCHEDULED", "schedule": "0 0 1 1 *"}
#: A revision whose consequences on older servers the task undoes, or makes up for, by the operation that meets the
#: fault: a task that fails there says which state brings what was asked for, and that one does.
CONSEQUENCES = {
    "its start": ("start", dataclasses.replace(CASES["revise what runs"], stop_takes=SLOW_CHAIN), "started"),
    "the end of its jobs": ("stop_job", CASES["revise what is stopped"], "stopped"),
    "the start that drops its listing": (
        "start",
        Case("create_revision", stopped(**SCHEDULED), NEW, ["create_revision"], {"status": "STOPPED"}, (), 2),
        "stopped",
    ),
    "the stop that drops its listing": (
        "stop",
        Case("create_revision", stopped(**SCHEDULED), NEW, ["create_revision"], {"status": "STOPPED"}, (), 2),
        "stopped",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("release", OLDER)
@pytest.mark.parametrize("consequence", CONSEQUENCES)
def test_what_follows_a_revision_meets_a_fault(runner, consequence, release, fault):
    operation, case, state = CONSEQUENCES[consequence]
    task = meet(runner, case, release, fault, max(TIMES), operation)
    done = runner.run(**task)
    assert done.actions == ["create_revision"]
    if done.failure:
        check_failure(done, task, fault)
        assert "state: %s" % state in done.failure
        runner.server.control("DELETE", "/faults")
        assert runner.run(**(task | {"state": state})).failure is None
    check_end(runner, case, release)
    runner.server.control("POST", "/advance", {"seconds": AFTERMATH})
    check_end(runner, case, release)

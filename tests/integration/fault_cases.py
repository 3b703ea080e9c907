# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that need an operation, the faults that it may meet, and what is to be there in the end."""

from __future__ import annotations

import dataclasses

from .inprocess import CREATE, OTHER_MARKET, definition, live, running_images
from .record import record

RELEASES = ("guide", "2026-08", "current")
TIMES = (1, 3)
#: Seconds (real ones) after which a task that is to meet a late answer gives up a request, and how late that comes. All
#: others have the usual time: an answer can be late by itself, on a busy machine.
API_TIMEOUT, TOO_LATE = 1, 1.5
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
    "garbage": ({"kind": "garbage"}, "the API answered something that is no usable JSON"),
    "cut": ({"kind": "cut"}, "the connection broke before the answer was complete"),
}
JOBS = [{"state": "RUNNING"}, {"state": "RUNNING"}]
SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFpQ7vLPzRk0m4Jm1mQkQv1o3Z4l7cN0d5mXy2pQ9aBc"
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
    "requirements": Case(
        "update_requirements",
        running(),
        {"requirements": {"ram_gb": 24}},
        ["update_requirements"],
        {"status": "RUNNING", "requirements": {"ram_gb": 24}},
        ("nginx:1",) * 2,
        releases=("current",),
    ),
    "startup timeout": Case(
        "update_startup_timeout",
        running(strategy="INFINITE", startup_timeout=10),
        {"startup_timeout": 20},
        ["update_startup_timeout"],
        {"status": "RUNNING", "startup_timeout": 20},
        ("nginx:1",) * 2,
        releases=("current",),
    ),
    "SSH keys": Case(
        "update_ssh_keys",
        running(),
        {"ssh_public_keys": [SSH_KEY + " me"]},
        ["update_ssh_keys"],
        {"status": "RUNNING", "ssh_public_keys": [SSH_KEY + " me"]},
        ("nginx:1",) * 2,
        releases=("current",),
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


def meet(runner, case, release, fault, times, operation=None, **more):
    """Prepares the server, its deployment and the fault; returns the options of the task. ``more`` of the fault."""
    runner.server.reset(release=release, step=1)
    runner.server.control("PUT", "/jobs", {"stop_takes": case.stop_takes})
    who = {"name": "it"} if case.seed is None else {"id": runner.seed(name="it", **case.seed)}
    description, _words = FAULTS[fault]
    if fault == "hang":
        runner.give_up_after(API_TIMEOUT)
    asked_for = {"operation": operation or case.operation, "times": times}
    runner.server.control("PUT", "/faults", [description | asked_for | more])
    return who | case.task


def check_failure(done, task, fault, read=None):
    """One line that says what happened, and a result that a rescue can go on with. Where something that is only
    ``read`` met the fault, there may be nothing to return yet."""
    _description, words = FAULTS[fault]
    assert words in done.failure
    assert len(done.failure.splitlines()) == 1 and "Traceback" not in done.failure
    assert done.failure.endswith((".", ".)"))
    if "id" in task and (done.changed or not read):
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


def see_through(runner, case, release, fault, times, task, operation=None, after=0):
    """Runs the task, with the fault and, if it failed of that, again without; checks what came of it, and writes it
    down. ``operation`` and ``after`` say which request met the fault, where it is not the first of the case's own.
    Returns whether the task failed."""
    done = runner.run(**task)
    failed = bool(done.failure)
    if failed:
        check_failure(done, task, fault, operation)
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
    record(
        "faults",
        case=next((name for name, one in CASES.items() if one == case), ""),
        operation=operation or case.operation,
        after=after,
        fault=fault,
        release=release,
        times=times,
        outcome="failed, then as asked" if failed else "as asked",
    )
    return failed

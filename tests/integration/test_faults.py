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

from .fault_cases import (
    AFTERMATH,
    CASES,
    FAULTS,
    NEW,
    RELEASES,
    RETRIES,
    SLOW_CHAIN,
    TIMES,
    Case,
    check_end,
    check_failure,
    meet,
    see_through,
    status,
    stopped,
)
from .inprocess import Runner


@pytest.fixture
def runner(patient_server):
    return Runner(patient_server, leaps=True, retries=RETRIES)


@pytest.mark.pairwise
@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    "release, name", [(release, name) for release in RELEASES for name in CASES if release in CASES[name].releases]
)
def test_a_change_that_meets_a_fault(runner, release, name, fault, times):
    case = CASES[name]
    task = meet(runner, case, release, fault, times)
    see_through(runner, case, release, fault, times, task)


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


@pytest.mark.pairwise
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


# --- a 409 about the key of a stop ---


def conflict(code):
    return status(409) | {"headers": {"Retry-After": "1"}, "body": {"error": "no", "message": "no", "code": code}}


@pytest.mark.parametrize("code", ("IDEMPOTENCY_KEY_IN_PROGRESS", "IDEMPOTENCY_KEY_EXPIRED"))
def test_a_stop_of_jobs_goes_on_where_its_key_is_not_the_last_word(runner, code):
    case = CASES["stop jobs"]
    task = meet(runner, case, "current", "503", 1)
    runner.server.control("PUT", "/faults", [conflict(code) | {"operation": "stop_job"}])
    done = runner.run(**task)
    assert (done.failure, done.actions) == (None, ["stop_jobs"])
    check_end(runner, case, "current")


@pytest.mark.parametrize("code", ("IDEMPOTENCY_KEY_PAYLOAD_MISMATCH", "ANYTHING"))
def test_a_stop_of_jobs_that_is_refused_fails(runner, code):
    """It was taken for done once; then the jobs ran on, and the task waited for their end in vain."""
    task = meet(runner, CASES["stop jobs"], "current", "503", 1)
    runner.server.control("PUT", "/faults", [conflict(code) | {"operation": "stop_job"}])
    done = runner.run(**task)
    assert "the API refused it (409)" in done.failure
    assert "This ends them: nosana_deployment: {id: %s, state: stopped}" % task["id"] in done.failure


def test_a_stop_of_jobs_whose_answers_are_lost_is_read_back(runner):
    case = CASES["stop jobs"]
    task = meet(runner, case, "current", "garbage", 9)
    assert runner.run(**task).failure is None
    check_end(runner, case, "current")

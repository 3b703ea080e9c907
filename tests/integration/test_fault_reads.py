# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task only reads meets each fault: before it changes anything, or after. It does what was asked for, or says
what it could not read, and the same task does it once the fault is over."""

from __future__ import annotations

import dataclasses

import pytest

from .fault_cases import CASES, FAULTS, RETRIES, TIMES, meet, see_through
from .inprocess import Runner

#: Typical tasks, and what each reads: the operation, and how many of its requests are let through before the fault.
READS = {
    "create": (("list", 0), ("list", 1), ("get", 0), ("jobs", 0)),
    "revise what runs": (
        ("get", 0),
        ("get", 1),
        ("revisions", 0),
        ("revisions", 1),
        ("jobs", 0),
        ("tasks", 0),
        ("tasks", 2),
    ),
    "more replicas": (("get", 0), ("jobs", 0), ("jobs", 2), ("tasks", 1)),
    "stop": (("get", 0), ("get", 1), ("jobs", 0), ("tasks", 0)),
    "archive": (("get", 0), ("jobs", 0), ("tasks", 0)),
}
EACH = [(name, read) for name, reads in READS.items() for read in reads]


@pytest.fixture
def runner(patient_server):
    return Runner(patient_server, leaps=True, retries=RETRIES)


@pytest.mark.pairwise
@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name, read", EACH)
def test_a_read_that_meets_a_fault(runner, name, read, fault, times):
    case, (operation, after) = CASES[name], read
    task = meet(runner, case, "current", fault, times, operation, after=after)
    failed = see_through(runner, case, "current", fault, times, task, operation, after)
    asked = [one for one in runner.server.requests() if one["operation"] == operation]
    assert len(asked) > after + 1, "the fault was not met"
    if times <= RETRIES:
        assert not failed


def test_a_task_that_can_read_nothing_changes_nothing(runner):
    """Whatever state is asked for, a listing that fails is no empty one."""
    for state in ("present", "started", "stopped", "archived", "absent"):
        case = dataclasses.replace(CASES["create"], task=CASES["create"].task | {"state": state})
        task = meet(runner, case, "current", "garbage", 9, "list")
        done = runner.run(**task)
        assert "the API answered something that is no usable JSON" in done.failure and not done.changed
        assert not any(one["mutating"] for one in runner.server.requests())

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many requests a task takes, by the simulator's log: no more than docs/development/benchmarks.md says."""

from __future__ import annotations

import pytest

from .inprocess import CREATE, Runner

TASK = dict(CREATE, name="budget")


@pytest.fixture
def runner(patient_server):
    patient_server.reset(release="current", step=0.1)
    return Runner(patient_server, leaps=True)


def operations(runner, **task):
    """The operations that a task sends, in order."""
    runner.server.forget_requests()
    done = runner.run(**task)
    assert done.failure is None
    return [one["operation"] for one in runner.server.requests()]


@pytest.mark.parametrize(
    ("options", "more"),
    [
        ({}, []),
        ({"job_definition": None}, ["-revisions"]),
        ({"market": "nvidia-4090"}, ["markets"]),
        ({"max_usd_per_hour": 10}, ["market"]),
        ({"wait": False}, []),
        ({"check": True}, []),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("state", "usual"), [("present", ["list", "revisions"]), ("started", ["list", "revisions", "jobs"])]
)
def test_a_task_that_changes_nothing(runner, state, usual, options, more):
    runner.run(**TASK, state="started")
    runner.server.control("POST", "/advance", {"seconds": 60})
    expected = [one for one in usual if "-" + one not in more] + [one for one in more if not one.startswith("-")]
    if options.keys() & {"wait", "check"}:
        expected = [one for one in expected if one != "jobs"]
    assert sorted(operations(runner, **{**TASK, "state": state, **options})) == sorted(expected)


def test_creating_and_starting_takes_six_until_the_wait(runner):
    assert operations(runner, **TASK, state="started", wait=False) == [
        "list",
        "market",
        "credits",
        "create",
        "list",  # whether another run made one of the name at the same moment
        "start",
    ]


def test_nothing_is_read_twice_before_a_wait_begins(runner):
    runner.run(**TASK, state="started")
    runner.server.control("PUT", "/jobs", {"claim_after": 20})
    runner.run(**TASK, state="restarted", wait=False)
    runner.server.control("POST", "/advance", {"seconds": 10})
    asked = operations(runner, **TASK, state="started")
    assert asked[:3] == ["list", "revisions", "jobs"] and "stream" in asked

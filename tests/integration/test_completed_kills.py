# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Batch work whose task is killed at any of its requests, and run again: no job is ever listed twice."""

from __future__ import annotations

import pytest

from .inprocess import Runner
from .kills import MOMENTS, run_killed
from .playbooks import RELEASES
from .test_completed import CREATE, GOOD, OTHER
from .test_kills import KILLS

#: More requests than such a task has.
MOST = 80


@pytest.fixture
def runner(patient_server):
    return Runner(patient_server, leaps=True)


@pytest.mark.parametrize("release, before", [
    *[pytest.param(release, None, id=release + "-new") for release in RELEASES],
    pytest.param("current", GOOD, id="current-revised"),
    *[pytest.param(release, GOOD, id=release + "-revised", marks=pytest.mark.thorough) for release in RELEASES[:2]],
])
def test_a_batch_run_that_is_killed_is_not_doubled(runner, release, before):
    task = dict(CREATE, state="completed", job_definition=OTHER)
    runs, killed = (1 if before is None else 2), 0
    for number in range(1, MOST, 1 if KILLS == "all" else 3):
        runner.server.reset(release=release, step=1)
        if before is not None:
            assert runner.run(**dict(task, job_definition=before)).failure is None
        done = run_killed(runner, number, MOMENTS[number % len(MOMENTS)], task)
        again = runner.run(**task)
        assert again.failure is None
        assert [job["result"]["verdict"] for job in again.jobs] == ["succeeded"] * 2
        [deployment] = runner.deployments()
        assert len(deployment["jobs"]) == 2 * runs, "killed at request %d" % number
        if done is not None:
            break
        killed += 1
    assert killed > 5

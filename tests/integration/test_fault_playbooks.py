# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Some of the faults' matrix as users meet it: through ansible-playbook, with the module's own options."""

from __future__ import annotations

import pytest

from .fault_cases import CASES, RETRIES, meet, see_through
from .inprocess import Done, Runner
from .playbooks import SPEED, begin_task, result_of_task

SAMPLE = (
    ("create", "2026-08", "drop_after", 1),
    ("create", "guide", "cut", 3),
)
MORE = (
    ("market", "current", "500", 1),
    ("stop", "current", "429", 3),
    ("create", "current", "drop_after", 1),
    ("create a draft", "2026-08", "hang", 1),
    ("revise what runs", "current", "garbage", 1),
    ("revise what is stopped", "2026-08", "drop_after", 1),
    ("more replicas", "2026-08", "503", 3),
    ("start", "guide", "hang", 1),
    ("stop jobs", "2026-08", "drop_before", 3),
    ("delete", "current", "drop_after", 1),
)


class Playbooks:
    """A runner whose every task is an ansible-playbook."""

    def __init__(self, server, folder):
        self.server = server
        self.inner = Runner(server, speed=SPEED)
        self.seed, self.deployments = self.inner.seed, self.inner.deployments
        self._result = folder / "result.json"
        self._connection = {"api_retries": RETRIES}

    def give_up_after(self, seconds):
        self._connection["api_timeout"] = seconds

    def run(self, **options):
        options |= self._connection
        result = result_of_task(begin_task(self.server, options, self._result), self._result)
        return Done(
            result["changed"],
            result.get("actions", []),
            deployment=result.get("deployment"),
            failure=result["msg"] if result.get("failed") else None,
        )


@pytest.fixture(scope="module")
def server(lasting_simulator):
    return lasting_simulator(speed=SPEED)


@pytest.mark.parametrize(
    "name, release, fault, times", SAMPLE + tuple(pytest.param(*one, marks=pytest.mark.thorough) for one in MORE)
)
def test_a_playbook_that_meets_a_fault(server, tmp_path, name, release, fault, times):
    runner, case = Playbooks(server, tmp_path), CASES[name]
    task = meet(runner, case, release, fault, times)
    see_through(runner, case, release, fault, times, task)

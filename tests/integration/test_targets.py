# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs each target's playbook against the simulator over real HTTP, in each release of the API."""

from __future__ import annotations

import pytest

from .playbooks import RELEASES, SPEED, run_target

DEFINITION = {
    "version": "0.1",
    "type": "container",
    "ops": [
        {
            "id": "web",
            "type": "container/run",
            "args": {"image": "nginx", "expose": 80, "env": {"DB_PASSWORD": "hunter2-hunter2"}},
        }
    ],
}
SEEDS = {
    "many": [
        {
            "name": "crowd-%d" % number,
            "status": "STOPPED",
            "created_at": "2026-01-01T%02d:%02d:00.000Z" % divmod(number, 60),
        }
        for number in range(250)
    ]
    + [{"name": "twin", "status": "STOPPED"}, {"name": "twin", "status": "DRAFT"}],
    "info": [
        {
            "name": "info-a",
            "status": "RUNNING",
            "created_at": "2026-01-01T00:00:00.000Z",
            "job_definition": DEFINITION,
            "jobs": [{"state": "RUNNING", "revision": 1}],
        },
        {"name": "info-b", "status": "STOPPED", "strategy": "INFINITE", "created_at": "2026-02-01T10:00:00.000Z"},
        {"name": "info-c", "status": "DRAFT", "created_at": "2026-03-01T00:00:00.000Z"},
        {"name": "info-d", "status": "ARCHIVED", "created_at": "2026-04-01T00:00:00.000Z"},
    ],
    "removal": [
        {"name": "%s-%s" % (status, end), "status": status}
        for status in ("DRAFT", "RUNNING", "STOPPED", "ERROR", "INSUFFICIENT_FUNDS")
        for end in ("archived", "absent")
    ],
}


#: Each target, and the releases that "make test" runs it on: what differs between releases is tested in this process
#: (test_states.py, test_promises_check.py, test_traps.py), at a hundredth of the cost.
TARGETS = {
    "check_mode": ["current"],
    "removal": [],
    "guide": ["current"],
    "many": ["2026-08"],
    "info": ["current"],
    "markets": ["guide"],
    "jobs": ["2026-08"],
    "offers": ["current"],
    "job_definitions": ["current"],
}


def target_on(target, release):
    marks = [] if release in TARGETS[target] else [pytest.mark.thorough]
    return pytest.param(target, release, marks=marks, id="%s-%s" % (target, release))


@pytest.mark.parametrize("target, release", [target_on(target, one) for target in TARGETS for one in RELEASES])
def test_target(target, release, simulator):
    server = simulator(release=release, speed=SPEED)
    ids = server.control("POST", "/deployments", SEEDS[target])["ids"] if target in SEEDS else []
    done = run_target(server, target, release, seeded_ids=ids)
    assert done.returncode == 0, done.stdout + done.stderr

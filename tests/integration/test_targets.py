# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs each target's playbook against the simulator over real HTTP, in each release of the API."""

from __future__ import annotations

import pytest

from .playbooks import RELEASES, SPEED, run_target

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
    done = run_target(server, target, release)
    assert done.returncode == 0, done.stdout + done.stderr

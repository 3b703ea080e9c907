# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several of the integration tests share."""

from __future__ import annotations

import pytest

from .inprocess import FAST

#: The files whose single tests take longest. They come first: begun last, one of them would keep one worker busy
#: while the others have nothing left to do.
LONG = ("test_targets", "test_canaries", "test_examples", "test_news", "test_fault_playbooks")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG))


@pytest.fixture(scope="session")
def fast_server(lasting_simulator):
    """One simulator, FAST, for many small tests: each resets it to the release that it needs."""
    return lasting_simulator(speed=FAST)


@pytest.fixture(scope="session")
def patient_server(lasting_simulator):
    """One simulator on which time passes as it does, for clients that put it forward (see inprocess.LeapingClock)."""
    return lasting_simulator()

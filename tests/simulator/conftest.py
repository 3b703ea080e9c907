# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulator for all tests of a process, reset for each."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from simulator_api import Api, port_of, spawn  # noqa: E402


@pytest.fixture(scope="session")
def server():
    """One simulator for all tests of this process; each test resets it."""
    process, line = spawn("--speed", "0")
    yield port_of(line)
    process.terminate()
    assert process.wait(10) == 0
    process.stdout.close()
    process.stderr.close()


@pytest.fixture
def august(server):
    """The server of August 2026."""
    return Api(server).reset("2026-08")


@pytest.fixture
def current(server):
    """The newest server."""
    return Api(server).reset("current")


@pytest.fixture
def guide(server):
    """The server of the seed document."""
    return Api(server).reset("guide")

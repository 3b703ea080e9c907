# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several of the integration tests share."""

from __future__ import annotations

import itertools
import os

import pytest
import runs

from ansible_collections.nosana.cloud.plugins.module_utils import _module

from .inprocess import FAST, LeapingClock
from .pairwise import pairwise
from .snippets import report

#: The files whose single tests take longest. They come first: begun last, one of them would keep one worker busy
#: while the others have nothing left to do.
LONG = ("test_ansible_test", "test_targets", "test_canaries", "test_story", "test_snippets", "test_news")
LONG += ("test_fault_playbooks",)
#: "all" runs all combinations of the tests marked as pairwise, and not only so many that each pair of values occurs,
#: and the tests marked as thorough.
COMBINATIONS = os.environ.get("COMBINATIONS", "pairwise")


def pytest_collection_modifyitems(config, items):
    if COMBINATIONS != "all":
        left_out = left_to_reliability(items) | {item for item in items if item.get_closest_marker("thorough")}
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    items.sort(key=lambda item: LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG))


def pytest_terminal_summary(terminalreporter):
    what = "all" if COMBINATIONS == "all" else 'pairwise, and no thorough ones; "make reliability" runs all'
    terminalreporter.write_line("combinations: %s" % what)
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    values = [value for one in reports for name, value in one.user_properties if name == report.PROPERTY]
    for line in report.lines(values):
        terminalreporter.write_line(line)


def left_to_reliability(items):
    """The items of tests marked as pairwise whose pairs of values all occur in other items as well."""
    marked = [item for item in items if item.get_closest_marker("pairwise")]
    left = set()
    for _test, group in itertools.groupby(marked, key=lambda item: item.function):
        group = list(group)
        chosen = pairwise([item.callspec.params for item in group])
        left |= set(group) - {group[index] for index in chosen}
    return left


@pytest.fixture(scope="session")
def runs_file(tmp_path_factory):
    """Where the runs of a test are written down, by whatever process."""
    file = tmp_path_factory.mktemp("runs") / "runs.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(runs.FILE, str(file))
        yield file


@pytest.fixture(autouse=True)
def changed_is_truthful(simulators, runs_file):
    """Whatever a test is about: no run that says it changed nothing, or is in check mode, may have changed anything."""
    runs_file.unlink(missing_ok=True)
    yield
    requests = [request for server in simulators.alive() for request in server.take_mutating()]
    assert runs.broken_promises(runs.noted(runs_file), requests) == []


@pytest.fixture(scope="session")
def fast_server(lasting_simulator):
    """One simulator, FAST, for many small tests: each resets it to the release that it needs."""
    return lasting_simulator(speed=FAST)


@pytest.fixture(scope="session")
def patient_server(lasting_simulator):
    """One simulator on which time stands still but for clients that put it forward (see inprocess.LeapingClock): no
    machine is too slow for that."""
    return lasting_simulator(speed=0)


@pytest.fixture
def leaping_modules(patient_server, monkeypatch):
    """Modules that are run in this process (run_module) put the time of patient_server forward, too."""
    monkeypatch.setattr(_module, "Clock", lambda _speed: LeapingClock(patient_server))

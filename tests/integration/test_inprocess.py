# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clock that puts the simulator's time forward hides no wait: what a client waits for too long takes that long."""

from __future__ import annotations

import threading

import pytest

from .inprocess import CREATE, LeapingClock, Runner

HOSTS_COME = 200


@pytest.fixture
def runner(patient_server):
    patient_server.reset(release="current", step=1)
    return Runner(patient_server, leaps=True)


def seconds(server):
    """What the server's own clock shows."""
    return server.control("POST", "/advance", {"seconds": 0})["now"]


def test_a_wait_without_news_takes_all_its_time(patient_server):
    patient_server.reset(release="current", step=1)
    clock, before = LeapingClock(patient_server), seconds(patient_server)
    clock.wait_for(threading.Event(), 60)
    assert clock.now() == 60
    assert seconds(patient_server) != before


def test_news_that_is_there_is_not_waited_for(patient_server):
    clock, event = LeapingClock(patient_server), threading.Event()
    event.set()
    clock.wait_for(event, 60)
    assert clock.now() == 0


def test_a_client_that_follows_the_stream_is_woken_by_it(runner):
    """Both replicas are taken by hosts at once; the client does not notice only when its minute is over."""
    runner.server.control("PUT", "/jobs", {"claim_after": HOSTS_COME})
    done = runner.run(name="it", state="started", **CREATE)
    assert done.failure is None
    assert HOSTS_COME <= runner.clock.now() <= HOSTS_COME + 10


def test_a_client_that_looks_once_a_minute_shows(runner):
    """Without news, time passes until it looks: here to its deadline, as no host ever comes."""
    runner.server.control("PUT", "/jobs", {"claim_after": None})
    done = runner.run(name="it", state="started", wait_timeout=300, **CREATE)
    assert "not started within 300 s" in done.failure
    assert 290 <= runner.clock.now() <= 310

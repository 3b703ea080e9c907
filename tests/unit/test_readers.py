# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading about many things at once: order, bounds, failures, interruption, and a server that is busy or fails."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api.client import Client
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import Unreachable
from ansible_collections.nosana.cloud.plugins.module_utils._api.exchange import Connection, TransientError
from ansible_collections.nosana.cloud.plugins.module_utils._api.readers import AT_ONCE, Readers
from ansible_collections.nosana.cloud.plugins.module_utils._model.clock import Clock

from .small_api import JOB, World, small_api

#: Simulated seconds in a real one.
SPEED = 20


@pytest.fixture
def client():
    with small_api() as server:
        server.world = World()
        yield Client(Connection(server.url, "nos_readers", retries=5), Clock(SPEED))


@pytest.fixture
def readers(client):
    return Readers(client)


def test_results_come_in_the_order_of_the_items(readers):
    def work(number):
        time.sleep(0.01 * (number % 3))
        return number * 2

    assert readers.each(work, range(50)) == [number * 2 for number in range(50)]
    assert readers.each(work, []) == []


def test_so_many_at_once_and_no_more(readers):
    together, most, lock, all_here = set(), [], threading.Lock(), threading.Barrier(AT_ONCE)

    def work(number):
        with lock:
            together.add(number)
            most.append(len(together))
        all_here.wait(60)
        with lock:
            together.discard(number)

    readers.each(work, range(5 * AT_ONCE))
    assert max(most) == AT_ONCE


def test_the_first_failure_in_order_is_raised_and_nothing_is_begun_after_it(readers):
    begun = []

    def work(number):
        begun.append(number)
        if number == 3:
            time.sleep(0.1)
        if number in (3, 5):
            raise ValueError(number)
        time.sleep(0.05)

    with pytest.raises(ValueError, match="^3$"):
        readers.each(work, range(1000))
    assert len(begun) <= 2 * AT_ONCE


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_an_interruption_ends_it_at_once(readers):
    asked = []

    def work(number):
        if number == 2:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)  # a real one, which ends its waiting
        while True:
            time.sleep(0.05)
            asked.append(number)
            readers.client.call("get_job_by_address", job=JOB)

    with pytest.raises(KeyboardInterrupt):
        readers.each(work, range(100))
    counts = []
    while len(counts) < 100 and counts[-3:] != [len(asked)] * 3:  # what was under way comes to its end
        counts.append(len(asked))
        time.sleep(0.2)
    assert len(counts) < 100  # none of the threads goes on asking


def busy(client, failures):
    """Lets the server fail so often, whoever asks; returns the times (of the client's clock) of all requests, and how
    many of them there were at each failure."""
    send, lock, asked, failed, left = client._exchange.send, threading.Lock(), [], [], list(failures)

    def failing(*request):
        with lock:
            asked.append(client.clock.now())
            problem = left.pop(0) if left else None
        if problem is not None:
            time.sleep(0.02)  # so that others are under way
            failed.append(len(asked))
            raise problem
        return send(*request)

    client._exchange.send = failing
    return asked, failed


def transient(**more):
    return TransientError("the API failed", **more)


def test_when_one_is_told_to_wait_all_wait(client):
    readers = Readers(client)
    asked, failed = busy(client, [None, transient(done=False, retry_after=10.0, status=429)])
    readers.each(lambda number: readers.client.call("get_job_by_address", job=JOB), range(40))
    gaps = [after - before for before, after in zip(asked, asked[1:])]
    assert len(asked) == 41 and max(gaps) >= 8
    assert gaps.index(max(gaps)) < failed[0] + AT_ONCE  # only what was under way came before the pause


def test_one_outage_that_all_meet_counts_once(client):
    readers = Readers(client)
    asked, _failed = busy(client, [transient(status=503) for _number in range(AT_ONCE)])
    assert len(readers.each(lambda number: readers.client.call("get_job_by_address", job=JOB), range(20))) == 20
    assert len(asked) == 20 + AT_ONCE


def test_an_outage_that_lasts_ends_it_with_as_many_tries_as_one_client_makes(client):
    readers = Readers(client)
    asked, _failed = busy(client, [transient(status=503) for _number in range(1000)])
    with pytest.raises(Unreachable, match="the API failed"):
        readers.each(lambda number: readers.client.call("get_job_by_address", job=JOB), range(100))
    assert len(asked) <= AT_ONCE + 6

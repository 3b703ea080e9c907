# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate before the requests of several workers: who waits, who tries, and who gives up."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import Refused
from ansible_collections.nosana.cloud.plugins.module_utils._api.exchange import TransientError
from ansible_collections.nosana.cloud.plugins.module_utils._api.gate import Gate, GivenUp
from ansible_collections.nosana.cloud.plugins.module_utils._model.clock import Deadline


class Clock:
    """A clock on which a wait passes at once; ``meanwhile`` happens each time."""

    def __init__(self):
        self.seconds = 0.0
        self.meanwhile = lambda: None

    def now(self):
        return self.seconds

    def wait_for(self, _event, seconds):
        self.seconds += seconds
        self.meanwhile()


class Client:
    def __init__(self, clock, seconds=None, is_patient=False):
        self.deadline = Deadline(clock, seconds)
        self.is_patient = is_patient


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def gate(clock):
    return Gate(clock, threading.Event(), retries=2)


def fails(status=503, **more):
    def send():
        raise TransientError("down", status=status, **more)

    return send


def try_once(gate, client, send):
    with pytest.raises(TransientError) as raised:
        gate.send(client, send)
    return raised.value


def test_an_answer_passes(gate, clock):
    assert gate.send(Client(clock), lambda: 1) == 1 and clock.now() == 0


def test_after_a_failure_all_wait_longer_each_time(gate, clock):
    waited = []
    for _try in range(3):
        before = clock.now()
        try_once(gate, Client(clock, is_patient=True), fails())
        waited.append(round(clock.now() - before, 2))
    assert waited == [0, 0.3, 0.6]


def test_all_wait_as_long_as_one_was_asked_to(gate, clock):
    try_once(gate, Client(clock), fails(429, retry_after=20.0))
    assert gate.send(Client(clock), lambda: 1) == 1 and 20 <= clock.now() < 20.1
    assert gate.send(Client(clock), clock.now) < 20.1  # an answer opened it


@pytest.mark.parametrize("status", [500, 200, 409])
def test_what_only_one_meets_keeps_nobody_waiting(gate, clock, status):
    try_once(gate, Client(clock), fails(status))
    assert gate.send(Client(clock), lambda: 1) == 1 and clock.now() == 0


def test_a_refusal_opens_it(gate, clock):
    try_once(gate, Client(clock), fails())

    def refuse():
        raise Refused("no", "GET", "/", 403)

    with pytest.raises(Refused):
        gate.send(Client(clock), refuse)
    now = clock.now()
    assert gate.send(Client(clock), lambda: 1) == 1 and clock.now() == now


def test_what_was_under_way_neither_counts_nor_opens_it(gate, clock):
    """Eight that were sent before an outage are no eight tries, and a late answer is no news."""

    def under_way(outcome):
        try_once(gate, Client(clock), fails())
        return outcome()

    assert gate.send(Client(clock), lambda: under_way(lambda: 1)) == 1
    gate.send(Client(clock), lambda: 1)
    assert clock.now() >= 0.3  # it was closed all the same
    for _one in range(8):
        assert not isinstance(try_once(gate, Client(clock), lambda: under_way(fails())), GivenUp)
        gate.send(Client(clock), lambda: 1)


def test_all_give_up_after_the_tries_of_one(gate, clock):
    for _try in range(2):
        assert not isinstance(try_once(gate, Client(clock), fails()), GivenUp)
    assert isinstance(try_once(gate, Client(clock), fails()), GivenUp)
    before, sent = clock.now(), []
    problem = try_once(gate, Client(clock), lambda: sent.append(1))
    assert isinstance(problem, GivenUp) and problem.done is False and not sent and clock.now() == before
    clock.seconds += 5  # it is time for another try
    assert gate.send(Client(clock), lambda: 1) == 1


def test_a_wait_goes_on_until_its_deadline(gate, clock):
    for _try in range(6):
        assert not isinstance(try_once(gate, Client(clock, is_patient=True), fails()), GivenUp)
    client = Client(clock, seconds=1, is_patient=True)
    assert isinstance(try_once(gate, client, fails()), GivenUp) and client.deadline.passed()


def test_one_tries_while_the_others_wait(gate, clock):
    try_once(gate, Client(clock), fails())
    order = []

    def tries():
        clock.meanwhile = lambda: order.append("waits")
        second = threading.Thread(target=lambda: order.append(gate.send(Client(clock), lambda: "second")))
        second.start()
        while "waits" not in order:
            pass
        order.append("first")
        return second

    gate.send(Client(clock), tries).join()
    assert order[0] == "waits" and [one for one in order if one != "waits"] == ["first", "second"]


def test_a_stop_ends_who_waits(clock):
    stop = threading.Event()
    gate = Gate(clock, stop, retries=2)
    try_once(gate, Client(clock), fails(429, retry_after=20.0))
    clock.meanwhile = stop.set
    with pytest.raises(KeyboardInterrupt):
        gate.send(Client(clock), lambda: 1)
    assert clock.now() < 1

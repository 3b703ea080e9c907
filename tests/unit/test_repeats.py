# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When and how a request is sent again: how long the client waits, and what it takes for final."""

from __future__ import annotations

import email.utils
import time

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api import exchange
from ansible_collections.nosana.cloud.plugins.module_utils._api.client import Client
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import Refused, UnknownOutcome, Unreachable
from ansible_collections.nosana.cloud.plugins.module_utils._api.exchange import Connection
from ansible_collections.nosana.cloud.plugins.module_utils._model.clock import Deadline

from .fake_api import FastClock, fake_api

ID = "8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ"
KEY = {"Idempotency-Key": "one"}


def client_for(url, seconds=None, **settings):
    clock = FastClock()
    return Client(Connection(url, "nos_key", **settings), clock, Deadline(clock, seconds))


def conflict(code, **headers):
    return 409, {"error": "no", "message": "no", "code": code}, headers


def test_pauses_grow_and_end_at_a_cap():
    with fake_api((503, {"error": "down"})) as api:
        client = client_for(api.url, retries=12)
        with pytest.raises(Unreachable, match="tried 13 times"):
            client.call("get_deployment", id=ID)
    first, cap = exchange.FIRST_PAUSE, exchange.LONGEST_PAUSE
    for attempt, pause in enumerate(client.clock.slept):
        longest = min(first * 2**attempt, cap)
        assert longest / 2 <= pause <= longest


def test_pauses_of_two_clients_differ():
    """Jitter: clients that failed together don't come back together."""
    slept = []
    for _client in range(2):
        with fake_api((503, {"error": "down"})) as api:
            client = client_for(api.url, retries=5)
            with pytest.raises(Unreachable):
                client.call("get_deployment", id=ID)
        slept.append(client.clock.slept)
    assert slept[0] != slept[1]


@pytest.mark.parametrize("status", (429, 502, 503, 504))
@pytest.mark.parametrize("as_date", (False, True))
def test_the_server_says_how_long_to_wait(status, as_date):
    value = email.utils.formatdate(time.time() + 40, usegmt=True) if as_date else "40"
    with fake_api((status, {}, {"Retry-After": value}), (200, {"id": ID})) as api:
        client = client_for(api.url)
        client.call("get_deployment", id=ID)
    [pause] = client.clock.slept
    assert 38 <= pause <= 41


def test_a_date_without_the_servers_clock_is_held_against_this_machines(monkeypatch):
    value = email.utils.formatdate(time.time() + 40, usegmt=True)
    with fake_api((429, {}, {"Retry-After": value}), (200, {"id": ID})) as api:
        monkeypatch.setattr(
            api.RequestHandlerClass, "send_response", lambda handler, status: handler.send_response_only(status)
        )
        client = client_for(api.url)
        client.call("create", body={})
    [pause] = client.clock.slept
    assert 38 <= pause <= 41


@pytest.mark.parametrize("value", ("soon", "-5", "1.5", "", "Fri, 99 Aug 2026 10:00:09 GMT"))
def test_what_is_no_time_is_no_reason_to_wait(value):
    with fake_api((429, {}, {"Retry-After": value}), (200, {"id": ID})) as api:
        client = client_for(api.url)
        client.call("get_deployment", id=ID)
    [pause] = client.clock.slept
    assert pause < 1


def test_one_deadline_bounds_all_pauses_of_a_task():
    with fake_api((503, {"error": "down"}, {"Retry-After": "8"})) as api:
        client = client_for(api.url, seconds=20, retries=99)
        for _request in range(2):
            with pytest.raises(Unreachable, match="asks to wait 8 s"):
                client.call("get_deployment", id=ID)
    assert len(api.seen) == 4 and client.clock.now() <= 20


def test_what_is_in_progress_is_asked_again_with_the_same_key():
    with fake_api(conflict("IDEMPOTENCY_KEY_IN_PROGRESS", **{"Retry-After": "3"}), (200, {"tx": "x"})) as api:
        client = client_for(api.url)
        assert client.call("stop_job", job=ID, headers=KEY) == {"tx": "x"}
    assert [seen[2]["Idempotency-Key"] for seen in api.seen] == ["one", "one"]
    [pause] = client.clock.slept
    assert 3 <= pause < 4


def test_what_stays_in_progress_is_of_unknown_end():
    with fake_api(conflict("IDEMPOTENCY_KEY_IN_PROGRESS")) as api:
        with pytest.raises(UnknownOutcome, match=r"done already \(409\), tried 3 times"):
            client_for(api.url, retries=2).call("stop_job", job=ID, headers=KEY)
    assert len(api.seen) == 3


@pytest.mark.parametrize("code", ("IDEMPOTENCY_KEY_EXPIRED", "IDEMPOTENCY_KEY_PAYLOAD_MISMATCH", None, 5))
def test_any_other_conflict_is_final_and_says_what_kind(code):
    with fake_api(conflict(code)) as api:
        with pytest.raises(Refused) as error:
            client_for(api.url).call("stop_job", job=ID, headers=KEY)
    assert len(api.seen) == 1 and error.value.code == (code if isinstance(code, str) else None)


def test_an_unknown_end_says_how_long_the_server_asks_to_wait():
    with fake_api((503, {}, {"Retry-After": "7"})) as api:
        with pytest.raises(UnknownOutcome, match="asks to wait 7 s") as error:
            client_for(api.url).call("start", id=ID)
    client = client_for(api.url)
    client.pause_before_again(error.value, 2)
    assert client.clock.slept == [7]
    hurried = client_for(api.url, seconds=5)
    with pytest.raises(UnknownOutcome):
        hurried.pause_before_again(error.value, 2)
    assert hurried.clock.slept == []

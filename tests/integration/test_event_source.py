# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source against a simulator: what it sends, and that nothing that the server does ends it."""

from __future__ import annotations

import asyncio
import functools
import importlib
import logging
import re
import socket
import sys
import threading
import time
import urllib.request

import pytest
from conftest import SimulatorProcess

from .events import KEY, PATIENCE, looks, running, source, until
from .playbooks import RELEASES

STREAMING = RELEASES[1:]
#: Simulated seconds a second. Nothing here depends on how long the simulator's own changes take.
SPEED = 200
#: Seconds (simulated ones) between two looks that no test waits for.
NEVER = 100_000
THREAD = "nosana.cloud.deployments"


def scenario(test):
    """A test that is a coroutine."""

    @functools.wraps(test)
    def run(**fixtures):
        asyncio.run(test(**fixtures))

    return run


@pytest.fixture
def server(simulator, request, monkeypatch):
    monkeypatch.setenv("NOSANA_SIMULATOR_SPEED", str(SPEED))
    return simulator(release=getattr(request, "param", "current"), speed=SPEED)


each_release = pytest.mark.parametrize("server", RELEASES, indirect=True)
streaming = pytest.mark.parametrize("server", STREAMING, indirect=True)


def seed(server, *names, status="RUNNING", **fields):
    """Puts deployments on the server; returns their ids."""
    seeds = [{"name": name, "status": status, "strategy": "INFINITE", **fields} for name in names]
    return server.control("POST", "/deployments", seeds)["ids"]


def change(server, key, status, **fields):
    server.control("PATCH", "/deployments/" + key, {"status": status, **fields})


def delete(server, key):
    """Deletes a STOPPED deployment past the collection, as another client does."""
    request = urllib.request.Request(server.api_url + "/deployments/" + key, method="DELETE")
    request.add_header("Authorization", "Bearer " + KEY)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=PATIENCE):
        pass


def told(caplog):
    """What the source said, without how often and when the next try is."""
    return [record.getMessage() for record in caplog.records if record.name == THREAD]


# --- what is sent --------------------------------------------------------------------------------------------------


@each_release
@scenario
async def test_each_deployment_once_and_then_each_new_status(server):
    one, two = seed(server, "one", "two")
    async with running(server) as events:
        first = await events.next(2)
        assert {event["id"] for event in first} == {one, two}
        seen = {(event["status"], event["was"], event["times_within_hour"]) for event in first}
        assert seen == {("RUNNING", None, 1)}
        change(server, two, "ERROR")
        event = await events.next()
        assert (event["id"], event["name"], event["status"], event["was"]) == (two, "two", "ERROR", "RUNNING")
        [three] = seed(server, "three", status="DRAFT")
        event = await events.next()
        assert (event["id"], event["status"], event["was"]) == (three, "DRAFT", None)
        change(server, two, "ERROR", replicas=3)  # something else than its status
        await looks(server)
        assert events.is_quiet()


@scenario
async def test_the_event_has_each_known_field_and_never_the_key(server, run_module):
    from ansible_collections.nosana.cloud.plugins.modules import nosana_deployment_info

    [one] = seed(server, "mine " + KEY)
    server.control("PUT", "/server", {"answers": [{"operation": "list", "set": {"new_field": {"deep": [KEY]}}}]})
    async with running(server) as events:
        event = await events.next()
    assert KEY not in str(event) and event["name"] == "mine ********"
    options = {"api_url": server.api_url, "api_key": "nos_another_key", "id": one}
    [known] = run_module(nosana_deployment_info, options)["deployments"]
    assert event["deployment"].keys() - {"new_field"} == known.keys()
    assert event["deployment"]["endpoints"] == known["endpoints"]
    assert event["change_id"] == "%s/RUNNING/%s" % (one, known["updated_at"])


@streaming
@scenario
async def test_a_change_is_sent_at_once_where_the_server_has_streams(server):
    [one] = seed(server, "one")
    async with running(server, interval=NEVER) as events:
        await events.next()
        steps = [("STARTING", "RUNNING"), ("ERROR", "STARTING"), ("STARTING", "ERROR"), ("ERROR", "STARTING")]
        for status, was in steps:
            change(server, one, status)
            event = await events.next()
            assert (event["status"], event["was"]) == (status, was)


@scenario
async def test_streams_are_opened_again_after_an_outage(server, caplog):
    [one] = seed(server, "one")
    async with running(server, interval=NEVER, api_retries=0) as events:
        await events.next()
        await until(lambda: streams_of(server) == 1, "the stream")
        server.control("PUT", "/faults", [{"kind": "status", "status": 401, "times": 2}])
        change(server, one, "STARTING")
        await until(lambda: told(caplog), "a message")
        assert (await events.next())["status"] == "STARTING"
        await until(lambda: streams_of(server) == 2, "the stream again")
        for status in ("RUNNING", "ERROR"):
            change(server, one, status)
            assert (await events.next())["status"] == status


@scenario
async def test_a_filter_by_status_leaves_out_others_and_was_is_what_was_before(server):
    [one] = seed(server, "one")
    async with running(server, status=["ERROR", "STOPPED"]) as events:
        await looks(server)
        assert events.is_quiet()
        change(server, one, "STOPPING")
        await looks(server)
        change(server, one, "STOPPED")
        event = await events.next()
        assert (event["status"], event["was"]) == ("STOPPED", "STOPPING")
        delete(server, one)
        await looks(server)
        assert events.is_quiet()


@scenario
async def test_a_prefix_leaves_out_others_and_forgets_what_is_renamed(server):
    one, _two = seed(server, "prod-one", "test-two")
    async with running(server, name_prefix="prod-") as events:
        assert (await events.next())["id"] == one
        change(server, one, "RUNNING", name="old")
        await looks(server)
        change(server, one, "ERROR", name="old")
        await looks(server)
        assert events.is_quiet()
        change(server, one, "ERROR", name="prod-again")
        event = await events.next()
        assert (event["name"], event["was"], event["status"]) == ("prod-again", None, "ERROR")


@each_release
@scenario
async def test_what_is_archived_or_deleted_is_sent_once(server):
    one, two = seed(server, "one", "two", status="STOPPED")
    seed(server, "long archived", status="ARCHIVED")
    async with running(server) as events:
        await events.next(2)
        change(server, one, "ARCHIVED")
        event = await events.next()
        assert (event["id"], event["status"], event["was"]) == (one, "ARCHIVED", "STOPPED")
        delete(server, two)
        event = await events.next()
        assert (event["id"], event["name"], event["status"], event["was"]) == (two, "two", None, "STOPPED")
        assert event["change_id"] == two + "//deleted" and event["deployment"]["name"] == "two"
        await looks(server)
        assert events.is_quiet()


@each_release
@scenario
async def test_a_status_that_is_not_known_is_sent_like_any_other(server):
    [one] = seed(server, "one", status="HIBERNATING")
    async with running(server) as events:
        assert (await events.next())["status"] == "HIBERNATING"
        change(server, one, "RUNNING")
        assert (await events.next())["was"] == "HIBERNATING"


@pytest.mark.parametrize("field", ["status", "updated_at", "name", "created_at", "endpoints"])
@scenario
async def test_a_field_that_is_missing_for_a_while(server, field):
    [one] = seed(server, "one")
    async with running(server) as events:
        await events.next()
        server.control("PUT", "/server", {"answers": [{"operation": "list", "without": [field]}]})
        await looks(server)
        assert events.is_quiet()
        change(server, one, "ERROR")
        if field != "status":
            assert (await events.next())["status"] == "ERROR"
        server.control("PUT", "/server", {"answers": []})
        if field == "status":
            event = await events.next()
            assert (event["status"], event["was"]) == ("ERROR", "RUNNING")
        await looks(server)
        assert events.is_quiet()


@scenario
async def test_after_a_restart_of_its_own_everything_comes_again_with_the_same_change_ids(server):
    seed(server, "one", "two")
    seed(server, "three", status="ERROR")
    seen = []
    for _run in range(2):
        async with running(server) as events:
            seen.append({event["change_id"] for event in await events.next(3)})
    assert seen[0] == seen[1] and len(seen[0]) == 3


@scenario
async def test_hundreds_of_deployments_and_no_more_streams_than_allowed(server):
    seed(server, *("number-%d" % number for number in range(230)))
    async with running(server, interval=NEVER) as events:
        assert len({event["id"] for event in await events.next(230)}) == 230
        await until(lambda: streams_of(server) >= 32, "the streams")
        await asyncio.sleep(0.5)
        assert streams_of(server) == 32


def streams_of(server):
    return sum(one["operation"] == "stream" for one in server.requests())


# --- what goes wrong -----------------------------------------------------------------------------------------------

TROUBLE = [
    {"kind": "drop_before"},
    {"kind": "drop_after"},
    {"kind": "garbage"},
    {"kind": "cut"},
    {"kind": "status", "status": 500, "body": {"error": "Internal Server Error"}},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 404, "body": {"message": "Route GET:/api/deployments not found", "statusCode": 404}},
    {"kind": "status", "status": 302, "headers": {"Location": "http://127.0.0.1:9/"}},
    {"kind": "status", "status": 200, "body": {"deployments": [{"name": "no id"}]}},
    {"kind": "status", "status": 200, "body": {"deployments": [{"id": ["no", "text"]}]}},
    {"kind": "status", "status": 200, "body": [[]]},
    {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}},
]


def name_of(fault):
    return "%s-%s" % (fault["kind"], fault.get("status", ""))


@pytest.mark.parametrize("fault", TROUBLE, ids=name_of)
@scenario
async def test_an_outage_is_told_once_and_once_more_when_it_is_over(server, caplog, fault):
    [one] = seed(server, "one")
    async with running(server, api_retries=1) as events:
        await events.next()
        server.control("PUT", "/faults", [dict(fault, operation="list", times=1000)])
        await until(lambda: told(caplog), "a message")
        change(server, one, "ERROR")
        await looks(server, 4)
        assert len(told(caplog)) == 1 and events.is_quiet()
        server.control("DELETE", "/faults")
        event = await events.next()
        assert (event["status"], event["was"]) == ("ERROR", "RUNNING")
        await looks(server)
        assert events.is_quiet()
    first, last = told(caplog)
    assert "Until this is over, there are no events." in first and "the API answers again" in last
    assert KEY not in caplog.text


@scenario
async def test_it_waits_as_long_as_a_busy_server_asks_for(server, caplog):
    [one] = seed(server, "one")
    server.control("PUT", "/faults", [{"kind": "status", "status": 429, "headers": {"Retry-After": "600"}}])
    async with running(server, interval=1) as events:
        await until(lambda: told(caplog), "a message")
        assert (await events.next())["id"] == one
        first, second = [request["received"] for request in server.requests()][:2]
        assert (second - first) * SPEED >= 0.99 * 600
    assert "The next try is in 600 s." in told(caplog)[0]


@pytest.mark.parametrize("fault", TROUBLE[:7], ids=name_of)
@pytest.mark.parametrize("operation", ["get", "stream"])
@scenario
async def test_trouble_with_one_deployment_or_its_stream_loses_nothing(server, fault, operation):
    one, two = seed(server, "one", "two")
    server.control("PUT", "/faults", [dict(fault, operation=operation, times=8)])
    async with running(server, api_retries=1) as events:
        await events.next(2)
        change(server, one, "ARCHIVED")
        change(server, two, "ERROR")
        assert {(await events.next())["status"] for _each in range(2)} == {"ARCHIVED", "ERROR"}
        await looks(server)
        assert events.is_quiet()


@pytest.mark.parametrize("status", [401, 403])
@scenario
async def test_a_refused_key_is_told_once_tried_slowly_and_does_not_end_it(server, caplog, status):
    [one] = seed(server, "one")
    server.control("PUT", "/faults", [{"kind": "status", "status": status, "body": "Unauthorized", "times": 1000}])
    async with running(server, interval=1) as events:
        await until(lambda: told(caplog), "a message")
        await until(lambda: len(server.requests()) >= 3, "two more tries")
        first, second, third = [request["received"] for request in server.requests()][:3]
        assert min(second - first, third - second) * SPEED >= 0.99 * 60
        assert len(told(caplog)) == 1 and events.is_quiet()
        server.control("DELETE", "/faults")
        assert (await events.next())["id"] == one
    assert "(%d)" % status in told(caplog)[0]
    assert status == 403 or "api_key comes from the rulebook" in told(caplog)[0]
    assert len(told(caplog)) == 2 and KEY not in caplog.text


@scenario
async def test_a_restart_of_the_server_on_the_same_port(server, caplog, tmp_path):
    """It is another server here, which has lost one of two deployments."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    first = SimulatorProcess(tmp_path / "first.log", port=port, speed=SPEED)
    one, two = seed(first, "one", "two")
    async with running(first, api_retries=0, interval=1) as events:
        await events.next(2)
        first.stop()
        await until(lambda: told(caplog), "a message")
        second = SimulatorProcess(tmp_path / "second.log", port=port, speed=SPEED)
        try:
            # A simulator gives the same ids again; until then, that it has none is no news of any.
            assert {(event["status"], event["was"]) for event in await events.next(2)} == {(None, "RUNNING")}
            assert seed(second, "one", status="ERROR") == [one]
            event = await events.next()
            assert (event["id"], event["status"], event["was"]) == (one, "ERROR", None)
            assert two != one and len(told(caplog)) == 2
        finally:
            second.stop()


@pytest.mark.parametrize("kind", ["hang_before", "status"])
@scenario
async def test_one_that_can_not_be_read_holds_no_other_one_up(server, caplog, kind):
    one, two = seed(server, "one", "two", status="STOPPED")
    async with running(server, api_timeout=1, interval=1) as events:
        await events.next(2)
        fault = {"kind": kind, "seconds": 30, "status": 500, "operation": "get", "times": 999}
        server.control("PUT", "/faults", [fault])
        delete(server, one)
        change(server, two, "RUNNING")
        event = await events.next()
        assert (event["id"], event["status"]) == (two, "RUNNING")
        await looks(server)
        assert events.is_quiet()
        server.control("DELETE", "/faults")
        event = await events.next()
        assert (event["id"], event["status"]) == (one, None) and told(caplog) == []


@scenario
async def test_another_kind_of_trouble_is_told_as_well(server, caplog):
    seed(server, "one")
    async with running(server, api_retries=0, interval=1) as events:
        await events.next()
        server.control("PUT", "/faults", [{"kind": "status", "status": 503, "times": 1000}])
        await until(lambda: len(told(caplog)) == 1, "the first message")
        server.control("PUT", "/faults", [{"kind": "status", "status": 401, "times": 1000}])
        await until(lambda: len(told(caplog)) == 2, "the second message")
        server.control("DELETE", "/faults")
        await until(lambda: len(told(caplog)) == 3, "the end")


# --- options -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"interval": 0}, "interval: must be 1 or more, not 0"),
        ({"interval": "often"}, "argument 'interval' is of type str and we were unable to convert to int"),
        ({"status": ["FAILED"]}, "Got no match for: FAILED"),
        ({"prefix": "prod-"}, "prefix: is no option of this source (the nearest: name_prefix"),
        ({"api_key": ""}, "api_key is missing: neither the rulebook nor the environment variable NOSANA_API_KEY"),
        ({"api_key": KEY + " "}, "api_key has white space"),
        ({"api_url": "http://nosana.example/api"}, "plain http would send the key unprotected"),
        ({"ca_path": "/no/such/file"}, "ca_path: /no/such/file does not exist"),
        ({"api_timeout": 0}, "api_timeout: must be 1 or more"),
        ({"api_url": "https://me:%s@nosana.example" % KEY}, "must hold no user, password"),
    ],
)
@scenario
async def test_wrong_options_end_in_one_sentence_before_any_request(server, caplog, options, words):
    with pytest.raises(Exception) as raised:
        async with running(server, **options) as events:
            await events.next()
    message = str(raised.value)
    assert message.startswith("nosana.cloud.deployments: ") and words in message and "\n" not in message
    assert KEY not in message + caplog.text and raised.value.__suppress_context__
    assert server.requests() == []


@pytest.mark.parametrize(
    ("module", "value", "words"),
    [
        ("options", None, "ansible-core is needed in the Python that runs ansible-rulebook"),
        ("options.REQUESTS_IMPORT_ERROR", "no requests", "Failed to import the required Python library (requests)"),
    ],
)
@scenario
async def test_a_library_that_is_missing_is_named(server, monkeypatch, module, value, words):
    name, _dot, attribute = module.partition(".")
    name = "ansible_collections.nosana.cloud.plugins.module_utils._events." + name
    if attribute:
        monkeypatch.setattr(importlib.import_module(name), attribute, value)
    else:
        monkeypatch.setitem(sys.modules, name, value)
    with pytest.raises(Exception, match=re.escape(words)):
        async with running(server) as events:
            await events.next()
    assert server.requests() == []


@scenario
async def test_empty_text_counts_as_unset_and_the_environment_gives_the_rest(server, monkeypatch, caplog):
    seed(server, "one")
    monkeypatch.setenv("NOSANA_API_KEY", KEY)
    monkeypatch.setenv("NOSANA_API_URL", server.api_url)
    monkeypatch.setenv("NOSANA_VALIDATE_CERTS", "")
    empty = dict.fromkeys(["api_key", "api_url", "validate_certs", "ca_path", "api_timeout", "api_retries"], "")
    async with running(server, **empty, status="", name_prefix=" ", interval="") as events:
        assert (await events.next())["name"] == "one"
    assert told(caplog) == []


@scenario
async def test_unchecked_certificates_are_warned_of(server, caplog):
    async with running(server, validate_certs=False):
        await looks(server, 1)
    assert ["validate_certs is false" in text for text in told(caplog)] == [True]


# --- its end -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [None, "hang_before", "drop_before", "status"])
def test_it_ends_at_once_when_it_is_cancelled(server, fault, caplog):
    seed(server, "one")
    seconds, threads = {}, set(threading.enumerate())

    async def cancel():
        async with running(server, interval=NEVER if fault is None else 1) as events:
            await events.next()
            if fault is not None:
                server.control("PUT", "/faults", [{"kind": fault, "seconds": 30, "status": 503, "times": 1000}])
                server.forget_requests()
                await until(lambda: any(one["operation"] == "list" for one in server.requests()), "a request")
            begun = time.monotonic()
            with pytest.raises(asyncio.CancelledError):
                await events.cancel()
            seconds["cancelled"] = time.monotonic() - begun
        begun = time.monotonic()
        return begun

    begun = asyncio.run(cancel())
    seconds["over"] = time.monotonic() - begun
    assert seconds["cancelled"] < 10 and seconds["over"] < 10  # less than a request may hang
    server.control("DELETE", "/faults")
    limit = time.monotonic() + PATIENCE
    while set(threading.enumerate()) - threads and time.monotonic() < limit:
        time.sleep(0.02)
    assert set(threading.enumerate()) - threads == set()


def test_the_file_finds_the_collection_by_its_own_place():
    assert source()["COLLECTIONS"].endswith(".ansible/collections")
    assert logging.getLogger(THREAD) is source()["LOGGER"]

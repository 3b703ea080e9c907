# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts: what they tell of a running job's log, to whom, and how they refuse."""

from __future__ import annotations

import json
import struct

import pytest
import websocket
from simulator_api import BATCH

PATIENCE = 1.0


@pytest.fixture
def job(current):
    """A running job, with the simulator's port and a way to its header."""
    two = {**BATCH, "ops": [{**BATCH["ops"][0], "id": name} for name in ("first", "second")]}
    seeded = {"name": "a", "status": "RUNNING", "job_definition": two, "jobs": [{"state": "RUNNING"}]}
    [key] = current("POST", "/_control/deployments", seeded).body["ids"]
    [found] = current("GET", f"/deployments/{key}/jobs").body["jobs"]
    header = current("GET", f"/deployments/{key}/header?includeTime=true").body["header"]
    return {"api": current, "job": found["job"], "node": found["node"], "header": header}


def frames(job, header=None, path="/flog", address=None, node=None):
    """What the host sends until it is silent; an int is the code with which it closes."""
    url = f"ws://127.0.0.1:{job['api'].port}/_hosts/{node or job['node']}/flog"
    connection = websocket.create_connection(url, timeout=PATIENCE, redirect_limit=0)
    connection.send(json.dumps({"path": path, "header": header or job["header"],
                                "body": {"jobAddress": address or job["job"]}}))
    found = []
    try:
        while True:
            kind, data = connection.recv_data()
            if kind == websocket.ABNF.OPCODE_CLOSE:
                return [*found, struct.unpack("!H", data[:2])[0]]
            frame = json.loads(data)
            assert frame["path"] == "flog"
            found.append(json.loads(frame["data"]))
    except websocket.WebSocketTimeoutException:
        return found
    finally:
        connection.shutdown()


def test_the_history_one_operation_after_the_other(job):
    found = frames(job)
    assert [(one["opId"], one["type"], one["message"]) for one in found] == [
        ("first", "info", "Operation Started"), ("first", "container", "hello world\n"),
        ("second", "info", "Operation Started"), ("second", "container", "hello world\n")]
    assert all(one["timestamp"] > 1e12 and one["group"] == one["opId"] for one in found)
    assert frames(job) == found  # a new connection repeats all of it


def test_settings(job):
    api = job["api"]
    pieces = [{"type": "stdout", "log": "a\r"}, "line", {"type": "nodeerr", "log": "no"}]
    api("PUT", "/_control/jobs", {"logs": {"first": pieces}})
    found = [(one["type"], one["message"]) for one in frames(job) if one["opId"] == "first"]
    assert found[1:] == [("container", "a\r"), ("container", "line\n"), ("error", "no")]
    api("PUT", "/_control/server", {"hosts": "pulling"})
    assert [one["message"]["status"] for one in frames(job)[1:3]] == ["Pulling from", "Downloading"]
    api("PUT", "/_control/server", {"hosts": "starting"})
    assert frames(job) == []
    assert api("PUT", "/_control/server", {"hosts": "gone"}).status == 422


def test_who_may_not(job):
    message, signature, moment = job["header"].split(":")
    assert frames(job, f"{message}:{signature}") != []
    assert frames(job, f"{message}:{signature[::-1]}") == []  # silence
    assert frames(job, f"other:{signature}") == []
    for wrong in (signature, f"{message}:{signature}:soon", "a:b:1:2"):  # malformed
        assert frames(job, wrong) == [3000]
    assert frames(job, f"{message}:{signature}:{int(moment) - 301_000}") == [3000]  # expired
    assert frames(job, path="/log") == [3000]
    assert frames(job, address="nobody") == []


@pytest.mark.parametrize(("path", "status"), [("_hosts/nobody/flog", 404), ("_hosts/{node}/log", 404), ("api/x", 403)])
def test_other_places(job, path, status):
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        websocket.create_connection(f"ws://127.0.0.1:{job['api'].port}/" + path.format(node=job["node"]), timeout=5)
    assert refused.value.status_code == status


def test_a_host_that_is_away(job):
    job["api"]("PUT", "/_control/server", {"hosts": "away"})
    with pytest.raises(websocket.WebSocketBadStatusException) as refused:
        frames(job)
    assert refused.value.status_code == 404


def test_a_job_that_does_not_start_is_given_up(current):
    current.reset("current", speed=200.0)
    seeded = {"name": "a", "status": "RUNNING", "timeout": 6000, "jobs": [{"state": "RUNNING"}]}
    [key] = current("POST", "/_control/deployments", seeded).body["ids"]
    current("PUT", "/_control/server", {"hosts": "starting"})
    [found] = current("GET", f"/deployments/{key}/jobs").body["jobs"]
    header = current("GET", f"/deployments/{key}/header").body["header"]
    assert frames({"api": current, "job": found["job"], "node": found["node"], "header": header}) == [1008]

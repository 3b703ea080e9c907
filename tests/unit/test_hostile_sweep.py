# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks of each kind against every answer gone wrong: whole, and field by field. None of it may look like our bug.

A run takes a sample in which all values occur; ``HOSTILE=all``, as in "make reliability", takes all of some 25,000.
"""

from __future__ import annotations

import copy
import os

import pytest
import requests

from ansible_collections.nosana.cloud.plugins.module_utils import _module as module_utils_module
from ansible_collections.nosana.cloud.plugins.module_utils._api import transport
from ansible_collections.nosana.cloud.plugins.modules import (
    nosana_credit_info,
    nosana_deployment,
    nosana_deployment_info,
    nosana_deployments,
    nosana_gpu_info,
    nosana_job,
    nosana_job_info,
    nosana_market_info,
    nosana_template_info,
)

from . import small_api
from .fake_api import FastClock
from .small_api import ID, JOB, MADE, MARKET, NAME, READS, TIME, World, definition

SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFpQ7vLPzRk0m4Jm1mQkQv1o3Z4l7cN0d5mXy2pQ9aBc"
INCLUDE = ["job_definition", "revisions", "jobs", "events", "tasks", "cost"]
TASK = {
    "name": NAME,
    "market": MARKET,
    "strategy": "SIMPLE",
    "replicas": 1,
    "timeout": 60,
    "job_definition": definition(),
}
CHANGES = {
    "name": "other",
    "replicas": 2,
    "timeout": 90,
    "job_definition": definition("nginx:2"),
    "ssh_public_keys": [SSH_KEY],
}
ENDED = {"status": "STOPPED", "state": "COMPLETED"}

#: A title: the module, its options, and what the server has.
TASKS = {
    "info": (nosana_deployment_info, {"include": INCLUDE}, {}),
    "info by id": (nosana_deployment_info, {"id": ID, "include": INCLUDE}, {}),
    "markets": (nosana_market_info, {"include": ["required_resources"]}, {}),
    "credits": (nosana_credit_info, {}, {}),
    "jobs": (nosana_job_info, {"deployment_id": ID, "include": ["definition", "result", "logs"]}, ENDED),
    "one job": (nosana_job_info, {"job": JOB, "include": ["definition", "result", "logs"]}, {}),
    "templates": (nosana_template_info, {"search": "page"}, {}),
    "one template": (nosana_template_info, {"id": "web"}, {}),
    "GPUs": (nosana_gpu_info, {"requirements": {"name": "NVIDIA 4090"}}, {}),
    "job stopped": (nosana_job, {"job": JOB, "state": "stopped"}, {}),
    "job extended": (nosana_job, {"job": JOB, "min_remaining_seconds": 7200}, {"state": "QUEUED"}),
    "create": (nosana_deployment, dict(TASK, state="started", market="nvidia-4090"), {"exists": False}),
    "unchanged": (nosana_deployment, dict(TASK, state="started"), {}),
    "changed": (nosana_deployment, dict(CHANGES, id=ID), {}),
    "many changed": (nosana_deployments, {"deployments": [dict(CHANGES, id=ID)], "concurrency": 1}, {}),
    "many created": (nosana_deployments, {"deployments": [dict(TASK, state="started")]}, {"exists": False}),
    "many unchanged": (
        nosana_deployments,
        {"deployments": [dict(TASK, state="started")], "prune": True, "prune_name_prefix": NAME},
        {},
    ),
    "started": (nosana_deployment, dict(TASK, state="started", wait_for="endpoints"), {"status": "STOPPED"}),
    "stopped": (nosana_deployment, {"name": NAME, "state": "stopped"}, {}),
    "restarted": (nosana_deployment, {"name": NAME, "state": "restarted"}, {}),
    "completed": (nosana_deployment, dict(TASK, state="completed"), ENDED),
    "rerun": (nosana_deployment, dict(TASK, state="completed", rerun="always"), ENDED),
    "absent": (nosana_deployment, {"name": NAME, "state": "absent"}, {}),
    "archived": (nosana_deployment, {"id": ID, "state": "archived"}, {"status": "STOPPED"}),
    "replaced": (
        nosana_deployment,
        dict(TASK, strategy="SIMPLE-EXTEND", on_immutable_change="replace", state="started"),
        {},
    ),
}


def nested(levels):
    value = []
    for _level in range(levels):
        value = {"a": [value]}
    return value


WHOLE = [None, [], {}, "x", 1, True, -1.5, [None], [[]], [1], {"x": {"y": [1]}}, nested(70), [{}], [{"id": ID}]]
WHOLE += [
    b"",
    b"<html><title>hello</title>",
    b"{",
    b"\xff\xfe",
    b"NaN",
    b"[1e999]",
    b'"\\ud800"',
    b"9" * 5000,
    b"[NaN]",
]
WHOLE += [b"[" * 3000 + b"]" * 3000, b'{"a":' * 5000 + b"1" + b"}" * 5000]
GONE = object()
FIELD = [
    GONE,
    None,
    "x",
    "",
    7,
    -1,
    True,
    [],
    {},
    [None],
    "2",
    "\x1b[31mred\nline",
    1e300,
    10**40,
    2.5,
    "\ud800",
    "../..",
]
FIELD += ["{{ lookup('pipe', 'id') }}", {"a": {"b": 1}}, [{"a": 1}], nested(30), float("inf")]

#: What changes answer.
ANSWERS = {
    "create": small_api.deployment(id=MADE, status="DRAFT"),
    "create-revision": {"active_revision": 2, "revisions": [{"revision": 1}], "updated_at": TIME},
    "update-replica-count": {"replicas": 2, "updated_at": TIME},
    "stop-job": {"tx": "tx", "job": JOB},
    "extend-job": {"tx": "tx", "job": JOB},
}


def places(value, place=()):
    """Where something can be replaced inside a JSON value; of a list only its first item."""
    inner = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for key, one in inner:
        yield place + (key,)
        yield from places(one, place + (key,))


def replaced(value, place, new):
    """The value with another one at a place."""
    if not place:
        return new
    value = copy.deepcopy(value)
    parent = value
    for key in place[:-1]:
        parent = parent[key]
    if new is GONE:
        del parent[place[-1]]
    else:
        parent[place[-1]] = new
    return value


def cases(world):
    """``(operation, what its answer was, place, value)`` for all that the task of the world was answered."""
    for operation in dict.fromkeys(world.seen):
        good = ANSWERS.get(operation, {"status": "STARTING", "updated_at": TIME})
        if operation in READS:
            good = (world if world.deployments else World()).value(operation, next(iter(world.deployments), ID))
        yield from ((operation, good, (), value) for value in WHOLE)
        depth = 2 if operation == "openapi" else 9
        for place in places(good):
            if len(place) <= depth:
                yield from ((operation, good, place, value) for value in FIELD)


def sample(title, found):
    """Some of the cases, others for each title: an 11th of the answers wrong as a whole, a 101st of the fields.

    Neither number shares a divisor with how many values there are, so that each value comes, at ever other places.
    """
    if os.environ.get("HOSTILE") == "all":
        return found
    start = list(TASKS).index(title)
    return [case for number, case in enumerate(found, start) if number % (101 if case[2] else 11) == 0]


@pytest.fixture
def run(run_module, monkeypatch):
    """``run(title, world)``: the result of a task, with a clock that does not wait and without sockets."""
    worlds = []
    monkeypatch.setattr(module_utils_module, "Clock", lambda speed: FastClock())
    # without sockets nothing can hang, and a thread for each request takes half of the time
    monkeypatch.setattr(transport, "within", lambda _limit, work, *args, **more: work(*args, **more))
    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", small_api.send_from_memory(lambda: worlds[-1]))

    def run(title, world):
        worlds.append(world)
        module, options, _world = TASKS[title]
        given = dict(options, api_url="http://127.0.0.1:9/api", api_key="nos_hostile", api_retries=0)
        return run_module(module, given, diff=True)

    return run


@pytest.mark.parametrize("title", TASKS)
def test_wrong_answers(run, title):
    _module, _options, given = TASKS[title]
    good = World(**given)
    assert "failed" not in run(title, good)
    found = sample(title, list(cases(good)))
    assert found
    for operation, answer, place, value in found:
        world = World(**given)
        world.replaced[operation] = replaced(answer, place, value)
        result = run(title, world)
        told = "%s of %s: %r: %s" % (".".join(map(str, place)), operation, value, result)
        message = result.get("msg", "")
        assert "bug in nosana.cloud" not in message and "Traceback" not in message and "exception" not in result, told
        lines = message.split("\n") if title.startswith("many") else [message]
        assert all(line.isprintable() for line in lines) and len(message) <= 4000, told
        assert len(world.seen) <= small_api.TOO_MANY, told
        nothing_sent = place == ("tx",) and value is None  # the API's way to say that it did nothing
        assert result["changed"] or result.get("failed") or not world.changes or nothing_sent, told

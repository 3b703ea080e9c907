# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What modules say to answers that are hostile or broken, over real HTTP: a clear line each, or the right work."""

from __future__ import annotations

import json
import re

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils import _module as module_utils_module
from ansible_collections.nosana.cloud.plugins.module_utils._api import client as client_module
from ansible_collections.nosana.cloud.plugins.modules import nosana_deployment, nosana_deployment_info

from .fake_api import FastClock
from .small_api import (
    ID,
    JOB,
    MADE,
    MARKET,
    NAME,
    TIME,
    World,
    definition,
    deployment,
    ended_job,
    job,
    job_result,
    listing,
    revisions,
    small_api,
)

TASK = {
    "name": NAME,
    "market": MARKET,
    "strategy": "SIMPLE",
    "replicas": 1,
    "timeout": 60,
    "job_definition": definition(),
}
JINJA = "{{ lookup('pipe', 'touch /nowhere') }}"
NASTY = "\x1b[2J\x1b]0;title\x07small\r\nFAILED \u202e\x9b31m"


def deployments(*found, **more):
    return dict(listing("deployments", list(found)), **more)


def one(**fields):
    return deployments(deployment(**fields))


def without(field):
    found = deployment()
    del found[field]
    return deployments(found)


def pages(cursor):
    return dict(one(), pagination={"cursor_next": cursor})


NO_LIST = "list_deployments: the server's answer is not a list of deployments; check api_url"
NO_JSON = "the API answered something that is no usable JSON. Check api_url"
LIST_OF = "list_deployments: the server returns a deployment whose "

#: For the task ``state: started`` on one that runs: an answer to a read, and what the failure says.
FAILURES = [
    # no list of deployments
    ("list_deployments", None, NO_LIST),
    ("list_deployments", {}, NO_LIST),
    ("list_deployments", "deployments", NO_LIST),
    ("list_deployments", 5, NO_LIST),
    ("list_deployments", True, NO_LIST),
    ("list_deployments", {"deployments": None}, NO_LIST),
    ("list_deployments", {"deployments": {}}, NO_LIST),
    ("list_deployments", {"deployments": [None]}, NO_LIST),
    ("list_deployments", [[deployment()]], NO_LIST),
    ("list_deployments", b"", NO_LIST),
    # no JSON at all
    ("list_deployments", b"<html><title>Sign in</title></html>", NO_JSON),
    ("list_deployments", b'{"deployments": [', NO_JSON),
    ("list_deployments", b"\xff\xfe\x00", NO_JSON),
    ("list_deployments", b'{"deployments": [{"replicas": NaN}]}', NO_JSON),
    ("list_deployments", b'{"deployments": [{"replicas": 1e999}]}', NO_JSON),
    ("list_deployments", b'{"deployments": [{"replicas": %s}]}' % (b"9" * 5000), NO_JSON),
    ("list_deployments", b"[" * 200_000, NO_JSON),
    ("list_deployments", b"[" * 500 + b"]" * 500, NO_JSON),
    ("get_deployment", b"<html>", NO_JSON),
    # pages
    ("list_deployments", pages("again"), "list_deployments: the server's list does not end; gave up after 2 items"),
    ("list_deployments", pages(7), "the server's list has more pages, and does not say where; check api_url"),
    ("list_deployments", pages({"next": 2}), "the server's list has more pages, and does not say where; check api_url"),
    ("list_deployments", pages("a\r\nX-Evil: 1"), "the server's list has more pages, and does not say where"),
    ("list_deployments", pages("\ud800"), "the server's list has more pages, and does not say where; check api_url"),
    (
        "list_deployments",
        pages("c" * 10_000),
        "the server's list has more pages, and does not say where; check api_url",
    ),
    ("list_deployments", one() | {"pagination": "next"}, "the server's list has more pages, and does not say where"),
    ("list_deployments", one() | {"pagination": [1]}, "the server's list has more pages, and does not say where"),
    # fields of a deployment
    ("list_deployments", without("id"), "the server lists a deployment named 'small' without an id"),
    ("list_deployments", one(id=None), "the server lists a deployment named 'small' without an id"),
    ("list_deployments", one(id=7), LIST_OF + "id is not an id; check api_url"),
    ("list_deployments", one(id=["a"]), LIST_OF + "id is not an id; check api_url"),
    ("list_deployments", one(id="../../markets"), LIST_OF + "id is not an id; check api_url"),
    ("list_deployments", one(id="a\nb"), LIST_OF + "id is not an id; check api_url"),
    ("list_deployments", one(name=["small"]), LIST_OF + "name is not text; check api_url"),
    ("list_deployments", one(name=None), "list_deployments: the server lists a deployment without a name"),
    ("list_deployments", without("name"), "list_deployments: the server lists a deployment without a name"),
    ("list_deployments", one(status=3), LIST_OF + "status is not text; check api_url"),
    ("list_deployments", one(status=None), "has the status None, which this version of the collection does not know"),
    (
        "list_deployments",
        one(status="PAUSED"),
        "has the status PAUSED, which this version of the collection does not know",
    ),
    (
        "list_deployments",
        one(status="running"),
        "has the status running, which this version of the collection does not",
    ),
    ("list_deployments", one(status=NASTY), "which this version of the collection does not know: nothing was done"),
    ("list_deployments", one(strategy={}), LIST_OF + "strategy is not text; check api_url"),
    ("list_deployments", one(strategy=NASTY), "what is fixed when a deployment is created can't be changed: strategy"),
    ("list_deployments", one(replicas="two"), LIST_OF + "replicas is not a number; check api_url"),
    ("list_deployments", one(replicas=-1), LIST_OF + "replicas is not a number; check api_url"),
    ("list_deployments", one(replicas=True), LIST_OF + "replicas is not a number; check api_url"),
    ("list_deployments", one(replicas=[1]), LIST_OF + "replicas is not a number; check api_url"),
    ("list_deployments", one(replicas=10**40), LIST_OF + "replicas is not a number; check api_url"),
    ("list_deployments", one(timeout={}), LIST_OF + "timeout is not a number; check api_url"),
    ("list_deployments", one(active_revision="first"), LIST_OF + "active_revision is not a number; check api_url"),
    ("list_deployments", one(endpoints="none"), LIST_OF + "endpoints is not a list; check api_url"),
    ("list_deployments", one(requirements=[]), LIST_OF + "requirements is not a map; check api_url"),
    ("list_deployments", one(confidential="no"), LIST_OF + "confidential is not true or false; check api_url"),
    ("list_deployments", one(created_at=1), LIST_OF + "created_at is not text; check api_url"),
    ("list_deployments", one(updated_at={}), LIST_OF + "updated_at is not text; check api_url"),
    ("list_deployments", one(market=5), LIST_OF + "market is not text; check api_url"),
    ("list_deployments", deployments(deployment(), deployment(id=MADE)), "2 deployments are named 'small'"),
    # the deployment itself
    ("get_deployment", None, "the answer is not this deployment; check api_url"),
    ("get_deployment", [deployment()], "the answer is not this deployment; check api_url"),
    ("get_deployment", deployment(id=MADE), "the answer is not this deployment; check api_url"),
    ("get_deployment", deployment(status=["RUNNING"]), "a deployment whose status is not text; check api_url"),
    ("get_deployment", deployment(replicas={}), "a deployment whose replicas is not a number; check api_url"),
    ("get_deployment", deployment(status="PAUSED"), "PAUSED, 1 of 1 jobs running"),
    ("get_deployment", deployment(status=NASTY, name=NASTY), "state: stopped}"),
    # revisions
    ("list_revisions", {"revisions": {}}, "the server's answer is not a list of revisions; check api_url"),
    (
        "list_revisions",
        listing("revisions", [{"revision": 1}]),
        "lists a revision without a number or a job definition",
    ),
    ("list_revisions", listing("revisions", [{"job_definition": {}}]), "lists a revision without a number or a job"),
    (
        "list_revisions",
        listing("revisions", [{"revision": "x"}]),
        "a revision whose revision is not a number; check api_url",
    ),
    (
        "list_revisions",
        listing("revisions", [{"revision": 1, "job_definition": "{}"}]),
        "a revision whose job_definition is not a map; check api_url",
    ),
    # jobs
    ("list_jobs", "none", "the server's answer is not a list of jobs; check api_url"),
    ("list_jobs", listing("jobs", [job(job=None)]), "the server lists a job without its address; check api_url"),
    ("list_jobs", listing("jobs", [job(job="../x")]), "a job whose job is not an id; check api_url"),
    ("list_jobs", listing("jobs", [job(job={"a": 1})]), "a job whose job is not an id; check api_url"),
    ("list_jobs", listing("jobs", [job(state=[1])]), "a job whose state is not a job's state; check api_url"),
    ("list_jobs", listing("jobs", [job(revision="one")]), "a job whose revision is not a number; check api_url"),
    ("list_jobs", listing("jobs", [job(market=1)]), "a job whose market is not text; check api_url"),
    ("list_jobs", listing("jobs", [job(state="DREAMING")]), "0 of 1 jobs running"),
    ("list_jobs", listing("jobs", [job(state=99)]), "0 of 1 jobs running"),
    ("list_jobs", listing("jobs", []), "not started within 600 s (wait_timeout): RUNNING, 0 of 1 jobs running"),
]

#: The same task, where a strange answer is no hindrance.
HARMLESS = [
    ("list_deployments", [deployment()]),
    ("list_deployments", one(replicas="1", timeout="60")),
    ("list_deployments", one(replicas=1.0, active_revision="1")),
    ("list_deployments", one(endpoints=None, requirements=None, confidential=None, created_at=None, updated_at=None)),
    ("list_deployments", one(created_at="yesterday", updated_at="0000-99-99")),
    ("list_deployments", one(unknown={"a": [1]}, header=NASTY)),
    ("list_deployments", one() | {"pagination": None}),
    ("list_deployments", one() | {"pagination": {}}),
    ("list_deployments", deployments(deployment(), deployment(id=MADE, name=JINJA))),
    ("list_deployments", deployments(deployment(), deployment(id=MADE, name="\ud800"))),
    ("get_deployment", deployment(active_jobs="1", replicas="1")),
    ("list_jobs", {"jobs": [job(state=1)]}),
    ("list_jobs", [job(time_start="soon", tx=None, node=None)]),
    ("get_market", None),
    ("get_market", {"usd_reward_per_hour": "free", "network_fee_percentage": []}),
    ("get_market", {"usd_reward_per_hour": -1, "network_fee_percentage": 1e300}),
]

#: What every failure says: what to do now.
WAY_OUT = re.compile(r"[Cc]heck api_url|state: stopped\}|which one is meant with id|on_immutable_change|newer version")

#: What a name, an event or a log may be, and what must not come of it.
TEXTS = [NASTY, JINJA, "\ud800", "a" * 5000, "{% for x in y %}", "!unsafe x", "%s %(x)s %d", "\x00", ""]


@pytest.fixture(scope="module")
def api():
    with small_api() as server:
        yield server


@pytest.fixture
def run(run_module, monkeypatch, api):
    """``run(world, **options)``: the result of nosana_deployment on a server with that world."""
    monkeypatch.setattr(module_utils_module, "Clock", lambda speed: FastClock())

    def run(world, module=nosana_deployment, **options):
        api.world = world
        return run_module(module, dict(options, api_url=api.url, api_key="nos_hostile", api_retries=0))

    return run


def is_clear(result):
    """Whether a failure is one line that a terminal shows as it is, and no bug of ours."""
    message = result["msg"]
    assert message.isprintable() and len(message) <= 4000
    assert "bug in nosana.cloud" not in message and "Traceback" not in message and "exception" not in result
    return result["failed"] is True


def _replaced(operation, answer):
    """A world with another answer; one deployment that is only starting is read after the listing, too."""
    world = World()
    if operation == "get_deployment":
        world.replaced["list_deployments"] = deployments(deployment(status="STARTING"))
    world.replaced[operation] = answer
    return world


@pytest.mark.parametrize(("operation", "answer", "message"), FAILURES)
def test_failures(run, operation, answer, message):
    world = _replaced(operation, answer)
    result = run(world, **TASK, state="started")
    text = re.sub(r", tried \d+ times", "", result["msg"])  # a wait asks until its time is over
    assert is_clear(result) and message in text and WAY_OUT.search(text)
    assert result["changed"] is False and world.changes == []


@pytest.mark.parametrize(("operation", "answer"), HARMLESS)
def test_what_is_harmless(run, operation, answer):
    world = _replaced(operation, answer)
    result = run(world, **TASK, state="started", max_usd_per_hour=10)  # with a limit it asks for the price
    assert "failed" not in result and result["changed"] is False and world.changes == []


@pytest.mark.parametrize(("operation", "answer"), [one[:2] for one in FAILURES if one[0] == "list_deployments"])
def test_a_listing_that_is_refused_makes_no_second_deployment(run, operation, answer):
    world = World(exists=False)
    world.replaced[operation] = answer
    result = run(world, **TASK)
    assert world.changes == [] and is_clear(result)


@pytest.mark.parametrize(("operation", "answer", "message"), FAILURES)
def test_listings(run, operation, answer, message):
    world = World()
    world.replaced[operation] = answer
    include = ["job_definition", "revisions", "jobs", "events", "tasks", "cost"]
    for options in ({"name": NAME}, {"id": ID}, {}):
        result = run(world, nosana_deployment_info, include=include, **options)
        assert world.changes == [] and ("failed" not in result or is_clear(result))


@pytest.mark.parametrize("text", TEXTS)
def test_texts_come_back_as_they_are_and_messages_stay_plain(run, text):
    world = World(name=text)
    world.replaced["list_events"] = listing("events", [{"type": text, "message": text, "created_at": text}])
    world.replaced["list_jobs"] = listing("jobs", [])
    listed = run(world, nosana_deployment_info, id=ID, include=["events", "jobs"])
    assert listed["deployments"][0]["name"] == text
    assert listed["deployments"][0]["events"][0]["message"] == text
    result = run(world, id=ID, state="started")
    assert is_clear(result) and result["deployment"]["name"] == text


@pytest.mark.parametrize("text", TEXTS)
def test_logs_of_a_job_that_failed(run, text):
    posted = job_result(exit_code=1)
    posted["opStates"][0]["logs"] = [
        {"type": "stdout", "log": text},
        {"type": "nodeerr", "log": text},
        {"log": text},
        text,
    ]
    posted["opStates"][0].update(operationId=text, status=text, error={"event": text, "message": text})
    world = World(status="STOPPED", state="COMPLETED")
    world.replaced["get_job"] = ended_job(jobResult=posted)
    result = run(world, **TASK, state="completed")
    assert is_clear(result) and "exit code 1" in result["msg"] and world.changes == []
    assert all(line.isprintable() for one in result["jobs"][0]["logs"] for line in one["lines"])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 418, 429, 500, 501, 503, 599])
@pytest.mark.parametrize("text", TEXTS)
def test_refusals(run, status, text):
    class Refusing(World):
        def answer(self, method, path, body):
            return status, json.dumps({"error": text}).encode()

    result = run(Refusing(), **TASK)
    assert is_clear(result) and result["changed"] is False and "GET /deployments" in result["msg"]
    assert result["error"]["message"].isprintable()


def test_an_answer_to_a_change_can_not_turn_a_task_to_another_deployment(run):
    world = World()
    world.replaced["update-timeout"] = {"id": MADE, "timeout": 90, "name": "another", "updated_at": TIME}
    world.replaced["stop"] = {"id": MADE, "status": "STOPPING"}
    result = run(world, id=ID, timeout=90, state="stopped")
    assert result["actions"] == ["stop", "update_timeout"] and world.deployments[ID]["status"] == "STOPPED"
    assert result["deployment"]["id"] == ID


@pytest.mark.parametrize("answer", [None, [], "x", {}, {"id": None}, {"id": 5}, {"id": "../x"}, b"<html>", b"[" * 9999])
def test_a_create_that_is_answered_with_nonsense_is_found(run, answer):
    world = World(exists=False)
    world.replaced["create"] = answer
    result = run(world, **TASK)
    assert world.changes == ["create"] and result["actions"] == ["create"]
    assert result["deployment"]["id"] == MADE


def test_an_event_that_quotes_a_secret_shows_none(run):
    world = World()
    world.revisions[ID][0]["ops"][0]["args"]["env"] = {"DB_PASSWORD": "hunter2hunter2"}
    message = "can't start with hunter2hunter2, TOKEN=other-secret"
    world.replaced["list_events"] = listing("events", [{"type": "JOB_LIST_ERROR", "message": message}])
    result = run(world, nosana_deployment_info, include=["events", "revisions"])
    assert "JOB_LIST_ERROR" in str(result) and "hunter2" not in str(result) and "other-secret" not in str(result)


def test_a_long_list_is_read_in_bounded_time(run):
    many = [deployment(id=MADE[:-4] + "%04d" % number, name="other") for number in range(5000)]
    world = World()
    world.replaced["list_deployments"] = deployments(*many)
    assert len(run(world, nosana_deployment_info)["deployments"]) == 5000
    assert run(world, name=NAME, state="stopped")["changed"] is False


def test_a_list_of_ever_new_cursors_ends(run, monkeypatch):
    monkeypatch.setattr(client_module, "MAX_PAGES", 50)

    class Endless(World):
        def value(self, operation, key=ID):
            found = super().value(operation, key)
            if operation == "list_deployments":
                found["pagination"]["cursor_next"] = "page-%d" % len(self.seen)
            return found

    result = run(Endless(), name=NAME, state="stopped")
    assert is_clear(result) and "does not end" in result["msg"] and result["changed"] is False


def test_the_server_of_these_tests_lets_good_tasks_pass(run):
    world = World(exists=False)
    result = run(world, **TASK, state="started")
    assert result["actions"] == ["create", "start"] and world.value("list_revisions", MADE)["revisions"] == revisions(
        [definition()]
    )
    assert world.jobs[MADE][0]["job"] != JOB

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guarantees (see docs/development) that no other test holds: check mode never waits, and tells what comes."""

from __future__ import annotations

import pytest

from ansible_collections.nosana.cloud.plugins.modules import nosana_deployment

from .inprocess import CREATE, MARKET, OTHER_MARKET, Runner, Sleepless, definition

RELEASES = ("guide", "2026-08", "current")
NEWER = RELEASES[1:]
JOBS = [{"state": "RUNNING"}, {"state": "RUNNING"}]


@pytest.fixture
def runner(patient_server, release):
    patient_server.reset(release=release, step=1)
    return Runner(patient_server, leaps=True)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("state", ("present", "started", "stopped", "restarted", "archived", "absent"))
@pytest.mark.parametrize(
    "status", ("DRAFT", "STARTING", "RUNNING", "STOPPING", "STOPPED", "INSUFFICIENT_FUNDS", "ERROR")
)
def test_check_mode_never_waits(runner, status, state):
    runner.seed(name="it", **CREATE, status=status, jobs=[] if status == "DRAFT" else [{"state": "QUEUED"}])
    runner.server.forget_requests()
    runner.clock = Sleepless()
    change = {"replicas": 3, "job_definition": definition("new")}
    assert runner.run(check=True, name="it", state=state, **change).failure is None
    assert runner.mutations() == []


# --- what check mode tells ---

RUNNING = {**CREATE, "status": "RUNNING", "jobs": JOBS}
STOPPED = {**CREATE, "status": "STOPPED"}
REVISIONS = [{"revision": number, "job_definition": definition(image)} for number, image in ((1, "one"), (2, "two"))]
REPLACED = {**CREATE, "strategy": "INFINITE", "timeout": 120, "on_immutable_change": "replace"}
NEW = {"job_definition": definition("new")}

#: What is there (None: nothing), what a task asks for, and the releases that can do it.
TASKS = {
    "create": (None, CREATE, RELEASES),
    "create one with a rotation": (None, {**CREATE, "strategy": "INFINITE"}, RELEASES),
    "create one with ports that hosts fill in": (
        None,
        {**CREATE, "job_definition": definition(expose=["%%ops.web.results.port%%", 80])},
        RELEASES,
    ),
    "create and start": (None, {"state": "started", **CREATE}, RELEASES),
    "scale what runs": (RUNNING, {"replicas": 3}, RELEASES),
    "scale to nothing": (RUNNING, {"replicas": 0}, RELEASES),
    "prolong what runs": (RUNNING, {"timeout": 90}, RELEASES),
    "revise what runs": (RUNNING, NEW, RELEASES),
    "revise what is stopped": (STOPPED, NEW, RELEASES),
    "revise what has an error": ({**RUNNING, "status": "ERROR"}, NEW, RELEASES),
    "go back": ({**STOPPED, "revisions": REVISIONS}, {"active_revision": 1}, NEWER),
    "rename": (STOPPED, {"name": "new name"}, NEWER),
    "move what runs": (RUNNING, {"market": OTHER_MARKET}, ("current",)),
    "require": (STOPPED, {"requirements": {"ram_gb": 24}}, ("current",)),
    "require nothing": ({**STOPPED, "requirements": {"ram_gb": 24}}, {"requirements": {}}, ("current",)),
    "start": (STOPPED, {"state": "started"}, RELEASES),
    "restart": (RUNNING, {"state": "restarted"}, RELEASES),
    "stop": (RUNNING, {"state": "stopped"}, RELEASES),
    "stop what has an error": ({**RUNNING, "status": "ERROR"}, {"state": "stopped"}, RELEASES),
    "stop stray jobs": ({**STOPPED, "jobs": JOBS}, {"state": "stopped"}, RELEASES),
    "stop and revise": (RUNNING, {"state": "stopped", **NEW}, RELEASES),
    "archive what runs": (RUNNING, {"state": "archived"}, RELEASES),
    "archive a draft": ({**CREATE, "status": "DRAFT"}, {"state": "archived"}, RELEASES),
    "delete": (RUNNING, {"state": "absent"}, RELEASES),
    "replace what runs": (RUNNING, REPLACED, RELEASES),
    "replace what is stopped": (STOPPED, REPLACED, RELEASES),
    "leave": (RUNNING, {"state": "present"}, RELEASES),
}


@pytest.mark.parametrize("task, release", [(name, one) for name in TASKS for one in TASKS[name][2]])
def test_check_mode_returns_the_deployment_as_it_will_be(runner, task):
    """Each field is as it comes, or null where only the server can know it."""
    found, options, _releases = TASKS[task]
    by_name = found is None or "on_immutable_change" in options
    who = {"name": "it"} if found is None else {"id": runner.seed(name="it", **found)}
    options = {**({"name": "it"} if by_name else who), **options}
    predicted, done = runner.run(check=True, **options), runner.run(**options)
    assert (predicted.failure, done.failure) == (None, None)
    assert (predicted.changed, predicted.actions) == (done.changed, done.actions)
    assert (predicted.before, predicted.after) == (done.before, done.after)
    known = {key: value for key, value in predicted.deployment.items() if value is not None}
    assert without_addresses(known) == without_addresses({key: done.deployment[key] for key in known})
    told = {key for key, value in done.deployment.items() if value is not None}
    assert told <= set(predicted.deployment)
    assert "create" in done.actions or set(predicted.deployment) == set(done.deployment)


def without_addresses(deployment):
    """Endpoints without their address, and without whether they are online: only the server knows."""
    endpoints = [{key: one[key] for key in ("opId", "port")} for one in deployment.get("endpoints", [])]
    return dict(deployment, endpoints=endpoints)


# --- the diff ---

SECRETS = ("first-secret-of-mine", "other-secret-of-mine")


def shown(run_module, server, check_mode, **options):
    given = dict(options, name="it", api_url=server.api_url, api_key="nos_promises", wait=False)
    result = run_module(nosana_deployment, given, check_mode=check_mode, diff=True)
    assert not result.get("failed"), result
    assert not any(secret in str(result) for secret in SECRETS)
    return result["diff"]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.usefixtures("leaping_modules")
def test_a_diff_shows_the_change_of_a_secret_and_not_the_secret(run_module, runner):
    first, other = (dict(CREATE, job_definition=definition(env={"DB_PASSWORD": secret})) for secret in SECRETS)
    for options, kinds in ((first, "create"), (other, "change"), (dict(other, state="absent"), "remove")):
        server = runner.server
        predicted, done = shown(run_module, server, True, **options), shown(run_module, server, False, **options)
        assert predicted == done
        before, after = done["before"], done["after"]
        assert before != after
        if kinds == "create":
            assert before == {} and after["market"] == MARKET and after["status"] == "DRAFT"
        if kinds == "change":
            assert before["job_definition"]["ops"][0]["args"]["env"] != after["job_definition"]["ops"][0]["args"]["env"]
            assert list(before) == list(after)
        if kinds == "remove":
            assert before["job_definition"] and before["status"] == "DRAFT" and after == {}

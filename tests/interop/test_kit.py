# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's client, unmodified, and the collection on one account: each manages what the other made."""

from __future__ import annotations

import time

import pytest

from ansible_collections.nosana.cloud.plugins.modules import (
    nosana_credit_info,
    nosana_deployment,
    nosana_deployment_info,
    nosana_market_info,
)

#: Simulated seconds a second.
SPEED = 20
#: The client calls the routes of the OpenAPI document; the guide's are older than it.
RELEASES = ("2026-08", "current")
MARKET = "97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf"
STRATEGIES = {
    "SIMPLE": {"timeout": 60},
    "SIMPLE-EXTEND": {"timeout": 60},
    "INFINITE": {"timeout": 120, "rotation_time": 60},
    "SCHEDULED": {"timeout": 60, "schedule": "0 0 1 1 *"},
}


def definition(image="docker.io/library/nginx:1.29"):
    args = {"image": image, "expose": [{"port": 80, "type": "web"}], "env": {"MODE": "a", "PORT": "80"}, "gpu": True}
    meta = {"trigger": "cli", "system_requirements": {"required_vram": 4}}
    return {
        "version": "0.1",
        "type": "container",
        "meta": meta,
        "ops": [{"id": "web", "type": "container/run", "args": args}],
    }


NEXT = definition("docker.io/library/nginx:1.31")


def body(name="both", strategy="SIMPLE", **more):
    """What creates a deployment: the client's body, and the module's options, which have the same names."""
    base = {"name": name, "market": MARKET, "replicas": 1, "strategy": strategy, "job_definition": definition()}
    return base | STRATEGIES[strategy] | more


class Both:
    """The client and the collection, that talk to one server."""

    def __init__(self, server, kit, run_module):
        self.server, self.kit, self._run_module = server, kit, run_module

    def module(self, module=nosana_deployment, check_mode=False, **options):
        """Runs a module; returns its result, and fails when it fails."""
        options.update(api_url=self.server.api_url, api_key="nos_interop")
        result = self._run_module(module, options, check_mode=check_mode, diff=True)
        assert not result.get("failed"), result["msg"]
        return result

    def unchanged(self, **options):
        """Asserts that the collection finds nothing to do, in check mode and for real."""
        for check_mode in (True, False):
            result = self.module(check_mode=check_mode, **options)
            assert (result["changed"], result["actions"]) == (False, [])
            assert result["diff"]["before"] == result["diff"]["after"]
        return result["deployment"]

    def get(self, key):
        return self.kit.of("deployments", "get", key)

    def wait(self, key, status):
        """Reads a deployment with the client until it has the status; returns it then."""
        until = time.monotonic() + 60
        while (deployment := self.get(key))["status"] != status:
            assert time.monotonic() < until, deployment
            time.sleep(0.1)
        return deployment

    def wait_for_jobs(self, key, *counts):
        """Reads a deployment's jobs with the client until so many (one of the counts) are RUNNING; returns them."""
        until = time.monotonic() + 60
        while True:
            jobs = self.kit.on(key, "getJobs", {"limit": 50})["returned"]["jobs"]
            running = [job for job in jobs if job["state"] == "RUNNING"]
            if len(running) in counts:
                return running
            assert time.monotonic() < until, jobs
            time.sleep(0.1)


@pytest.fixture
def both(simulator, kit, run_module, monkeypatch, request):
    monkeypatch.setenv("NOSANA_SIMULATOR_SPEED", str(SPEED))
    server = simulator(release=getattr(request, "param", "current"), speed=SPEED)
    return Both(server, kit(server), run_module)


every_release = pytest.mark.parametrize("both", RELEASES, indirect=True)


@every_release
def test_the_client_does_all_that_its_guide_shows(both):
    kit = both.kit
    assert kit.of("deployments", "list")["deployments"] == []
    made = kit.of("deployments", "create", body(strategy="SCHEDULED"))
    key = made["id"]
    assert (made["status"], made["active_revision"]) == ("DRAFT", 1)
    assert [one["id"] for one in kit.of("deployments", "list")["deployments"]] == [key]
    assert both.get(key)["name"] == "both"

    assert kit.on(key, "createRevision", NEXT)["deployment"]["active_revision"] == 2
    assert kit.on(key, "updateReplicaCount", 2)["deployment"]["replicas"] == 2
    assert kit.on(key, "updateTimeout", 90)["deployment"]["timeout"] == 90
    assert kit.on(key, "updateSchedule", "* * * * *")["deployment"]["schedule"] == "* * * * *"
    revisions = kit.on(key, "getRevisions")["returned"]["revisions"]
    assert [one["revision"] for one in revisions] == [2, 1]
    assert revisions[0]["job_definition"]["ops"] == NEXT["ops"]
    assert kit.on(key, "updateActiveRevision", 1)["deployment"]["active_revision"] == 1

    assert kit.on(key, "start")["deployment"]["status"] == "STARTING"
    both.wait(key, "RUNNING")
    jobs = both.wait_for_jobs(key, 2)
    assert kit.on(key, "getJob", jobs[0]["job"])["returned"]["jobDefinition"]["ops"] == definition()["ops"]
    events = kit.on(key, "getEvents")["returned"]["events"]
    assert "JOB_LIST_CONFIRMED" in [event["type"] for event in events]
    assert "LIST" in [task["task"] for task in kit.on(key, "getTasks")["returned"]["tasks"]]

    assert kit.on(key, "stop")["deployment"]["status"] == "STOPPING"
    both.wait(key, "STOPPED")
    assert kit.on(key, "archive")["deployment"]["status"] == "ARCHIVED"
    assert both.get(key)["status"] == "ARCHIVED"


@every_release
def test_the_client_pipes(both):
    piped = both.kit.pipe(body(), ["start"], ["updateReplicaCount", 5])
    both.wait(piped["id"], "RUNNING")
    # the change comes before or while the start lists its job: the server then lists one to five besides the five
    both.wait_for_jobs(piped["id"], *range(5, 11))
    assert both.unchanged(**body(state="started", replicas=5))["id"] == piped["id"]
    both.kit.pipe(piped["id"], ["stop"])
    both.wait(piped["id"], "STOPPED")
    both.unchanged(**body(state="stopped", replicas=5))
    assert both.kit.pipe(piped["id"], ["archive"])["status"] == "ARCHIVED"


@every_release
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_the_client_made_is_managed_without_a_change(both, strategy):
    key = both.kit.of("deployments", "create", body(strategy=strategy))["id"]
    assert both.unchanged(**body(strategy=strategy))["id"] == key
    both.kit.on(key, "start")
    both.wait(key, "RUNNING")
    both.unchanged(**body(strategy=strategy, state="started"))
    both.kit.on(key, "stop")
    both.wait(key, "STOPPED")
    both.unchanged(**body(strategy=strategy, state="stopped"))
    both.kit.on(key, "archive")
    both.unchanged(name="both", state="archived")


@every_release
def test_what_the_client_changed_is_what_is_asked_for(both):
    key = both.kit.of("deployments", "create", body(strategy="SCHEDULED"))["id"]
    both.kit.on(key, "createRevision", NEXT)
    both.kit.on(key, "updateReplicaCount", 3)
    both.kit.on(key, "updateTimeout", 120)
    both.kit.on(key, "updateSchedule", "30 6 * * 1-5")
    changed = {"job_definition": NEXT, "replicas": 3, "timeout": 120, "schedule": "30 6 * * 1-5"}
    assert both.unchanged(**body(strategy="SCHEDULED", **changed))["active_revision"] == 2
    back = both.module(**body(strategy="SCHEDULED"))
    assert set(back["actions"]) == {"create_revision", "update_replicas", "update_timeout", "update_schedule"}
    both.kit.on(key, "updateActiveRevision", 2)
    both.unchanged(id=key, active_revision=2)


@every_release
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_the_collection_made_the_client_gets_changes_and_archives(both, strategy):
    options = body(strategy=strategy, state="started")
    made = both.module(**options)
    assert made["actions"] == ["create", "start"]
    key = made["deployment"]["id"]
    assert [one["id"] for one in both.kit.of("deployments", "list")["deployments"]] == [key]
    seen = both.get(key)
    assert {name: seen[name] for name in STRATEGIES[strategy]} == STRATEGIES[strategy]
    assert (seen["status"], seen["strategy"], seen["replicas"], seen["market"]) == ("RUNNING", strategy, 1, MARKET)
    [revision] = both.kit.on(key, "getRevisions")["returned"]["revisions"]
    assert revision["job_definition"]["ops"] == definition()["ops"]

    both.kit.on(key, "updateTimeout", 180)
    drifted = both.module(check_mode=True, **options)
    assert drifted["actions"] == ["update_timeout"]
    both.unchanged(**options | {"timeout": 180})

    both.kit.on(key, "stop")
    both.wait(key, "STOPPED")
    both.kit.on(key, "createRevision", NEXT)
    stopped = dict(options, state="stopped", timeout=180, job_definition=NEXT)
    # 2026-08 lists jobs for a revision of what is stopped; the collection ends those, and only those
    assert both.module(**stopped)["actions"] in ([], ["stop_jobs"])
    both.unchanged(**stopped)
    both.kit.on(key, "archive")
    both.unchanged(id=key, state="archived")
    both.unchanged(name="both", state="absent")


@every_release
def test_what_the_collection_left_stopped_the_client_deletes(both):
    key = both.module(**body(state="started"))["deployment"]["id"]
    both.module(id=key, state="stopped")
    both.kit.on(key, "delete")
    both.unchanged(name="both", state="absent")
    assert both.kit.of("deployments", "list")["deployments"] == []


@every_release
def test_both_list_the_same(both):
    seeds = [{"name": "one-%d" % number, "status": "STOPPED"} for number in range(25)]
    both.server.control("POST", "/deployments", seeds)
    pages = both.kit.pages("list", {"limit": 10, "sort_order": "desc"})
    theirs = [one["id"] for page in pages for one in page["deployments"]]
    ours = both.module(nosana_deployment_info)["deployments"]
    assert [len(page["deployments"]) for page in pages] == [10, 10, 5]
    assert theirs == [one["id"] for one in ours]
    assert pages[0]["total_items"] == 25
    [searched] = both.kit.pages("list", {"search": "one-7"})
    assert [one["name"] for one in searched["deployments"]] == ["one-7"]


@every_release
def test_both_see_the_same_markets_and_credits(both):
    markets = {one["address"]: one for one in both.kit.of("markets", "list")}
    ours = {one["address"]: one for one in both.module(nosana_market_info)["markets"]}
    assert ours.keys() == markets.keys()
    assert both.kit.of("markets", "get", MARKET)["slug"] == ours[MARKET]["slug"]
    both.module(**body(state="started"))
    balance = both.kit.of("credits", "balance")
    credits = both.module(nosana_credit_info)["credits"]
    assert credits["assigned"] == balance["assignedCredits"] and balance["reservedCredits"] > 0
    assert credits["reserved"] == pytest.approx(balance["reservedCredits"])


@every_release
def test_a_job_that_the_client_stops_or_extends_is_seen(both):
    key = both.module(**body(state="started", replicas=2))["deployment"]["id"]
    first, second = both.wait_for_jobs(key, 2)
    before = both.kit.of("jobs", "get", first["job"])
    both.kit.of("jobs", "extend", {"address": first["job"], "seconds": 600})
    assert both.kit.of("jobs", "get", first["job"])["timeout"] == before["timeout"] + 600
    both.kit.of("jobs", "stop", second["job"])
    [left] = both.wait_for_jobs(key, 1)
    assert left["job"] == first["job"]
    [seen] = both.module(nosana_deployment_info, id=key, include=["jobs"])["deployments"]
    assert {job["job"]: job["state"] for job in seen["jobs"]} == {first["job"]: "RUNNING", second["job"]: "STOPPED"}

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many deployments in one task: what each comes to, and what is judged for all of them together."""

from __future__ import annotations

import json

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._deployment.converge import Convergence
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.fleet import item
from ansible_collections.nosana.cloud.plugins.modules import nosana_deployment

from .fleets import REFUSAL, STARTED, mutations, named, runs, seeds, state
from .inprocess import CREATE, FAST, MARKET, OTHER_MARKET, definition, live, running_images
from .test_canaries import shown as as_ansible_shows


@pytest.fixture
def server(fast_server):
    fast_server.reset(release="current", step=1)
    return fast_server


@pytest.fixture
def task(server, run_module, monkeypatch):
    monkeypatch.setenv("NOSANA_SIMULATOR_SPEED", str(FAST))
    return runs(server, run_module)


def test_a_fleet_that_is_not_there_is_created_and_started_once(task, server):
    check = task(named(12), check_mode=True, defaults=STARTED)
    assert (check["changed"], check["summary"]["changed"]) == (True, 12)
    assert mutations(server) == []
    done = task(named(12), defaults=STARTED)
    assert "failed" not in done, done
    assert [one["name"] for one in done["deployments"]] == ["n%02d" % number for number in range(12)]
    assert [one["actions"] for one in done["deployments"]] == [["create", "start"]] * 12
    assert [one["actions"] for one in check["deployments"]] == [["create", "start"]] * 12
    found = state(server)
    assert len(found) == 12 and all(len(live(one)) == 1 for one in found.values())
    assert len(mutations(server)) == 24
    again = task(named(12), defaults=STARTED)
    assert (again["changed"], again["summary"]["unchanged"]) == (False, 12)


# --- mixed lists ---

#: What the server has, and what is asked of each, with the actions that it takes.
SEEDS = {
    "runs": dict(status="RUNNING", jobs=[{"state": "RUNNING"}]),
    "scaled": dict(status="RUNNING", jobs=[{"state": "RUNNING"}]),
    "revised": dict(status="RUNNING", strategy="INFINITE", jobs=[{"state": "RUNNING"}]),
    "moved": dict(status="STOPPED"),
    "rests": dict(status="STOPPED"),
    "to stop": dict(status="RUNNING", jobs=[{"state": "RUNNING"}]),
    "to end": dict(status="STOPPED"),
    "to renew": dict(status="RUNNING", jobs=[{"state": "RUNNING"}]),
    "unnamed": dict(status="RUNNING", jobs=[{"state": "RUNNING"}]),
}
TASKS = {
    "runs": ({"state": "started", "replicas": 1}, []),
    "scaled": ({"replicas": 2}, ["update_replicas"]),
    "revised": ({"job_definition": definition("new")}, ["create_revision"]),
    "moved": ({"market": OTHER_MARKET}, ["update_market"]),
    "rests": ({"state": "stopped", "timeout": 90}, ["update_timeout"]),
    "to stop": ({"state": "stopped"}, ["stop"]),
    "to end": ({"state": "absent"}, ["delete"]),
    "to renew": ({"name": "renewed"}, ["update_name"]),
    "new": (CREATE, ["create"]),
}


def seed_all(server):
    """Puts SEEDS on the server; returns the list of TASKS, that of the rename by its id."""
    found = [dict(CREATE, replicas=1, name=name, **more) for name, more in SEEDS.items()]
    ids = dict(zip(SEEDS, server.control("POST", "/deployments", found)["ids"]))
    server.control("POST", "/advance", {"seconds": 60})
    who = {name: {"id": ids[name]} if "name" in options else {"name": name} for name, (options, _done) in TASKS.items()}
    return [{**who[name], **options} for name, (options, _done) in TASKS.items()]


def test_a_mixed_list_does_what_check_mode_shows_and_then_nothing(task, server):
    items = seed_all(server)
    check = task(items, check_mode=True, diff=True)
    assert mutations(server) == []
    done = task(items, diff=True)
    assert "failed" not in done, done
    actions = [actions for _options, actions in TASKS.values()]
    assert [one["actions"] for one in done["deployments"]] == actions
    assert [one["actions"] for one in check["deployments"]] == actions
    assert check["diff"] == done["diff"] and len(done["diff"]) == sum(map(bool, actions))
    assert check["summary"] == done["summary"]
    assert done["summary"] == {"total": 9, "changed": 8, "unchanged": 1, "failed": 0, "not_begun": 0, "pruned": 0}
    found = state(server)
    assert set(found) == {*SEEDS, "new", "renewed"} - {"to end", "to renew"}
    assert (found["scaled"]["replicas"], len(live(found["scaled"]))) == (2, 2)
    assert found["unnamed"]["status"] == "RUNNING"
    server.control("POST", "/advance", {"seconds": 60})
    before = len(mutations(server))
    again = task(items)
    assert (again["changed"], again["summary"]["unchanged"]) == (False, 9), again
    assert len(mutations(server)) == before


def test_each_item_is_returned_as_one_alone(task, server, run_module):
    fleet = task([dict(STARTED, name="a")])["deployments"][0]
    given = {"api_url": server.api_url, "api_key": "nos_fleet"}
    alone = run_module(nosana_deployment, dict(STARTED, name="b", **given))
    differs = {"invocation", "progress"}  # a wait whose first look sees all has no progress
    assert set(alone) - differs <= set(fleet)
    assert set(fleet) - set(alone) - differs == {"name", "id", "failed", "msg", "reason", "error"}
    assert set(fleet["deployment"]) == set(alone["deployment"])
    assert (fleet["name"], fleet["id"]) == ("a", fleet["deployment"]["id"])


def test_a_task_with_nothing_to_do_for_nobody(task):
    done = task([])
    assert (done["changed"], done["deployments"], done["summary"]["total"]) == (False, [], 0)


# --- options ---


def test_an_item_takes_the_place_of_a_default_and_of_what_it_excludes(task, server):
    defaults = dict(CREATE, timeout_minutes=60, name=None)
    defaults.pop("timeout")
    items = [{"name": "a"}, {"name": "b", "timeout": 90}, {"name": "c", "market": ""}]
    assert "failed" not in task(items, defaults=defaults)
    assert {name: one["timeout"] for name, one in state(server).items()} == {"a": 60, "b": 90, "c": 60}
    done = task([{"name": "a"}, {"name": "b", "timeout": 90, "active_revision": 1}], defaults=defaults)
    assert "failed" not in done and not done["changed"]


def test_items_may_be_given_as_text(task, server):
    texts = dict(CREATE, job_definition=json.dumps(definition()), replicas="1", confidential="", requirements="")
    assert "failed" not in task(json.dumps([dict(texts, name="a,b")]))
    assert set(state(server)) == {"a,b"}


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([{"name": "a", "replica": 2}], "deployments[0] (a): replica: is no option of an item (the nearest: replicas"),
        ([{"replicas": 2}], "deployments[0]: one of the following is required: id, name"),
        ([{"name": ""}], "deployments[0]: name: must not be empty"),
        ([{"name": "a", "state": "stop"}], "deployments[0] (a): value of state must be one of"),
        ([{"name": "a", "replicas": "two"}], "deployments[0] (a): argument 'replicas' is of type"),
        ([{"name": "a", "timeout": 5}], "deployments[0] (a): timeout: must be at least 60 minutes, not 5"),
        ([{"name": "a", "wait_timeout": 0}], "deployments[0] (a): wait_timeout: must be 1 or more, not 0"),
        ([{"name": "a", "job_definition": "job.json"}], "deployments[0] (a): job_definition: is the name of a file"),
        ([{"name": "a", "api_key": "nos_x"}], "deployments[0] (a): api_key: is no option of an item"),
        (
            [{"name": "a", "job_definition": definition(), "active_revision": 1}],
            "deployments[0] (a): parameters are mutually exclusive: job_definition|active_revision",
        ),
        ([{"name": "n%d" % n, "timeout": 1} for n in range(7)], "... and 2 more."),
        ([{"name": "a"}, {"name": "a", "replicas": 2}], "both lead to a deployment named 'a'"),
        ([{"name": "a", "market": "nvidia-9090"}], "deployments[0] (a): market: none is called 'nvidia-9090'"),
        ([{"name": "a"}], "deployments[0] (a): no deployment is named 'a', and to create it the task lacks"),
        (["a"], "deployments"),
        ("a, b", "deployments"),
    ],
)
def test_wrong_options_refuse_the_whole_task(task, server, items, said):
    good = dict(STARTED, name="good")
    done = task(items if isinstance(items, str) else [good, *items] if "[0]" not in said else [*items, good])
    assert done["failed"] and not done["changed"] and said in done["msg"]
    assert done["reason"] in ("bad_option", "not_found") and done["deployments"] == []
    assert mutations(server) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"defaults": {"name": "a"}}, "defaults: name says which deployment is meant"),
        ({"concurrency": 0}, "concurrency: must be from 1 to 64, not 0"),
        ({"prune": True}, "prune_name_prefix: is needed with prune"),
        ({"prune": True, "prune_name_prefix": " "}, "prune_name_prefix: must not be empty"),
        ({"prune": True, "prune_name_prefix": "n", "deployments": []}, "prune: is refused for an empty list"),
    ],
)
def test_wrong_options_of_the_task(task, server, options, said):
    items = options.pop("deployments", [dict(STARTED, name="good")])
    done = task(items, **options)
    assert done["failed"] and said in done["msg"] and done["reason"] == "bad_option"
    assert server.requests() == []


# --- items that lead to one deployment ---


@pytest.mark.parametrize("second", [{"name": "n00"}, {"name": "new"}, {"id": 1, "name": "new"}, {"id": 0}])
def test_two_items_that_lead_to_one_deployment_are_refused(task, server, second):
    ids = server.control("POST", "/deployments", seeds(2))["ids"]
    if "id" in second:
        second = dict(second, id=ids[second["id"]])
    items = [{"id": ids[0], "name": "new"}, dict(second, timeout=90)]
    done = task(items, defaults={key: CREATE[key] for key in ("market", "strategy", "replicas", "job_definition")})
    assert done["failed"] and "both lead to" in done["msg"] and done["reason"] in ("bad_option", "ambiguous")
    assert mutations(server) == []


def test_a_name_that_two_deployments_have_refuses_the_task(task, server):
    server.control("POST", "/deployments", [*seeds(2), *seeds(1)])
    done = task([dict(STARTED, name="new"), {"name": "n00", "timeout": 90}])
    assert done["reason"] == "ambiguous" and done["msg"].startswith("deployments[1] (n00): name: 2 deployments")
    assert mutations(server) == []


# --- failures ---


def test_the_failure_of_an_item_is_its_own(task, server):
    server.control("PUT", "/faults", [dict(REFUSAL, operation="create", after=2)])
    done = task(named(5), defaults=STARTED)
    assert done["failed"] and done["changed"] and done["reason"] == "refused"
    assert done["msg"].splitlines()[0] == "1 of 5 deployments failed."
    [failed] = [one for one in done["deployments"] if one["failed"]]
    assert failed["msg"] in done["msg"] and (failed["reason"], failed["changed"]) == ("refused", False)
    assert failed["error"]["status"] == done["error"]["status"] == 403
    assert done["summary"] == {"total": 5, "changed": 4, "unchanged": 0, "failed": 1, "not_begun": 0, "pruned": 0}
    assert len(state(server)) == 4
    again = task(named(5), defaults=STARTED)
    assert "failed" not in again and again["summary"]["changed"] == 1


def test_a_message_tells_of_ten_items_and_counts_the_rest(task, server):
    server.control("PUT", "/faults", [dict(REFUSAL, operation="create", times=13)])
    done = task(named(14), defaults=CREATE)
    lines = done["msg"].splitlines()
    assert (len(lines), lines[0], lines[-1]) == (12, "13 of 14 deployments failed.", "... and 3 more.")
    assert all(line.startswith("deployments[") for line in lines[1:-1])


def test_on_error_stop_begins_no_further_item(task, server):
    server.control("PUT", "/faults", [dict(REFUSAL, operation="create", after=2)])
    done = task(named(9), defaults=CREATE, on_error="stop", concurrency=1)
    assert done["failed"] and done["summary"]["not_begun"] == 6
    assert [one["msg"] for one in done["deployments"][3:]] == ["not begun"] * 6
    assert done["msg"].splitlines()[0] == "1 of 9 deployments failed, 6 were not begun."
    assert len(state(server)) == 2


def test_a_job_that_fails_is_the_failure_of_its_item(task, server):
    batch = dict(CREATE, replicas=1, state="completed", job_definition=definition(expose=None, cmd="exit 3"))
    batch["job_definition"]["ops"][0]["args"].pop("expose")
    done = task([dict(batch, name="bad"), dict(STARTED, name="good")])
    assert (done["failed"], done["reason"]) == (True, "job_failed")
    assert [one["failed"] for one in done["deployments"]] == [True, False]
    assert done["deployments"][0]["actions"] == ["create", "start"] and "exit code 3" in done["msg"]


def test_no_more_batch_runs_are_under_way_than_asked_for(task, server):
    server.control("PUT", "/jobs", {"run_for": 20})
    work = definition(cmd="echo done")
    work["ops"][0]["args"].pop("expose")
    batch = dict(CREATE, replicas=1, state="completed", job_definition=work)
    done = task([*named(6), dict(STARTED, name="service")], defaults=batch, concurrency=2)
    assert "failed" not in done, done
    found = state(server)
    jobs = [job for name, one in found.items() if name != "service" for job in one["jobs"]]
    begun, ended = ([job[key] for job in jobs] for key in ("created_at", "updated_at"))
    assert len(jobs) == 6 and max(begin_count(begun, ended)) <= 2
    assert found["service"]["created_at"] < min(ended)  # a service does not wait for them


def batch_of(seconds):
    work = definition(cmd="sleep %d" % seconds)
    work["ops"][0]["args"].pop("expose")
    return dict(CREATE, replicas=1, state="completed", job_definition=work)


def live_jobs(server):
    return sum(len(live(one)) for one in state(server).values())


def test_a_run_that_outlasts_its_time_keeps_its_place(task, server):
    done = task(named(5), defaults=dict(batch_of(3000), wait_timeout=60), concurrency=2, max_usd_per_hour=0.71)
    assert done["reason"] == "timed_out" and (done["summary"]["failed"], done["summary"]["not_begun"]) == (2, 3)
    assert live_jobs(server) == 2
    assert [one["deployment"] for one in done["deployments"][2:]] == [{}] * 3
    again = task([*named(1), *named(5)[2:]], defaults=dict(batch_of(3000), wait_timeout=60), concurrency=1)
    assert [one["deployment"].get("status") for one in again["deployments"]] == ["RUNNING", None, None, None]


def test_runs_that_are_not_waited_for_all_count(task, server):
    runs = dict(batch_of(3000), wait=False)
    done = task(named(6), defaults=runs, concurrency=2, max_usd_per_hour=0.71)
    assert done["reason"] == "too_expensive" and mutations(server) == []
    assert "failed" not in task(named(2), defaults=runs, concurrency=1, max_usd_per_hour=0.71)


def test_runs_that_are_under_way_count(task, server):
    assert "failed" not in task(named(2), defaults=dict(batch_of(3000), wait=False))
    more = task(named(3), defaults=dict(batch_of(3000), wait=False), max_usd_per_hour=0.8)
    assert more["reason"] == "too_expensive" and "the 3 deployments" in more["msg"]
    # they have the first places, so that no more than one is under way beside one of them
    assert "failed" not in task(named(3), check_mode=True, defaults=batch_of(3000), concurrency=2, max_usd_per_hour=0.8)
    assert task(named(3), check_mode=True, defaults=batch_of(9), max_usd_per_hour=0.8)["reason"] == "too_expensive"


def begin_count(begun, ended):
    """How many jobs are under way whenever one begins."""
    return [sum(one <= now for one in begun) - sum(one <= now for one in ended) for now in begun]


# --- costs ---


def test_the_cost_of_all_is_judged_together(task, server):
    done = task(named(3), defaults=STARTED, max_usd_per_hour=1)  # each costs $0.352
    assert (done["reason"], done["changed"]) == ("too_expensive", False)
    assert "the 3 deployments that run after this task would cost $1.056 an hour, above the limit of" in done["msg"]
    assert mutations(server) == []
    assert "failed" not in task(named(3), defaults=dict(CREATE, replicas=1), max_usd_per_hour=1)  # drafts cost nothing
    assert "failed" not in task(named(3), defaults=STARTED, max_usd_per_hour=1.1)


def test_of_batch_runs_only_those_count_that_are_under_way_at_once(task, server):
    runs = dict(CREATE, replicas=1, state="completed")
    done = task(named(5), check_mode=True, defaults=runs, concurrency=2, max_usd_per_hour=0.71)
    assert "failed" not in done, done
    done = task(named(5), defaults=runs, concurrency=3, max_usd_per_hour=0.71)
    assert done["reason"] == "too_expensive" and "the 3 deployments that run after this task" in done["msg"]
    server.control("PUT", "/credits", {"assigned": 0.71})
    done = task(named(5), check_mode=True, defaults=runs, concurrency=2)
    assert not [one for one in done.get("warnings", []) if "credits left" in one]


def test_what_runs_already_counts_but_never_fails_a_task_that_adds_nothing(task, server):
    server.control("POST", "/deployments", seeds(3, replicas=1, status="RUNNING", jobs=[{"state": "RUNNING"}]))
    unchanged = task(named(3), max_usd_per_hour=1)
    assert "failed" not in unchanged and "cost $1.056 an hour, more than max_usd_per_hour" in unchanged["warnings"][0]
    assert "failed" not in task([*named(2), {"name": "n02", "state": "stopped"}], max_usd_per_hour=0.1)
    refused = task([*named(2), {"name": "n02", "state": "started"}], max_usd_per_hour=1)
    assert refused["reason"] == "too_expensive"


def test_a_limit_of_an_item_counts_too(task, server):
    done = task([dict(STARTED, name="a"), dict(STARTED, name="b", max_usd_per_hour=0.1)], max_usd_per_hour=9)
    assert done["reason"] == "too_expensive" and done["msg"].startswith("deployments[1] (b): max_usd_per_hour: b would")
    assert mutations(server) == []


def test_no_move_brings_all_above_the_limit(task, server):
    server.control("PUT", "/markets/" + OTHER_MARKET, {"hosts": 0})
    cheap = {key: value for key, value in STARTED.items() if key != "market"}
    moving = dict(cheap, markets=["nvidia-3060", "nvidia-4090"], claim_timeout=10, wait_timeout=120)
    done = task(named(3), defaults=moving, max_usd_per_hour=0.5)  # $0.0528 each, and $0.352 after a move
    assert done["failed"] and sorted(one["failed"] for one in done["deployments"]) == [False, True, True]
    assert sorted(one["market"] for one in state(server).values()) == sorted([MARKET, OTHER_MARKET, OTHER_MARKET])
    assert "is left out: it costs too much" in str(done["deployments"])


def test_an_unknown_price_refuses_a_limit_for_all(task, server):
    server.control("PUT", "/markets", [{"address": MARKET}])
    done = task(named(2), defaults=STARTED, max_usd_per_hour=100)
    assert done["reason"] == "too_expensive" and "is not known" in done["msg"]


def test_the_credits_are_compared_with_the_sum(task, server):
    server.control("PUT", "/credits", {"assigned": 1})
    done = task(named(4), check_mode=True, defaults=STARTED)  # each alone could be paid
    [warning] = done["warnings"]
    assert "$1.00 of credits left, and the new jobs reserve $1.408" in warning
    assert [one["operation"] for one in server.requests()].count("credits") == 1


# --- secrets ---


def test_secrets_of_items_show_nowhere(task, server):
    items = [
        dict(STARTED, name="a", job_definition=definition(env={"API_TOKEN": "tok-a-secret"})),
        dict(STARTED, name="b", job_definition=json.dumps(definition(env={"API_TOKEN": "tok-b-secret"}))),
    ]
    shown = [task(items, check_mode=True, diff=True), task(items, diff=True), task([*items, {"name": "a"}])]
    items[0]["job_definition"] = definition(env={"API_TOKEN": "tok-c-secret"})
    shown.append(task(items, diff=True))
    shown.append(task([dict(items[0], job_definition="{API_TOKEN: tok-a-secret")]))
    assert shown[2]["failed"] and shown[4]["failed"]
    assert shown[3]["diff"][0]["before"] != shown[3]["diff"][0]["after"]
    told = [as_ansible_shows({k: v for k, v in one.items() if k != "invocation"}) for one in shown]
    assert "secret" not in "".join(told)


# --- budgets ---


def operations(server):
    found = [one["operation"] for one in server.requests()]
    server.forget_requests()
    return {name: found.count(name) for name in found}


@pytest.mark.parametrize("desired", ["present", "started"])
def test_the_requests_of_a_hundred_unchanged_among_a_thousand(task, server, desired):
    server.control("POST", "/deployments", seeds(1000, replicas=1, status="RUNNING", jobs=[{"state": "RUNNING"}]))
    server.control("POST", "/advance", {"seconds": 60})
    defaults = {"state": desired, "replicas": 1, "timeout": 60, "market": "nvidia-4090"}
    done = task(named(100), defaults=defaults)
    assert done["summary"]["unchanged"] == 100
    assert operations(server) == {"list": 10, "markets": 1}
    items = [*named(97), *({"name": "n%02d" % n, "job_definition": definition()} for n in range(97, 100))]
    assert not task(items, defaults=defaults)["changed"]
    assert operations(server) == {"list": 10, "markets": 1, "revisions": 3}


def test_a_running_one_whose_jobs_the_listing_does_not_count_takes_two_more(task, server):
    server.control("POST", "/deployments", seeds(3, replicas=1, status="RUNNING", jobs=[{"state": "RUNNING"}]))
    server.control("PUT", "/server", {"answers": [{"operation": "list", "without": ["active_jobs"]}]})
    server.control("POST", "/advance", {"seconds": 60})
    assert not task(named(3), defaults={"state": "started"})["changed"]
    found = operations(server)
    assert found["jobs"] == 3 and sum(found.values()) <= 2 + 2 * 3


def test_few_waits_in_a_large_account_follow_streams(task, server):
    server.control("POST", "/deployments", seeds(150))
    server.control("PUT", "/jobs", {"claim_after": 40})
    assert "failed" not in task([dict(STARTED, name="new")])
    found = operations(server)
    assert found["stream"] == 1 and found["list"] == 3  # two pages, and the look after the create


# --- what should not happen ---


def test_an_unknown_id_refuses_the_task_unless_it_is_to_be_absent(task, server):
    done = task([dict(STARTED, name="new"), {"id": "7" * 43}])
    assert done["reason"] == "not_found" and "no deployment of this account is 777" in done["msg"]
    assert mutations(server) == []
    assert not task([{"id": "7" * 43, "state": "absent"}])["changed"]


def test_a_plan_that_is_old_is_made_anew(task, server, monkeypatch):
    monkeypatch.setattr(item, "PLAN_HOLDS", -1)
    server.control("POST", "/deployments", seeds(4, replicas=1, status="RUNNING", jobs=[{"state": "RUNNING"}]))
    ids = {name: one["id"] for name, one in state(server).items()}
    prepare = Convergence.prepare

    def rename_meanwhile(self, account=None):
        if account is None and self.desired.id == ids["n03"]:
            server.control("PATCH", "/deployments/" + ids["n03"], {"name": "kept"})
        prepare(self, account)

    monkeypatch.setattr(Convergence, "prepare", rename_meanwhile)
    done = task([{"name": "n00", "replicas": 2}, {"name": "n01"}], prune=True, prune_name_prefix="n")
    assert "failed" not in done and done["deployments"][0]["actions"] == ["update_replicas"]
    assert [one["name"] for one in done["pruned"]] == ["n02"]
    assert state(server)["kept"]["status"] == "RUNNING"


@pytest.mark.parametrize("method", ["prepare", "carry_out"])
def test_a_bug_is_the_failure_of_its_item(task, server, monkeypatch, capfd, method):
    right = getattr(Convergence, method)

    def wrong(self, *arguments):
        if self.desired.name == "n01":
            raise ValueError("x")
        return right(self, *arguments)

    monkeypatch.setattr(Convergence, method, wrong)
    done = task(named(3), defaults=STARTED)
    assert [one["failed"] for one in done["deployments"]] == [False, True, False]
    assert done["reason"] == "bug" and "this is a bug in nosana.cloud (ValueError: x)" in done["msg"]
    assert "Traceback" not in "".join(capfd.readouterr())
    assert set(state(server)) == {"n00", "n02"}


# --- markets, and the way back ---


def test_items_move_to_the_next_market_where_the_first_has_no_host(task, server):
    server.control("PUT", "/markets/nvidia-4090", {"hosts": 0})
    defaults = dict(STARTED, markets=["nvidia-4090", "nvidia-3060"], claim_timeout=20)
    defaults.pop("market")
    items = [{"name": "a"}, {"name": "b"}, {"name": "c", "market": "nvidia-3060"}]
    done = task(items, defaults=defaults)
    assert "failed" not in done, done["msg"]
    assert ["update_market" in one["actions"] for one in done["deployments"]] == [True, True, False]
    assert any("it moves to nvidia-3060" in line for line in done["deployments"][0]["progress"])
    found = state(server)
    assert {one["market"] for one in found.values()} == {OTHER_MARKET}
    assert [len(live(one)) for one in found.values()] == [1, 1, 1]


def test_an_item_whose_new_revision_fails_goes_back_alone(task, server):
    items = [dict(STARTED, name=name, strategy="INFINITE", on_failure="roll_back") for name in ("a", "b", "c")]
    assert "failed" not in task(items)
    items[1]["job_definition"] = definition("registry.invalid/app:1")
    items[2]["job_definition"] = definition("nginx:2")
    done = task(items)
    assert (done["failed"], done["reason"]) == (True, "rolled_back")
    assert [one["reason"] for one in done["deployments"]] == [None, "rolled_back", None]
    assert done["deployments"][1]["rolled_back_to"] == 1
    assert [one["actions"] for one in done["deployments"]] == [
        [],
        ["create_revision", "switch_revision"],
        ["create_revision"],
    ]
    found = state(server)
    assert [running_images(found[name]) for name in ("a", "b", "c")] == [["nginx:1"], ["nginx:1"], ["nginx:2"]]

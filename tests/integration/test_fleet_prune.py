# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What nosana_deployments prunes: what no item leads to, within the prefix, last, and never by a part of a list."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.nosana.cloud.plugins.module_utils._deployment.converge import Convergence
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.fleet import item

from .fleets import REFUSAL, mutations, named, runs, seeds, state
from .inprocess import CREATE, FAST, Runner, live
from .playbooks import run

STOP = ["stop"]
RUNNING = {"replicas": 1, "status": "RUNNING", "jobs": [{"state": "RUNNING"}]}


@pytest.fixture
def server(fast_server):
    fast_server.reset(release="current", step=1)
    return fast_server


@pytest.fixture
def task(server, run_module, monkeypatch):
    monkeypatch.setenv("NOSANA_SIMULATOR_SPEED", str(FAST))
    return runs(server, run_module)


@pytest.fixture
def fleet(server):
    """Five that run, a DRAFT and a STOPPED one of the prefix, an ARCHIVED one, and one of another name."""
    found = [*seeds(5, **RUNNING), dict(CREATE, name="n05"), dict(CREATE, name="n06", status="STOPPED")]
    found += [dict(CREATE, name="n07", status="ARCHIVED"), dict(CREATE, name="other", **RUNNING)]
    ids = server.control("POST", "/deployments", found)["ids"]
    server.control("POST", "/advance", {"seconds": 60})
    return dict(zip([one["name"] for one in found], ids))


def prunes(items, prefix="n", **more):
    return {"deployments": items, "prune": True, "prune_name_prefix": prefix, **more}


def statuses(server):
    return {name: one["status"] for name, one in state(server).items()}


def plans_hold(monkeypatch, meanwhile):
    """Lets each plan be made anew before it is carried out, and something happen before."""
    again = Convergence.prepare_again

    def prepare_again(convergence):
        meanwhile(convergence)
        return again(convergence)

    monkeypatch.setattr(item, "PLAN_HOLDS", -1)
    monkeypatch.setattr(Convergence, "prepare_again", prepare_again)


@pytest.mark.parametrize("how", ["archive", "delete"])
@pytest.mark.parametrize("prune_state", ["stopped", "archived", "absent"])
def test_what_somebody_else_removed_is_pruned_already(task, server, fleet, monkeypatch, prune_state, how):
    def remove(convergence):
        key = convergence.before.deployment["id"]
        other = {"archive": "archived", "delete": "absent"}[how]
        assert Runner(server, speed=FAST).run(id=key, state=other).failure is None

    plans_hold(monkeypatch, remove)
    items = [{"name": name} for name in ("n00", "n01", "n02", "n05", "n06")]
    done = task(**prunes(items, prune_state=prune_state))
    assert "failed" not in done and not done["changed"] and done["pruned"] == [], done
    assert statuses(server).get("n03") == {"archive": "ARCHIVED", "delete": None}[how]


@pytest.mark.parametrize("name", ["n05", "n06"])  # a DRAFT, and one that is STOPPED
@pytest.mark.parametrize("state", ["archived", "absent"])
def test_what_somebody_started_meanwhile_is_not_removed(task, server, fleet, monkeypatch, state, name):
    def start(convergence):
        key = convergence.before.deployment["id"]
        assert Runner(server, speed=FAST).run(id=key, state="started").failure is None

    plans_hold(monkeypatch, start)
    done = task([{"id": fleet[name], "state": state}])
    assert done["reason"] == "gone" and "somebody else started %s" % name in done["msg"]
    assert statuses(server)[name] == "RUNNING"


def test_one_that_is_gone_does_not_keep_the_others_running(task, server, fleet):
    nobody = "9" * 43
    server.control("POST", "/deployments", [dict(CREATE, name="strange", status="HIBERNATING")])
    [strange] = [one["id"] for one in server.control("GET", "/state")["deployments"] if one["name"] == "strange"]
    done = task([{"id": key, "state": "stopped"} for key in (nobody, strange, fleet["n00"])])
    assert [one["reason"] for one in done["deployments"]] == ["not_found", "unsupported", None]
    assert statuses(server)["n00"] == "STOPPED"
    assert task([{"id": nobody, "state": "started"}])["reason"] == "not_found"
    limited = task([{"id": nobody, "state": "stopped"}, {"name": "n00", "state": "started"}], max_usd_per_hour=100)
    assert (limited["reason"], statuses(server)["n00"]) == ("not_found", "RUNNING")


def test_others_of_the_prefix_are_stopped_and_check_mode_says_which(task, server, fleet):
    check = task(**prunes(named(3)), check_mode=True, diff=True)
    assert mutations(server) == [] and check["changed"]
    done = task(**prunes(named(3)), diff=True)
    for one in (check, done):
        assert [(pruned["name"], pruned["actions"]) for pruned in one["pruned"]] == [("n03", STOP), ("n04", STOP)]
        assert one["summary"] == {"total": 3, "changed": 0, "unchanged": 3, "failed": 0, "not_begun": 0, "pruned": 2}
    assert check["diff"] == done["diff"] and len(done["diff"]) == 2
    found = state(server)
    assert [live(found[name]) for name in ("n03", "n04")] == [[], []]
    assert statuses(server) == {
        **{"n0%d" % number: "RUNNING" for number in range(3)},
        **{"n03": "STOPPED", "n04": "STOPPED", "n05": "DRAFT", "n06": "STOPPED", "n07": "ARCHIVED", "other": "RUNNING"},
    }
    again = task(**prunes(named(3)))
    assert (again["changed"], again["pruned"]) == (False, [])


def test_what_is_pruned_may_be_deleted(task, server, fleet):
    done = task(**prunes(named(5), prune_state="absent"))
    assert [(one["name"], one["actions"][-1]) for one in done["pruned"]] == [("n05", "delete"), ("n06", "delete")]
    assert set(state(server)) == {"n00", "n01", "n02", "n03", "n04", "n07", "other"}


def test_what_an_item_names_by_id_or_renames_is_left_alone(task, server, fleet):
    items = [{"id": fleet["n00"]}, {"id": fleet["n01"], "name": "renamed"}, {"name": "n02", "state": "stopped"}]
    done = task(**prunes([*items, *({"name": "n0%d" % number} for number in (3, 4))]))
    assert done["pruned"] == [] and statuses(server)["n00"] == statuses(server)["renamed"] == "RUNNING"


def test_nothing_is_pruned_where_an_item_failed(task, server, fleet):
    server.control("PUT", "/faults", [dict(REFUSAL, operation="update_timeout")])
    done = task(**prunes([{"name": "n00", "timeout": 90}, {"name": "n01"}]))
    assert done["failed"] and done["pruned"] == []
    assert mutations(server) == []


def test_a_failure_to_prune_fails_the_task(task, server, fleet):
    server.control("PUT", "/faults", [dict(REFUSAL, operation="stop")])
    done = task(**prunes(named(3)))
    assert done["failed"] and done["msg"].startswith("0 of 3 deployments failed, 1 that were to be pruned failed.")
    assert sorted(one["failed"] for one in done["pruned"]) == [False, True]


def test_what_is_pruned_is_no_part_of_the_limit(task, server, fleet):
    items = [{"name": "n00", "replicas": 2}]
    assert "failed" not in task(**prunes(items, max_usd_per_hour=0.8))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--limit", "localhost"], "together with --limit (localhost)"),
        (["-e", "awx_job_slice_count=3"], "together with a slice of a job (awx_job_slice_count: 3)"),
    ],
)
def test_a_part_of_the_hosts_does_not_prune(server, fleet, tmp_path, arguments, said):
    options = {"deployments": [{"name": "n00"}], "prune_name_prefix": "n"}
    tasks = [
        {"nosana.cloud.nosana_deployments": options},
        {
            "nosana.cloud.nosana_deployments": dict(options, prune="{{ 'true' }}"),
            "register": "it",
            "ignore_errors": True,
        },
        {"ansible.builtin.assert": {"that": ["it is failed", "it.reason == 'bad_option'", "said in it.msg"]}},
    ]
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks, "vars": {"said": said}}
    path = tmp_path / "play.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    done = run(path, *arguments, NOSANA_API_URL=server.api_url, NOSANA_API_KEY="nos_part")
    assert done.returncode == 0, done.stdout + done.stderr
    assert mutations(server) == []

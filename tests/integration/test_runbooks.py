# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runbooks, as an operator or a controller runs them."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from .inprocess import MARKET, definition
from .playbooks import SPEED, run

#: All variables of each runbook that are optional, left empty as by a controller's survey.
EMPTY = {
    "deploy": "job_definition_file template markets strategy schedule replicas timeout wait_timeout max_usd_per_hour"
    " on_failure confirm",
    "scale": "replicas by min max max_usd_per_hour",
    "restart": "name id only_if max_usd_per_hour budget_usd_per_hour without_waiting",
    "roll_back": "revision",
    "stop_matching": "name_prefix markets older_than_hours usd_per_hour protect confirm",
    "archive_stopped": "name_prefix older_than_days protect confirm",
    "keep_within_budget": "protect confirm",
    "report": "format to",
    "export": "name_prefix to",
}
SERVICE = {"market": MARKET, "strategy": "INFINITE", "replicas": 1, "timeout": 120, "job_definition": definition()}


def variables(runbook, **given):
    """What a survey gives: text for what was filled in, and empty text for the rest."""
    empty = dict.fromkeys(EMPTY[runbook].split(), "")
    return {"%s_%s" % (runbook, name): value for name, value in {**empty, **given}.items()}


def play(server, playbook, *arguments, **given):
    """Runs a runbook (or a playbook, without variables): the finished process."""
    if not str(playbook).endswith(".yml"):
        arguments = ("-e", json.dumps(variables(playbook, **given)), *arguments)
        playbook = "nosana.cloud." + playbook
    env = {"NOSANA_API_URL": server.api_url, "NOSANA_API_KEY": "nos_runbooks", "NOSANA_SIMULATOR_SPEED": str(SPEED)}
    return run(playbook, *arguments, ANSIBLE_SHOW_CUSTOM_STATS="true", **env)


def stats(done):
    """What a run handed on."""
    found = re.search(r"^\tRUN: (\{.*\})$", done.stdout, re.MULTILINE)
    return json.loads(found[1]) if found else {}


def succeeded(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return stats(done)


def failure(done):
    """The message of the task that ended a run."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    _before, result = done.stdout.split("fatal: [localhost]: FAILED! => ")
    return json.JSONDecoder().raw_decode(result)[0]["msg"]


def seed(server, *deployments):
    """Puts services on the server, RUNNING with as many jobs as replicas unless they say otherwise."""
    seeds = []
    for one in deployments:
        one = {**SERVICE, "status": "RUNNING", **one}
        if one["status"] == "RUNNING":
            one.setdefault("jobs", [{"state": "RUNNING"}] * one["replicas"])
        seeds.append(one)
    server.control("POST", "/deployments", seeds)
    server.forget_requests()


def state(server):
    return {one["name"]: one for one in server.control("GET", "/state")["deployments"]}


def statuses(server):
    return {name: one["status"] for name, one in state(server).items()}


def set_prices(server, **usd):
    """Gives markets, called p1, p2, ..., these prices an hour (None: unknown)."""
    world = [
        {"address": address_of(name), "slug": name, "usd_reward_per_hour": price, "network_fee_percentage": 0}
        for name, price in usd.items()
    ]
    server.control("PUT", "/markets", world)


def address_of(market):
    return (market.upper() * 44).replace("0", "1")[:44]


# --- most of them, by a playbook of a controller's project ----------------------------------------------------------


def imported(runbook, **given):
    return {"import_playbook": "nosana.cloud." + runbook, "vars": variables(runbook, **given)}


def test_runbooks_in_check_mode_and_for_real(simulator, tmp_path):
    server = simulator(speed=SPEED)
    braces = {"FORMAT": "{{ no_variable }}"}
    (tmp_path / "job.json").write_text(json.dumps(definition("nginx:2", env=braces)), encoding="utf-8")
    old = "2026-01-01T00:00:00.000Z"
    touched = tmp_path / "touched"
    template = "test-{{ lookup('ansible.builtin.pipe', 'touch %s') }}" % touched
    revisions = [{"revision": number, "job_definition": definition("nginx:%d" % number)} for number in (1, 2)]
    seed(
        server,
        {"name": "web", "revisions": revisions, "active_revision": 2},
        {"name": template, "created_at": old},
        {"name": "test-keep {{ no_variable }}", "created_at": old},
        {"name": "gone", "status": "STOPPED", "updated_at": old},
    )
    new = {"name": "new", "job_definition_file": str(tmp_path / "job.json"), "confirm": "true"}
    new.update(markets="nvidia-4090, nvidia-3060", strategy="INFINITE", replicas="1", timeout="60")
    books = [
        imported("deploy", **new),
        imported("scale", name="web", by="+1", max="2"),
        imported("roll_back", name="web"),
        imported("stop_matching", name_prefix="test-", older_than_hours="24", protect="test-keep", confirm="yes"),
        imported("archive_stopped", older_than_days="30", confirm="true"),
        imported("report", format="csv", to=str(tmp_path / "report.csv")),
    ]
    (tmp_path / "all.yml").write_text(yaml.safe_dump(books), encoding="utf-8")

    before = state(server)
    checked = succeeded(play(server, tmp_path / "all.yml", "--check"))
    assert state(server) == before
    assert [one for one in server.requests() if one["mutating"]] == []
    assert not (tmp_path / "report.csv").exists()

    done = succeeded(play(server, tmp_path / "all.yml"))
    assert statuses(server) == {
        "new": "RUNNING",
        "web": "RUNNING",
        template: "STOPPED",
        "test-keep {{ no_variable }}": "RUNNING",
        "gone": "ARCHIVED",
    }
    assert (state(server)["web"]["replicas"], state(server)["web"]["active_revision"]) == (2, 1)
    assert state(server)["new"]["revisions"][0]["job_definition"]["ops"][0]["args"]["env"] == braces
    for book, key in [("deploy", "actions"), ("scale", "actions"), ("roll_back", "actions")]:
        assert checked["nosana_" + book][key] == done["nosana_" + book][key] != []
    for book, key in [("stop_matching", "stopped"), ("archive_stopped", "archived")]:
        for found in (checked, done):
            assert len(found["nosana_" + book][key]) == 1
    assert [one["name"] for one in done["nosana_stop_matching"]["protected"]] == ["test-keep {{ no_variable }}"]
    assert len(done["nosana_report"]["running"]) == 3
    assert (tmp_path / "report.csv").read_text(encoding="utf-8").count("\n") == 4
    assert not touched.exists()


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runbook", "given", "message"),
    [
        ("stop_matching", {"protect": "prod-"}, "Give one of stop_matching_name_prefix, stop_matching_markets, "),
        pytest.param(
            "scale",
            {"replicas": "two", "by": "1"},
            'scale_name: is needed. scale_replicas: must be a whole number, not "two". Give only one of scale_replicas,'
            " scale_by.",
            marks=pytest.mark.thorough,
        ),
        ("keep_within_budget", {"usd_per_hour": "5", "except": "prod-"}, "keep_within_budget_except: is unknown. "),
        pytest.param(
            "restart",
            {"name": "a", "id": "b", "only_if": "FAILED"},
            "restart_only_if: must be one of DRAFT,",
            marks=pytest.mark.thorough,
        ),
        pytest.param("deploy", {"name": "a", "job_definition_file": "/no.json"}, "no file", marks=pytest.mark.thorough),
        pytest.param("deploy", {"name": "a", "template": "llama"}, "llama/", marks=pytest.mark.thorough),
        pytest.param("roll_back", {"name": "nobody"}, "No deployment is named nobody.", marks=pytest.mark.thorough),
        pytest.param(
            "stop_matching", {"markets": "nowhere"}, "there is no market nowhere.", marks=pytest.mark.thorough
        ),
        pytest.param("report", {"format": "pdf"}, "report_format: must be one of", marks=pytest.mark.thorough),
    ],
)
def test_wrong_variables_end_in_one_message(runbook, given, message, simulator):
    server = simulator(speed=SPEED)
    assert message in failure(play(server, runbook, **given))


@pytest.mark.parametrize(
    ("runbook", "given"),
    [
        ("deploy", {"name": "web", "timeout": "180"}),
        ("stop_matching", {"usd_per_hour": "0.01"}),
        pytest.param("archive_stopped", {}, marks=pytest.mark.thorough),
        pytest.param("keep_within_budget", {"usd_per_hour": "0"}, marks=pytest.mark.thorough),
    ],
)
def test_without_confirmation_nothing_is_changed(runbook, given, simulator):
    server = simulator(speed=SPEED)
    seed(server, {"name": "web"}, {"name": "ended", "status": "STOPPED"})
    before = state(server)
    done = play(server, runbook, **given)
    message = failure(done)
    assert message.startswith("Nothing was changed. ") and "add -e %s_confirm=true" % runbook in message
    assert " changed=0 " in done.stdout
    assert state(server) == before and [one for one in server.requests() if one["mutating"]] == []
    assert "nosana_" + runbook in stats(done)


def test_what_is_as_asked_for_needs_no_confirmation(simulator):
    server = simulator(speed=SPEED)
    seed(server, {"name": "web"})
    done = play(server, "deploy", name="web", strategy="INFINITE", markets="nvidia-4090", replicas="1", timeout="120")
    assert succeeded(done)["nosana_deploy"]["actions"] == []
    assert [one for one in server.requests() if one["mutating"]] == []


@pytest.mark.parametrize("template", ["nginx", pytest.param("llama/8b", marks=pytest.mark.thorough)])
def test_a_template_without_variants_of_its_own_can_be_deployed(simulator, template):
    new = {"markets": "nvidia-4090", "strategy": "INFINITE", "replicas": "1", "timeout": "60", "confirm": "true"}
    server = simulator(speed=SPEED)
    done = succeeded(play(server, "deploy", name="web", template=template, **new))
    assert done["nosana_deploy"]["actions"] == ["create", "start"] and statuses(server) == {"web": "RUNNING"}


# --- a restart -----------------------------------------------------------------------------------------------------


def test_a_restart_starts_what_failed_unless_its_status_is_another_one(simulator):
    server = simulator(speed=SPEED)
    set_prices(server, p1=0.4)
    seed(server, {"name": "failed", "status": "ERROR", "market": address_of("p1")})
    failed = state(server)["failed"]["id"]
    before = state(server)
    options = {"id": failed, "only_if": "ERROR", "budget_usd_per_hour": "0.4"}
    checked = succeeded(play(server, "restart", "--check", **options))["nosana_restart"]
    assert state(server) == before and checked["actions"] == ["start"]
    done = succeeded(play(server, "restart", **options))["nosana_restart"]
    assert (done["changed"], done["actions"], done["status_before"]) == (True, ["start"], "ERROR")
    assert done["deployment"]["status"] == "RUNNING" and done["cost"]["usd_per_hour"] == 0.4
    again = play(server, "restart", name="failed", only_if="ERROR", max_usd_per_hour="0.01", without_waiting="true")
    assert succeeded(again)["nosana_restart"]["actions"] == [] and " changed=0 " in again.stdout


def test_a_restart_beyond_the_budget_of_the_account_changes_nothing(simulator):
    server = simulator(speed=SPEED)
    set_prices(server, p1=0.4, p2=None)
    seed(
        server,
        {"name": "failed", "status": "ERROR", "market": address_of("p1")},
        {"name": "runs", "market": address_of("p1")},
    )
    message = failure(play(server, "restart", name="failed", budget_usd_per_hour="0.79"))
    assert message == (
        "Nothing was changed. With failed, all that runs would cost 0.8 USD an hour, and the budget is 0.79."
    )
    seed(server, {"name": "unknown", "market": address_of("p2")})
    message = failure(play(server, "restart", name="failed", budget_usd_per_hour="100"))
    assert message == "Nothing was changed. With failed, what runs has an unknown price: unknown."
    assert [one for one in server.requests() if one["mutating"]] == []


@pytest.mark.thorough
def test_a_restart_is_not_allowed_by_what_can_not_be_stopped(simulator):
    server = simulator(speed=SPEED)
    set_prices(server, p1=0.0, p2=0.4)
    seed(
        server,
        {"name": "failed", "status": "ERROR", "market": address_of("p1")},
        {"name": "strange", "status": "PAUSED", "market": address_of("p2"), "jobs": [{"state": "RUNNING"}]},
    )
    message = failure(play(server, "restart", name="failed", budget_usd_per_hour="0.39"))
    assert message.startswith("Nothing was changed. With failed, all that runs would cost 0.4 USD an hour, ")


# --- the budget ----------------------------------------------------------------------------------------------------

PRICES = {"p1": 0.4, "p2": 1.5, "p3": 0.9, "p4": 3.0, "p5": 1.1}
BUDGET = {"protect": "prod-", "confirm": "true"}


@pytest.fixture
def five(simulator):
    """A server with five services, one of them protected, at 6.90 USD an hour."""
    server = simulator(speed=SPEED)
    set_prices(server, **PRICES)
    names = ["a", "b", "c", "prod-d", "e"]
    seed(server, *({"name": name, "market": address_of(market)} for name, market in zip(names, PRICES)))
    return server


def stopped(server):
    return sorted(name for name, status in statuses(server).items() if status == "STOPPED")


def test_the_fewest_are_stopped_that_meet_the_budget(five):
    before = state(five)
    checked = succeeded(play(five, "keep_within_budget", "--check", usd_per_hour="5.9", protect="prod-"))
    assert state(five) == before
    found = succeeded(play(five, "keep_within_budget", usd_per_hour="5.9", **BUDGET))["nosana_keep_within_budget"]
    assert stopped(five) == ["e"]
    assert checked["nosana_keep_within_budget"]["stop"][0]["name"] == "e"
    assert len(checked["nosana_keep_within_budget"]["stopped"]) == 1
    assert [one["name"] for one in found["stop"]] == ["e"] and len(found["stopped"]) == 1
    assert (found["usd_per_hour"], found["usd_per_hour_after"], found["is_met"]) == (6.9, 5.8, True)
    again = play(five, "keep_within_budget", usd_per_hour="5.9", protect="prod-")
    assert succeeded(again)["nosana_keep_within_budget"]["stop"] == []
    assert " changed=0 " in again.stdout and stopped(five) == ["e"]


@pytest.mark.thorough
def test_all_that_may_be_stopped_is_stopped_before_it_fails(five):
    done = play(five, "keep_within_budget", usd_per_hour="2", **BUDGET)
    assert "The budget of 2.0 USD an hour is not met: what is protected costs 3.0." in failure(done)
    assert stopped(five) == ["a", "b", "c", "e"]


def test_an_unknown_price_stops_nothing(five):
    set_prices(five, **{**PRICES, "p1": None})
    message = failure(play(five, "keep_within_budget", usd_per_hour="1", **BUDGET))
    assert message.startswith("Nothing was changed. The price of a is not known")
    assert stopped(five) == [] and [one for one in five.requests() if one["mutating"]] == []


def test_what_has_a_status_that_is_not_known_is_shown_and_stops_nothing_else_from_being_stopped(five, tmp_path):
    strange = {"status": "PAUSED", "jobs": [{"state": "RUNNING"}]}
    for name, market in [("strange", "p2"), ("b-strange", "m1")]:
        seed(five, {"name": name, "market": address_of(market), **strange})
    set_prices(five, **PRICES, m1=0.0)
    reported = variables("report", format="json", to=str(tmp_path / "report.json"))
    matched = variables("stop_matching", name_prefix="b", confirm="true")
    within = variables("keep_within_budget", usd_per_hour="4", **BUDGET)
    books = [
        {"import_playbook": "nosana.cloud." + name, "vars": given}
        for name, given in [("stop_matching", matched), ("report", reported), ("keep_within_budget", within)]
    ]
    (tmp_path / "all.yml").write_text(yaml.safe_dump(books), encoding="utf-8")
    done = play(five, tmp_path / "all.yml")
    message = failure(done)
    assert "is not met: what is protected or has a status that this version does not know costs 4.5. " in message
    assert stopped(five) == ["a", "b", "c", "e"] and statuses(five)["strange"] == "PAUSED"
    assert "1 have a status that this version does not know, and can't be stopped by it: b-strange" in done.stdout
    assert "2 have a status that this version does not know, and can't be stopped by it. They count: " in done.stdout
    assert "With a status that this version does not know: 2." in done.stdout
    found = stats(done)
    assert [one["name"] for one in found["nosana_stop_matching"]["unknown"]] == ["b-strange"]
    assert {"strange", "b-strange"} < {one["name"] for one in found["nosana_report"]["running"]}
    assert len(found["nosana_keep_within_budget"]["unknown_status"]) == 2

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the runbooks are made of: checked variables, tables, and which deployments to stop."""

from __future__ import annotations

import datetime
import itertools
import pathlib
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible.errors import AnsibleFilterError
from ansible_collections.nosana.cloud.plugins.filter.batch_report import batch_report
from ansible_collections.nosana.cloud.plugins.filter.checked_variables import checked_variables
from ansible_collections.nosana.cloud.plugins.filter.deployments_as_variables import deployments_as_variables
from ansible_collections.nosana.cloud.plugins.filter.job_definition_matrix import job_definition_matrix
from ansible_collections.nosana.cloud.plugins.filter.job_definition_with import job_definition_with
from ansible_collections.nosana.cloud.plugins.filter.matching_deployments import matching_deployments
from ansible_collections.nosana.cloud.plugins.filter.stops_for_budget import fewest, stops_for_budget
from ansible_collections.nosana.cloud.plugins.filter.table import table

CLONE = pathlib.Path(__file__).parents[2]
RUNBOOKS = "deploy scale restart roll_back stop_matching archive_stopped keep_within_budget report export".split()


# --- variables -----------------------------------------------------------------------------------------------------

OPTIONS = {
    "name": {"required": True},
    "count": {"type": "int", "least": 0},
    "limit": {"type": "float"},
    "sure": {"type": "bool", "default": False},
    "markets": {"type": "list"},
    "kind": {"choices": ["one", "two"]},
}


def checked(names=(), prefix="x_", exclusive=(), one_of=(), **given_values):
    values = {prefix + name: value for name, value in given_values.items()}
    return checked_variables(values, prefix, OPTIONS, names, exclusive, one_of)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("count", "3", 3),
        ("count", " +3 ", 3),
        ("count", "2.0", 2),
        ("count", 0, 0),
        ("limit", "0.5", 0.5),
        ("limit", 2, 2.0),
        ("sure", "true", True),
        ("sure", "False", False),
        ("sure", "1", True),
        ("sure", "", False),
        ("markets", "a, b,\nc,", ["a", "b", "c"]),
        ("markets", ["a", " b "], ["a", "b"]),
        ("markets", "a", ["a"]),
        ("markets", " , ", None),
        ("markets", [], None),
        ("kind", "two", "two"),
        ("count", "", None),
        ("count", None, None),
        ("limit", "  ", None),
        ("name", 17, "17"),
    ],
)
def test_text_counts_for_every_type(name, text, value):
    found = checked(**{"name": "web", name: text})
    assert found["problems"] == []
    assert found["arguments"][name] == value
    assert type(found["arguments"][name]) is type(value)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("name", "", "x_name: is needed."),
        ("count", "two", 'x_count: must be a whole number, not "two".'),
        ("count", "2.5", 'x_count: must be a whole number, not "2.5".'),
        ("count", True, "x_count: must be a whole number, not true."),
        ("count", "-1", 'x_count: must be 0 or more, not "-1".'),
        ("limit", "cheap", 'x_limit: must be a number, not "cheap".'),
        ("limit", "nan", 'x_limit: must be a number, not "nan".'),
        ("limit", "1e999", 'x_limit: must be a number, not "1e999".'),
        ("sure", "maybe", 'x_sure: must be true or false, not "maybe".'),
        ("kind", "three", 'x_kind: must be one of one, two, not "three".'),
    ],
)
def test_each_mistake_is_told(name, value, problem):
    found = checked(**{"name": "web", name: value})
    assert found["problems"] == [problem]
    assert found["arguments"][name] is None or name == "sure"


def test_several_mistakes_are_told_at_once():
    assert len(checked(count="two", limit="cheap")["problems"]) == 3


def test_variables_that_exclude_each_other_and_of_which_one_is_needed():
    groups = [["count", "limit"]]
    assert checked(name="web", count=1, limit=1, exclusive=groups)["problems"] == ["Give only one of x_count, x_limit."]
    assert checked(name="web", count="", one_of=groups)["problems"] == ["Give one of x_count, x_limit."]
    assert checked(name="web", count="0", limit="", exclusive=groups, one_of=groups)["problems"] == []


def test_a_misspelt_name_is_told_and_another_is_not():
    found = checked(name="web", names=["x_name", "x_market", "x_user", "x_cuont"])["problems"]
    assert found == [
        "x_cuont: is unknown. Did you mean x_count?",
        "x_market: is unknown. Did you mean x_markets?",
    ]


def test_with_a_prefix_of_several_words_each_unknown_name_is_told():
    [problem] = checked(name="web", prefix="stop_all_", names=["stop_all_name", "stop_all_except"])["problems"]
    assert problem.startswith("stop_all_except: is unknown. There are stop_all_name, stop_all_count, ")


def test_a_list_without_any_text_counts_as_left_out():
    for empty in (",", " , ", ["", " "]):
        found = checked(name="web", markets=empty, one_of=[["markets"]], exclusive=[["name", "markets"]])
        assert found["problems"] == ["Give one of x_markets."] and found["arguments"]["markets"] is None
        rules = {"markets": {"type": "list", "required": True}}
        assert checked_variables({"x_markets": empty}, "x_", rules)["problems"] == ["x_markets: is needed."]


def test_rules_and_groups_may_be_text():
    options = '{"count": {"type": "int", "least": "2", "required": "false"}, "kind": {"choices": "one, two"}}'
    found = checked_variables({"x_count": 1, "x_kind": "one, t"}, "x_", options, "x_kind,x_cuont", ["count, kind"])
    assert found["problems"] == [
        "x_cuont: is unknown. Did you mean x_count?",
        "x_count: must be 2 or more, not 1.",
        'x_kind: must be one of one, two, not "one, t".',
        "Give only one of x_count, x_kind.",
    ]


# --- tables --------------------------------------------------------------------------------------------------------

ROWS = [
    {"name": "web", "cost": {"usd_per_hour": 0.352}, "since": "2026-08-21T10:00:07.000Z", "runs": ["a", "b"]},
    {"name": "a|b\nc", "cost": {"usd_per_hour": None}, "runs": []},
]
COLUMNS = {"name": "NAME", "cost.usd_per_hour": "USD/H", "since": "SINCE", "runs": "RUNS", "runs.1": "SECOND"}


def test_a_table():
    assert table(ROWS, COLUMNS, words={"a": "first"}) == [
        "NAME  USD/H SINCE            RUNS     SECOND",
        "web   0.352 2026-08-21 10:00 first, b b",
        "a|b c -     -                -        -",
    ]


def test_a_table_in_other_formats():
    assert table(ROWS, {"name": "NAME", "since": "SINCE"}, "markdown") == [
        "| NAME | SINCE |",
        "| --- | --- |",
        "| web | 2026-08-21 10:00 |",
        "| a\\|b c | - |",
    ]
    assert table(ROWS, {"name": "NAME", "since": "SINCE", "runs": "RUNS"}, "csv") == [
        "NAME,SINCE,RUNS",
        'web,2026-08-21T10:00:07.000Z,"a, b"',
        "a|b c,,",
    ]


def test_a_long_table_is_cut():
    rows = [{"name": "n%d" % number} for number in range(25)]
    assert table(rows, {"name": "NAME"}, most=20)[-2:] == ["n19", "... and 5 more"]
    assert len(table(rows, {"name": "NAME"})) == 26
    assert table([], {"name": "NAME"}, most=20) == ["NAME"]


# --- which deployments ---------------------------------------------------------------------------------------------

NOW = 1_790_000_000


def deployment(name, usd=0.1, status="RUNNING", **more):
    return {"id": "id-" + name, "name": name, "status": status, "cost": {"usd_per_hour": usd}, "active_jobs": 0, **more}


def names(deployments):
    return [one["name"] for one in deployments]


def hours_ago(hours):
    return datetime.datetime.fromtimestamp(NOW - hours * 3600, datetime.timezone.utc).isoformat()


def test_all_criteria_have_to_be_met():
    found = [
        deployment("test-a", market="m1", running_since=hours_ago(30), usd=2),
        deployment("test-young", market="m1", running_since=hours_ago(1), usd=2),
        deployment("test-cheap", market="m1", running_since=hours_ago(30), usd=0.1),
        deployment("test-else", market="m2", running_since=hours_ago(30), usd=2),
        deployment("test-keep-1", market="m1", running_since=hours_ago(30), usd=2),
        deployment("test-unknown", market="m1", running_since=None, usd=2),
        deployment("test-ended", market="m1", running_since=hours_ago(30), usd=2, status="STOPPED"),
        deployment("prod", market="m1", running_since=hours_ago(30), usd=2),
    ]
    criteria = {"running": True, "name_prefix": "test-", "running_hours": 24, "usd_per_hour": 2, "now": NOW}
    for markets in (["m1"], ["slug"]):
        chosen = matching_deployments(found, markets=markets, slugs={"m1": "slug"}, protect=["test-keep"], **criteria)
        assert names(chosen["matching"]) == ["test-a"]
        assert chosen["as_items"] == [{"id": "id-test-a"}]
        assert names(chosen["protected"]) == ["test-keep-1"]
        assert names(chosen["unknown"]) == ["test-unknown"]


def test_days_count_from_the_last_change():
    found = [deployment(str(days), updated_at=hours_ago(24 * days)) for days in (29, 30, 31)]
    assert names(matching_deployments(found, unchanged_days=30, now=NOW)["matching"]) == ["30", "31"]


@pytest.mark.parametrize(
    ("status", "active_jobs", "runs", "counts"),
    [
        ("RUNNING", 0, True, True),
        ("STARTING", 0, True, True),
        ("INSUFFICIENT_FUNDS", 0, True, True),
        ("ERROR", 0, True, False),
        ("ERROR", 1, True, True),
        ("STOPPED", 0, False, False),
        ("STOPPED", 1, True, True),
        ("STOPPING", 1, False, False),
        ("DRAFT", None, False, False),
        ("PAUSED", 0, False, False),
    ],
)
def test_what_runs_and_what_counts_for_a_budget(status, active_jobs, runs, counts):
    one = deployment("web", status=status, active_jobs=active_jobs)
    assert bool(matching_deployments([one], running=True)["matching"]) is runs
    assert bool(stops_for_budget([one], 0)["counted"]) is counts


def test_a_status_that_is_not_known_is_never_chosen():
    found = [deployment("web"), deployment("new", status="PAUSED", active_jobs=1), deployment("gone", status="NEWER")]
    chosen = matching_deployments(found, running=True, usd_per_hour=0.1)
    assert (names(chosen["matching"]), chosen["as_items"]) == (["web"], [{"id": "id-web"}])
    assert names(chosen["unknown"]) == names(chosen["unknown_status"]) == ["new"]
    assert names(matching_deployments(found)["unknown_status"]) == ["new", "gone"]
    chosen = matching_deployments(found, protect="n")
    assert (names(chosen["protected"]), names(chosen["unknown_status"])) == (["new"], ["gone"])


# --- budget --------------------------------------------------------------------------------------------------------

FIVE = [deployment(name, usd) for name, usd in [("a", 0.4), ("b", 1.5), ("c", 0.9), ("prod", 3.0), ("e", 1.1)]]


@pytest.mark.parametrize(
    ("limit", "stop"),
    [
        (6.9, []),
        (6.8, ["a"]),
        (5.9, ["e"]),
        (5.4, ["b"]),
        (5.0, ["a", "b"]),
        (4.5, ["b", "c"]),
        (3.4, ["b", "c", "e"]),
        (3.0, ["a", "b", "c", "e"]),
    ],
)
def test_the_fewest_are_stopped_and_of_those_the_cheapest(limit, stop):
    found = stops_for_budget(FIVE, limit, ["prod"])
    assert names(found["stop"]) == stop
    assert found["usd_per_hour"] == 6.9 and found["is_met"] and found["usd_per_hour_after"] <= limit
    left = [one for one in FIVE if one["name"] not in stop]
    assert stops_for_budget(left, limit, ["prod"])["stop"] == []


def test_what_is_protected_is_not_stopped_though_the_budget_is_not_met():
    found = stops_for_budget(FIVE, 2, ["prod"])
    assert names(found["stop"]) == ["a", "b", "c", "e"]
    assert not found["is_met"] and found["usd_per_hour_after"] == 3.0


def test_an_unknown_price_stops_nothing():
    found = stops_for_budget([*FIVE, deployment("new", None)], 1)
    assert found["stop"] == [] and names(found["unknown"]) == ["new"]
    assert found["usd_per_hour"] is None and not found["is_met"]


def test_a_status_that_is_not_known_counts_and_is_not_stopped():
    strange = deployment("strange", 2.0, "PAUSED", active_jobs=1)
    found = stops_for_budget([*FIVE, strange], 8, ["prod"])
    assert names(found["stop"]) == ["c"] and found["unknown"] == []
    assert (names(found["unknown_status"]), found["usd_per_hour"], found["is_met"]) == (["strange"], 8.9, True)
    found = stops_for_budget([strange], 1)
    assert (found["stop"], found["usd_per_hour_after"], found["is_met"]) == ([], 2.0, False)


def test_of_equal_ones_the_newest_is_stopped():
    found = [deployment("newest"), deployment("older"), deployment("oldest")]
    assert names(stops_for_budget(found, 0.2)["stop"]) == ["newest"]


@given(st.lists(st.integers(1, 9), max_size=7), st.integers(-3, 40))
def test_no_choice_is_smaller_or_cheaper(prices, excess):
    taken = [prices[place] for place in fewest(prices, excess)]
    choices = [one for count in range(len(prices) + 1) for one in itertools.combinations(prices, count)]
    enough = [one for one in choices if sum(one) >= excess] or [tuple(prices)]
    assert (len(taken), sum(taken)) == min((len(one), sum(one)) for one in enough)


def test_hundreds_of_prices_take_no_time():
    prices = [48_000 + 7919 * number % 2_900_000 for number in range(300)]
    excess = sum(prices) // 5
    taken = [prices[place] for place in fewest(prices, excess)]
    dearest = sorted(prices, reverse=True)
    assert excess <= sum(taken) <= sum(dearest[: len(taken)]) and sum(dearest[: len(taken) - 1]) < excess


# --- options as text -------------------------------------------------------------------------------------------------


WEB = deployment("web-1", market="m1", running_since=hours_ago(30), updated_at=hours_ago(48))


@pytest.mark.parametrize(
    "options",
    [
        {"protect": "x,web-"},
        {"protect": ["x", " web-"]},
        {"protect": {"x": 1, "web-": 2}.keys()},
    ],
    ids=str,
)
def test_text_that_protects_is_no_list_of_letters(options):
    found = [WEB, deployment("e", market="m1")]
    assert names(matching_deployments(found, **options)["protected"]) == ["web-1"]
    assert names(stops_for_budget(found, "0", **options)["stop"]) == ["e"]
    assert names(matching_deployments(found, protect=(one for one in ["web-"]))["protected"]) == ["web-1"]


@pytest.mark.parametrize(
    ("options", "is_chosen"),
    [
        ({"markets": "m1"}, True),
        ({"markets": "m0, m1"}, True),
        ({"markets": "m"}, False),
        ({"markets": []}, False),
        ({"markets": ""}, True),
        ({"markets": "slug", "slugs": '{"m1": "slug"}'}, True),
        ({"running_hours": "30"}, True),
        ({"running_hours": "30.5"}, False),
        ({"unchanged_days": " 2 "}, True),
        ({"unchanged_days": "3"}, False),
        ({"usd_per_hour": "0.1"}, True),
        ({"usd_per_hour": "0.2"}, False),
        ({"usd_per_hour": ""}, True),
        ({"name_prefix": ""}, True),
        ({"name_prefix": " "}, False),
        ({"now": str(NOW - 3600), "running_hours": "30"}, False),
    ],
)
def test_criteria_may_be_text(options, is_chosen):
    assert bool(matching_deployments([WEB], **{"now": NOW, **options})["matching"]) is is_chosen


def test_false_as_text_is_false():
    ended = deployment("ended", status="STOPPED")
    for running, count in [("false", 1), ("no", 1), ("", 1), (None, 1), ("true", 0)]:
        assert len(matching_deployments([ended], running=running)["matching"]) == count


def test_options_of_a_table_may_be_text():
    rows = [{"name": "a"}, {"name": "b"}]
    assert table(rows, '{"name": "NAME"}', "", "1", '{"a": "first"}') == ["NAME", "first", "... and 1 more"]
    assert table(iter(rows), {"name": 1}) == ["1", "a", "b"]


RUN = {"name": "r", "folder": "r", "parameters": {}}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: matching_deployments("web"), "matching_deployments: _input: must be a list of mappings, not "),
        (lambda: matching_deployments(WEB), "_input: must be a list of mappings, not a mapping"),
        (lambda: matching_deployments(None), "matching_deployments: _input: is needed"),
        (lambda: matching_deployments([], running="maybe"), 'running: must be true or false, not "maybe"'),
        (lambda: matching_deployments([], running_hours="a day"), 'running_hours: must be a number, not "a day"'),
        (lambda: matching_deployments([], unchanged_days=[1]), "unchanged_days: must be a number, not a list"),
        (lambda: matching_deployments([], usd_per_hour="0,5"), 'usd_per_hour: must be a number, not "0,5"'),
        (lambda: matching_deployments([], markets={"m": 1}), "markets: must be a list, or comma-separated text, not a"),
        (lambda: matching_deployments([], slugs="m1"), 'slugs: must be a mapping, or one as JSON, not "m1"'),
        (lambda: matching_deployments([], name_prefix=["a"]), "name_prefix: must be text, not a list"),
        (lambda: matching_deployments([], protect=[["a"]]), "protect: must be a list of texts, or comma-sep"),
        (lambda: matching_deployments([], now="now"), 'now: must be a number, not "now"'),
        (lambda: stops_for_budget("web", 1), "stops_for_budget: _input: must be a list of mappings"),
        (lambda: stops_for_budget([], ""), "stops_for_budget: limit: is needed"),
        (lambda: stops_for_budget([], "$1"), 'stops_for_budget: limit: must be a number, not "$1"'),
        (lambda: stops_for_budget([], "inf"), "stops_for_budget: limit: must be a number"),
        (lambda: table(["a"], {}), "table: _input: must be a list of mappings"),
        (lambda: table([], None), "table: columns: is needed"),
        (lambda: table([], ["name"]), "table: columns: must be a mapping, or one as JSON, not a list"),
        (lambda: table([], {}, "pdf"), 'table: format: must be one of table, markdown, csv, not "pdf"'),
        (lambda: table([], {}, most="few"), 'table: most: must be a whole number, not "few"'),
        (lambda: table([], {}, words="a"), "table: words: must be a mapping, or one as JSON"),
        (lambda: batch_report("r", []), "batch_report: _input: must be a list of mappings"),
        (lambda: batch_report([RUN], RUN), "batch_report: results: must be a list of mappings, not a mapping"),
        (lambda: deployments_as_variables("web"), "deployments_as_variables: _input: must be a list of mappings"),
        (lambda: deployments_as_variables([], "m1"), "deployments_as_variables: markets: must be a mapping"),
        (lambda: deployments_as_variables([], {}, ["a"]), "deployments_as_variables: prefix: must be text"),
        (lambda: job_definition_matrix({}, {}, ["a"]), "job_definition_matrix: name: must be text, not a list"),
        (lambda: job_definition_with({}, ["nginx"]), "job_definition_with: image: must be text, not a list"),
        (lambda: job_definition_with({}, op={}), "job_definition_with: op: must be text, not a mapping"),
        (lambda: checked_variables([], "x_", {}), "checked_variables: _input: must be a mapping"),
        (lambda: checked_variables({}, "", {}), "checked_variables: prefix: is needed"),
        (lambda: checked_variables({}, "x_", {"a": "int"}), "checked_variables: options.a: must be a mapping"),
        (lambda: checked_variables({}, "x_", {"a": {"type": "dict"}}), "options.a.type: must be one of str, int, "),
        (lambda: checked_variables({}, "x_", {}, one_of="a"), "one_of: must be a list of lists"),
    ],
)
def test_what_has_another_type_is_refused_with_the_name_of_the_option(call, message):
    with pytest.raises(AnsibleFilterError, match=re.escape(message)):
        call()


# --- the playbooks themselves ----------------------------------------------------------------------------------------


def variables_of(runbook):
    """The variables of a playbook, by its own table."""
    [play] = yaml.safe_load((CLONE / "playbooks" / (runbook + ".yml")).read_text(encoding="utf-8"))
    return {"%s_%s" % (runbook, name) for name in play["vars"]["runbook_options"]}


@pytest.mark.parametrize("runbook", RUNBOOKS)
def test_the_page_has_each_variable_of_a_runbook_and_no_other(runbook):
    page = (CLONE / "docs" / "runbooks" / (runbook + ".md")).read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == variables_of(runbook)
    assert set(re.findall(r"-e (\w+)=", page)) <= variables_of(runbook)
    assert "`nosana_%s`" % runbook in page

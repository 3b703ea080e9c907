# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as a change of a deployment, and that all descriptions of the event source's options agree."""

from __future__ import annotations

import json
import pathlib
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jinja2.nativetypes import NativeEnvironment

from ansible_collections.nosana.cloud.plugins.doc_fragments.connection import ModuleDocFragment
from ansible_collections.nosana.cloud.plugins.filter.checked_variables import checked_variables
from ansible_collections.nosana.cloud.plugins.module_utils._events import changes
from ansible_collections.nosana.cloud.plugins.module_utils._events.options import spec
from ansible_collections.nosana.cloud.plugins.module_utils._model.deployment import KNOWN_FIELDS, STATUSES

EDA = pathlib.Path(__file__).parents[2] / "extensions" / "eda"
PLUGIN = EDA / "plugins" / "event_source" / "deployments.py"
IDS = ("a", "b", "c")


def deployment(key, status="RUNNING", second=0, **fields):
    moment = "2026-08-21T10:00:%02d.000Z" % second
    return {"id": key, "name": "n-" + key, "status": status, "updated_at": moment, **fields}


def statuses_of(events):
    return [(one["nosana"]["id"], one["nosana"]["was"], one["nosana"]["status"]) for one in events]


# --- changes -------------------------------------------------------------------------------------------------------


def test_changes_come_in_the_order_in_which_they_were_made():
    seen = [deployment("a", second=9), deployment("b", second=1), deployment("c", second=1)]
    events, _known = changes.changes({}, [*seen, {"id": "d", "status": "DRAFT"}])
    assert [one["nosana"]["id"] for one in events] == ["d", "b", "c", "a"]


def test_only_another_status_is_a_change():
    _events, known = changes.changes({}, [deployment("a"), deployment("b")])
    events, known = changes.changes(known, [deployment("a", replicas=5, second=7), deployment("b", "ERROR", 8)])
    assert statuses_of(events) == [("b", "RUNNING", "ERROR")]
    assert known["a"]["replicas"] == 5


def test_without_a_status_the_one_that_is_known_holds():
    _events, known = changes.changes({}, [deployment("a")])
    events, known = changes.changes(known, [deployment("a", None)])
    assert events == [] and known["a"]["status"] == "RUNNING"
    events, _known = changes.changes(known, [deployment("a", "ERROR")])
    assert statuses_of(events) == [("a", "RUNNING", "ERROR")]


def test_an_event_has_every_known_field_and_no_secret():
    key = "nos_0123456789abcdefghij"
    found = changes.event(deployment("a", new_field={"api_key": key}), None)["nosana"]
    assert set(KNOWN_FIELDS) < set(found["deployment"]) and key not in str(found)
    assert found["change_id"] == "a/RUNNING/2026-08-21T10:00:00.000Z"
    assert changes.event({"id": "a", "status": "ERROR"}, None)["nosana"]["change_id"] == "a/ERROR/"


def test_the_event_of_a_deleted_one_is_made_of_what_was_seen_last():
    found = changes.event_of_deleted(deployment("a", "STOPPED"))["nosana"]
    assert (found["status"], found["was"], found["change_id"]) == (None, "STOPPED", "a//deleted")
    assert found["deployment"]["status"] == "STOPPED"


LOOKS = st.lists(st.dictionaries(st.sampled_from(IDS), st.sampled_from([*STATUSES, "NEWER", None])), max_size=8)


@given(LOOKS)
def test_each_status_that_is_seen_anew_is_one_event_whatever_the_looks_show(looks):
    known, told, expected = {}, [], []
    for second, look in enumerate(looks):
        for key, status in look.items():
            before = next((one for one in reversed(expected) if one[0] == key), (key, None, None))[2]
            if status not in (None, before):
                expected.append((key, before, status))
        listed = [deployment(key, status, second) for key, status in look.items()]
        events, known = changes.changes(known, [deployment(key, "DRAFT") for key in look] + listed)
        told += statuses_of(events)
        assert all(one["id"] == key for key, one in known.items())
        again, known = changes.changes(known, list(known.values()))
        assert again == []
    assert sorted(told, key=repr) == sorted(expected, key=repr)
    for key in IDS:  # the chain of one deployment's statuses has no gap
        chain = [one for one in told if one[0] == key]
        assert all(before[2] == after[1] for before, after in zip(chain, chain[1:]))


@given(st.lists(st.tuples(st.sampled_from(IDS), st.floats(0, 1800)), max_size=30))
def test_times_within_an_hour_count_what_came_within_an_hour(steps):
    past, now, came = {}, 0.0, []
    for key, pause in steps:
        now += pause
        came.append((key, now))
        [event], past = changes.with_times([changes.event(deployment(key, "ERROR"), None)], past, now)
        expected = sum(one == key and now - time < changes.HOUR for one, time in came)
        assert event["nosana"]["times_within_hour"] == expected
    assert sum(map(len, past.values())) <= len(came)


def test_what_is_an_hour_old_is_forgotten():
    events = [changes.event(deployment("a", "ERROR"), None)]
    _events, past = changes.with_times(events, {}, 0.0)
    assert changes.with_times([], past, changes.HOUR) == ([], {})


# --- descriptions of the options -----------------------------------------------------------------------------------


def text_of(name):
    text = PLUGIN.read_text(encoding="utf-8")
    return yaml.safe_load(re.search(r'^%s = r"""(.*?)^"""' % name, text, re.MULTILINE | re.DOTALL)[1])


def schema():
    return json.loads((PLUGIN.parent / "schemas" / "deployments.json").read_text(encoding="utf-8"))


TYPES = {"str": "string", "path": "string", "int": "integer", "bool": "boolean", "list": "array"}


@pytest.mark.parametrize("option", spec())
def test_documentation_and_schema_say_what_the_code_takes(option):
    known, told = spec()[option], text_of("DOCUMENTATION")["options"][option]
    described = schema()["properties"][option]
    for key in ("type", "default", "choices", "elements"):
        assert told.get(key) == known.get(key)
    assert described["type"] == TYPES[known["type"]] and described.get("default") == known.get("default")
    assert described.get("items", {}).get("enum") == known.get("choices")
    assert (described.get("format") == "password") is known.get("no_log", False)


def test_no_description_has_another_option():
    assert set(text_of("DOCUMENTATION")["options"]) == set(spec()) == set(schema()["properties"])


def test_connection_options_are_those_of_all_modules():
    shared = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    own = text_of("DOCUMENTATION")["options"]
    for name, option in shared.items():
        assert {key: own[name].get(key) for key in ("type", "default")} == {
            key: option.get(key) for key in ("type", "default")
        }


def test_the_page_has_all_options_and_fields():
    page = (EDA.parents[1] / "docs" / "event-driven.md").read_text(encoding="utf-8")
    options = page.split("## Options\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*?`) \|", options, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(spec())
    [event], _past = changes.with_times([changes.event(deployment("a"), None)], {}, 0.0)
    assert set(re.findall(r"^\| `event\.nosana\.(\w+)` \|", page, re.MULTILINE)) == set(event["nosana"])


def test_the_rulebook_runs_a_runbook_that_is_there_with_variables_that_it_has():
    [ruleset] = yaml.safe_load((EDA / "rulebooks" / "restart_failed.yml").read_text(encoding="utf-8"))
    action = ruleset["rules"][0]["action"]["run_playbook"]
    namespace, _dot, name = action["name"].rpartition(".")
    [play] = yaml.safe_load((EDA.parents[1] / "playbooks" / (name + ".yml")).read_text(encoding="utf-8"))
    known = {"%s_%s" % (name, option) for option in play["vars"]["runbook_options"]}
    assert namespace == "nosana.cloud" and set(action["extra_vars"]) <= known
    [source] = ruleset["sources"]
    assert set(source["nosana.cloud.deployments"]) <= set(spec())


def rulebooks():
    """The one that is shipped, and the one of the page that runs a job template: their first actions."""
    text = (EDA / "rulebooks" / "restart_failed.yml").read_text(encoding="utf-8")
    page = (EDA.parents[1] / "docs" / "event-driven.md").read_text(encoding="utf-8")
    by_controller = page.split("## With AWX")[1].split("```yaml\n")[1].split("```")[0]
    return [yaml.safe_load(one)[0]["rules"][0]["action"] for one in (text, by_controller)]


@pytest.mark.parametrize("budget", [5.0, 5, 0.0, "5.00"])
def test_rulebooks_give_the_restart_text_as_a_survey_takes_it(budget):
    shipped, by_controller = rulebooks()
    given = by_controller["run_job_template"]["job_args"]["extra_vars"]
    assert shipped["run_playbook"]["extra_vars"] == given
    context = {"event": {"nosana": {"id": "AbC1"}}, "restart_failed_budget_usd_per_hour": budget}
    rendered = {name: NativeEnvironment().from_string(value).render(context) for name, value in given.items()}
    assert {type(value) for value in rendered.values()} == {str}
    playbooks = EDA.parents[1] / "playbooks"
    setup = re.sub("!unsafe ", "", (playbooks / "vars" / "controller_setup.yml").read_text(encoding="utf-8"))
    [template] = [
        one
        for one in yaml.safe_load(setup)["controller_setup_job_templates"]
        if one["name"] == by_controller["run_job_template"]["name"]
    ]
    survey = {one["variable"]: one for one in template["survey"]}
    for name, value in rendered.items():
        assert survey[name].get("type", "text") == "text" or value in survey[name]["choices"].splitlines()
    [play] = yaml.safe_load((playbooks / template["playbook"]).read_text(encoding="utf-8"))
    found = checked_variables(rendered, "restart_", play["vars"]["runbook_options"])
    assert found["problems"] == []
    assert found["arguments"]["budget_usd_per_hour"] == float(budget) and found["arguments"]["without_waiting"] is True


def test_a_rulebook_without_a_budget_restarts_nothing():
    given = rulebooks()[0]["run_playbook"]["extra_vars"]["restart_budget_usd_per_hour"]
    rendered = NativeEnvironment().from_string(given).render(restart_failed_budget_usd_per_hour=None)
    options = {"budget_usd_per_hour": {"type": "float"}}
    assert checked_variables({"restart_budget_usd_per_hour": rendered}, "restart_", options)["problems"]

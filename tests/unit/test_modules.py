# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every module, found by itself: connection options, their environment, the action group, the docs."""

from __future__ import annotations

import importlib
import pathlib
import re

import pytest
import yaml

from ansible_collections.nosana.cloud.plugins.doc_fragments.connection import ModuleDocFragment
from ansible_collections.nosana.cloud.plugins.module_utils import _module as shared
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import NosanaError

CLONE = pathlib.Path(__file__).parents[2]
MODULES = sorted(path.stem for path in (CLONE / "plugins" / "modules").glob("nosana_*.py"))
JOB = "DdpX2tZsEUt6mYVdB8PzjY2aKBjTgTz5sTtPsiG7Ymq4"
#: The options that a module can't do without.
NEEDED = {
    "nosana_deployment": {"name": "x"},
    "nosana_deployments": {"deployments": [{"name": "x"}]},
    "nosana_job": {"job": JOB},
    "nosana_job_fetch": {"dest": "results", "jobs": [{"deployment_id": JOB, "job": JOB}]},
    "nosana_job_info": {"job": JOB},
}

CONNECTION = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
#: For each connection option a value in the environment, what comes of it, and a value that a task gives.
VALUES = {
    "api_key": ("nos_environment", "nos_environment", "nos_task"),
    "api_url": ("http://127.0.0.1:1/env", "http://127.0.0.1:1/env", "http://127.0.0.1:2/task"),
    "validate_certs": ("no", False, True),
    "ca_path": ("/environment.pem", "/environment.pem", "/task.pem"),
    "api_timeout": ("7", 7, 8),
    "api_retries": ("3", 3, 4),
}
#: How the description of an option must not begin: the type is documented already.
TYPES = re.compile(r"(Text|Word|Number|Time|Path|Yes or no|Boolean|String|Integer|Dictionary|List)\b")
#: These say what an option does when it is not given.
UNSET = re.compile(r"\b(By default|[Ww]hen left out|required)\b")


def load(name):
    return importlib.import_module("ansible_collections.nosana.cloud.plugins.modules." + name)


def documentation(name):
    return yaml.safe_load(load(name).DOCUMENTATION)


@pytest.fixture
def options_of(run_module, monkeypatch):
    """``options_of(name, **options)``: the options that a module works with, read where it makes its client."""
    seen = []

    def stop_there(params, _no_key):
        seen.append(dict(params))
        raise NosanaError("seen")

    monkeypatch.setattr(shared, "client_of", stop_there)

    def run(name, **options):
        result = run_module(load(name), {**NEEDED.get(name, {}), **options})
        assert result["msg"] == "seen", result
        return seen.pop()

    return run


def test_the_table_has_every_connection_option():
    assert set(VALUES) == set(CONNECTION) == set(shared.connection_spec())
    assert len(MODULES) >= 8


@pytest.mark.parametrize("name", MODULES)
def test_connection_options_come_from_the_environment_and_a_task_wins(name, options_of, monkeypatch):
    for option, (text, _value, _given) in VALUES.items():
        monkeypatch.setenv("NOSANA_" + option.upper(), text)
    found = options_of(name)
    assert {option: found[option] for option in VALUES} == {option: value for option, (_t, value, _g) in VALUES.items()}
    given = {option: given for option, (_text, _value, given) in VALUES.items()}
    found = options_of(name, **given)
    assert {option: found[option] for option in VALUES} == given


@pytest.mark.parametrize("name", MODULES)
def test_without_environment_the_documented_defaults_hold(name, options_of):
    found = options_of(name)
    for option, documented in CONNECTION.items():
        assert found[option] == documented.get("default"), option


# --- empty values --------------------------------------------------------------------------------------------------


def optional(name):
    """The options of a module that may be left out, and their aliases, but those that select."""
    options = {**documentation(name).get("options", {}), **CONNECTION}
    names = [one for option in options for one in (option, *options[option].get("aliases", ()))]
    needed = [option for option in options if options[option].get("required")]
    return [option for option in names if option not in (*shared.SELECTING, *needed)]


@pytest.mark.parametrize("empty", ["", " \t", None])
@pytest.mark.parametrize("name", MODULES)
def test_empty_text_in_any_option_counts_as_unset(name, empty, options_of):
    left_out = options_of(name)
    for option in optional(name):
        assert options_of(name, **{option: empty}) == left_out, option
    assert options_of(name, **dict.fromkeys(optional(name), empty)) == left_out


@pytest.mark.parametrize("name", MODULES)
def test_an_empty_option_leaves_room_for_the_environment(name, options_of, monkeypatch):
    for option, (text, _value, _given) in VALUES.items():
        monkeypatch.setenv("NOSANA_" + option.upper(), text)
    found = options_of(name, **dict.fromkeys(VALUES, ""))
    assert {option: found[option] for option in VALUES} == {option: value for option, (_t, value, _g) in VALUES.items()}


@pytest.mark.parametrize("empty", ["", " \t"])
@pytest.mark.parametrize("name", MODULES)
def test_empty_variables_count_as_unset(name, empty, options_of, monkeypatch):
    left_out = options_of(name)
    for option in VALUES:
        monkeypatch.setenv("NOSANA_" + option.upper(), empty)
    assert options_of(name) == left_out


SELECTING = {
    "nosana_deployment": ("id", "deployment_id", "name"),
    "nosana_deployment_info": ("id", "deployment_id", "name", "search"),
    "nosana_job": ("job", "id"),
    "nosana_job_info": ("deployment_id", "job"),
    "nosana_template_info": ("id", "search"),
}


@pytest.mark.parametrize("empty", ["", " "])
@pytest.mark.parametrize(("name", "option"), [(name, option) for name in SELECTING for option in SELECTING[name]])
def test_an_empty_option_that_selects_is_refused(name, option, empty, run_module):
    result = run_module(load(name), {option: empty, "api_key": "nos_empty", "api_url": "http://127.0.0.1:9"})
    assert result["failed"] and re.match(r"\w+: must not be empty", result["msg"])
    assert (result["reason"], result["changed"]) == ("bad_option", False)


def test_empty_maps_and_lists_are_no_empty_text(options_of):
    found = options_of("nosana_deployment", requirements={}, ssh_public_keys=[])
    assert (found["requirements"], found["ssh_public_keys"]) == ({}, [])


def test_options_that_exclude_each_other_do_not_when_one_is_empty(options_of):
    found = options_of("nosana_deployment", job_definition="", active_revision=1)
    assert (found["job_definition"], found["active_revision"]) == (None, 1)


# --- failures ------------------------------------------------------------------------------------------------------


def nowhere(**options):
    return {"api_key": "nos_somebody", "api_url": "http://127.0.0.1:9/api", "api_retries": 0, **options}


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"colour": "red"}, "bad_option"),
        ({"api_timeout": "soon"}, "bad_option"),
        ({"api_timeout": 0}, "bad_option"),
        ({"api_key": None}, "bad_option"),
        ({"api_url": "ftp://x"}, "bad_option"),
        ({}, "unreachable"),
    ],
)
def test_every_failure_has_the_same_keys(name, options, reason, run_module):
    result = run_module(load(name), {**NEEDED.get(name, {}), **nowhere(**options)})
    assert (result["failed"], result["changed"], result["reason"]) == (True, False, reason)
    assert (result["error"] is None) is (reason == "bad_option")
    if name == "nosana_deployment":
        assert (result["actions"], result["deployment"], result["progress"]) == ([], {}, [])


@pytest.mark.parametrize(("problem", "reason"), [(KeyboardInterrupt(), "interrupted"), (ValueError("x"), "bug")])
def test_an_interrupt_and_a_bug_have_them_too(problem, reason, run_module, monkeypatch):
    def fail(_params, _no_key):
        raise problem

    monkeypatch.setattr(shared, "client_of", fail)
    result = run_module(load("nosana_deployment"), nowhere(name="x"))
    assert (result["reason"], result["error"], result["changed"], result["deployment"]) == (reason, None, False, {})


def test_a_missing_library_has_them_too(run_module, monkeypatch):
    monkeypatch.setattr(shared, "REQUESTS_IMPORT_ERROR", "no requests")
    result = run_module(load("nosana_credit_info"), nowhere())
    assert (result["reason"], result["error"], result["changed"]) == ("unsupported", None, False)


@pytest.mark.parametrize("name", MODULES)
def test_every_module_documents_what_a_failure_returns(name):
    returned = yaml.safe_load(load(name).RETURN)
    assert returned["reason"]["returned"] == "failure" and returned["reason"]["type"] == "str"
    assert returned["error"]["returned"] == "failure" and returned["error"]["type"] == "dict"
    assert "null" in str(returned["error"]["description"])


# --- where a value comes from --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODULES)
def test_a_missing_key_names_the_host_and_the_way_out(name, run_module, monkeypatch):
    monkeypatch.setattr(shared.platform, "node", lambda: "web7")
    result = run_module(load(name), NEEDED.get(name, {}))
    assert result["failed"] and result["msg"].startswith(
        "api_key is missing: neither the task nor the environment variable NOSANA_API_KEY on host web7 gives one."
    )
    assert "environment: on the play" in result["msg"]
    assert "\"{{ lookup('ansible.builtin.env', 'NOSANA_API_KEY') }}\"" in result["msg"]


@pytest.mark.parametrize(
    ("environment", "options", "told"),
    [
        ({"API_TIMEOUT": "soon"}, {}, "api_timeout comes from the environment variable NOSANA_API_TIMEOUT"),
        ({"API_TIMEOUT": "0"}, {}, "api_timeout comes from the environment variable NOSANA_API_TIMEOUT"),
        ({"API_TIMEOUT": "9"}, {"api_timeout": 0}, "api_timeout comes from the task"),
        ({"CA_PATH": "/nowhere/ca.pem"}, {}, "ca_path comes from the environment variable NOSANA_CA_PATH"),
        ({"API_URL": "nonsense"}, {"api_url": ""}, "api_url comes from the environment variable NOSANA_API_URL"),
        ({}, {"api_url": "nonsense"}, "api_url comes from the task"),
        ({}, {}, "api_url comes from the task"),  # which answers nothing
    ],
)
def test_a_message_says_where_a_value_comes_from(environment, options, told, run_module, monkeypatch):
    monkeypatch.setattr(shared.platform, "node", lambda: "web7")
    for variable, value in environment.items():
        monkeypatch.setenv("NOSANA_" + variable, value)
    result = run_module(load("nosana_credit_info"), nowhere(**options))
    assert result["failed"] and "(On host web7: " in result["msg"] and told in result["msg"]
    assert "nos_somebody" not in result["msg"]


def test_the_address_is_told_to_be_the_default(run_module, monkeypatch):
    """Its variable may be set on the controller only."""
    monkeypatch.setattr(shared.platform, "node", lambda: "web7")
    monkeypatch.setattr(shared, "DEFAULT_API_URL", "http://127.0.0.1:9/api")
    result = run_module(load("nosana_credit_info"), {"api_key": "nos_somebody", "api_retries": 0})
    assert "http://127.0.0.1:9/api" in result["msg"]
    assert "(On host web7: api_url is the default, as neither the task nor NOSANA_API_URL sets it.)" in result["msg"]


def test_a_list_of_all_options_does_not_tell_where_they_come_from(run_module):
    assert "On host" not in run_module(load("nosana_credit_info"), nowhere(colour="red"))["msg"]


# --- documentation -------------------------------------------------------------------------------------------------


def test_the_action_group_has_every_module_and_nothing_else():
    runtime = yaml.safe_load((CLONE / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert runtime["action_groups"]["nosana"] == MODULES


@pytest.mark.parametrize("name", MODULES)
def test_documentation_is_complete(name):
    docs = documentation(name)
    assert docs["module"] == name
    assert docs["version_added"] == "1.0.0"
    fragments = docs["extends_documentation_fragment"]
    assert {"nosana.cloud.attributes", "nosana.cloud.connection"} <= set(fragments)
    if name.endswith("_info"):
        assert "nosana.cloud.attributes.info_module" in fragments
    else:
        assert docs["attributes"]["check_mode"]["support"] == docs["attributes"]["diff_mode"]["support"] == "full"
    for option, told in {**docs.get("options", {}), **CONNECTION}.items():
        assert not TYPES.match(told["description"][0]), "%s: begins with its type" % option
        left_out = any(UNSET.search(sentence) for sentence in told["description"])
        assert left_out or told.get("required"), "%s: does not say what happens when it is left out" % option


@pytest.mark.parametrize("name", MODULES)
def test_results_are_documented_with_samples(name):
    def walk(returned):
        for key, told in returned.items():
            assert told["description"] and told["type"] and told["returned"], key
            assert "sample" in told, "%s has no sample" % key
            walk(told.get("contains", {}))

    returned = yaml.safe_load(load(name).RETURN)
    assert returned
    walk(returned)


@pytest.mark.parametrize("name", MODULES)
def test_examples_use_the_module_by_its_full_name_and_hold_no_key(name):
    examples = load(name).EXAMPLES
    assert any("nosana.cloud." + name in task for task in yaml.safe_load(examples))
    assert "nos_" not in examples
    # Each can be copied alone: an alias of another task's anchor would be an error there.
    assert not any(isinstance(token, yaml.AliasToken) for token in yaml.scan(examples))


def test_a_result_shows_no_secret_where_ansible_hides_them_only_in_what_it_prints(run_module, monkeypatch):
    """As ansible-core does from 2.22 on; from 2.21 on, results have the options only where the user asks for them."""
    told = []
    monkeypatch.setattr(shared, "register_secrets", told.extend)
    definition = {"ops": [{"id": "web", "type": "container/run", "args": {"env": {"API_TOKEN": "hunter2hunter2"}}}]}
    options = nowhere(name="x", job_definition=definition, _ansible_inject_invocation=True)
    result = run_module(load("nosana_deployment"), options)
    shown = result["invocation"]["module_args"]
    assert "hunter2hunter2" in told and "hunter2" not in str(result)
    assert shown["job_definition"]["ops"][0]["args"]["env"]["API_TOKEN"].startswith("<VALUE_HIDDEN_")
    assert shown["name"] == "x"

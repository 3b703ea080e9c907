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
NEEDED = {"nosana_deployment": {"name": "x"}, "nosana_job": {"job": JOB}, "nosana_job_info": {"job": JOB}}

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
#: How the description of an option begins: its unit, or its kind.
KINDS = re.compile(
    r"(Text|Word|Number|Five cron fields|Minutes|Seconds|US dollars|Gigabytes|Time|Path|Yes or no|Dictionary|List of)\b"
)


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


@pytest.mark.parametrize("name", MODULES)
def test_a_missing_key_is_told(name, run_module):
    result = run_module(load(name), NEEDED.get(name, {}))
    assert result["failed"] and result["msg"].startswith("api_key is missing")


def test_the_action_group_has_every_module_and_nothing_else():
    runtime = yaml.safe_load((CLONE / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert runtime["action_groups"]["nosana"] == MODULES


@pytest.mark.parametrize("name", MODULES)
def test_documentation_is_complete(name):
    docs = documentation(name)
    assert docs["module"] == name
    assert docs["version_added"] == "0.1.0"
    fragments = docs["extends_documentation_fragment"]
    assert {"nosana.cloud.attributes", "nosana.cloud.connection"} <= set(fragments)
    if name.endswith("_info"):
        assert "nosana.cloud.attributes.info_module" in fragments
    else:
        assert docs["attributes"]["check_mode"]["support"] == docs["attributes"]["diff_mode"]["support"] == "full"
    for option, told in docs.get("options", {}).items():
        assert KINDS.match(told["description"][0]), "%s: begins with neither a unit nor a kind" % option
        left_out = any("hen left out" in sentence for sentence in told["description"])
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

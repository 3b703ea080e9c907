# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules promise in common, against a simulator: failures, empty values, whole deployments, near names."""

from __future__ import annotations

import importlib

import pytest
import yaml

from ansible_collections.nosana.cloud.plugins.module_utils._model.deployment import KNOWN_FIELDS

from .inprocess import CREATE, MARKET
from .playbooks import run

RIGHT = "nos_contract_0123456789"
NOBODY = "7" * 43


@pytest.fixture(scope="module")
def server(lasting_simulator):
    return lasting_simulator(api_key=RIGHT)


@pytest.fixture
def task(server, run_module):
    """``task("market_info", release=..., gpu=...)``: the result of a module against an empty account."""

    def run_task(name, /, check_mode=False, **options):
        module = importlib.import_module("ansible_collections.nosana.cloud.plugins.modules.nosana_" + name)
        given = {"api_url": server.api_url, "api_key": RIGHT, "api_retries": 0, **options}
        return run_module(module, given, check_mode=check_mode)

    server.reset(release="current")
    return run_task


@pytest.mark.parametrize(
    ("name", "options", "reason", "said"),
    [
        ("credit_info", {"api_key": "nos_wrong_0123456789"}, "refused", "(401)"),
        ("job_info", {"deployment_id": NOBODY}, "not_found", "no deployment of this account is " + NOBODY),
        ("job_info", {"deployment_id": "training"}, "bad_option", "nosana_deployment_info finds the id of a name"),
        ("template_info", {"id": "jupiter"}, "not_found", "The nearest: jupyter"),
        ("template_info", {"id": "llama", "variant": "none"}, "not_found", "Its variants: "),
        ("market_info", {"market": "nvidia-4080"}, "bad_option", "The nearest: nvidia-4090"),
        ("gpu_info", {"requirements": {"ram": 64}}, "bad_option", "ram_gb"),
        ("gpu_info", {"requirements": {"ram_gb": "much"}}, "bad_option", "requirements.ram_gb: must be "),
    ],
)
def test_failures_have_a_reason(task, name, options, reason, said):
    result = task(name, **options)
    assert result["failed"] and said in result["msg"]
    assert (result["reason"], result["changed"]) == (reason, False)
    assert (result["error"] is None) is (reason != "refused")


@pytest.mark.parametrize(
    ("name", "release", "said"),
    [("gpu_info", "2026-08", "free GPUs: its release is too old"), ("template_info", "guide", "not offer")],
)
def test_what_a_server_lacks_is_unsupported(task, server, name, release, said):
    server.reset(release=release)
    result = task(name)
    assert (result["reason"], result["error"]) == ("unsupported", None) and said in result["msg"]


def test_the_keys_of_requirements_are_listed(task):
    keys = {one["key"]: one["type"] for one in task("gpu_info")["requirement_keys"]}
    assert keys["name"] == "text" and list(keys) == sorted(keys)


@pytest.mark.parametrize(
    ("name", "options"),
    [("market_info", {"market": "nvidia-4090"}), ("deployment_info", {}), ("deployment_info", {"status": ["RUNNING"]})],
)
def test_a_wrong_path_says_to_check_the_address_once(task, server, name, options):
    result = task(name, api_url=server.api_url + "/wrong", **options)
    assert result["msg"].count("check api_url") == 1 and "limit=" not in result["msg"] and "%2C" not in result["msg"]


@pytest.mark.parametrize("market", ["nvidia-4090", MARKET])
def test_the_cost_guard_names_a_market_by_slug_and_address(task, server, market):
    result = task("deployment", name="dear", **dict(CREATE, market=market, max_usd_per_hour=0.01))
    assert result["reason"] == "too_expensive" and "in market nvidia-4090 (%s), above" % MARKET in result["msg"]
    assert not [one for one in server.requests() if one["mutating"]]


@pytest.mark.parametrize("release", ["guide", "2026-08", "current"])
def test_a_listed_deployment_has_every_known_field(task, server, release):
    server.reset(release=release)
    server.control("POST", "/deployments", [{"name": "web"}])
    (found,) = task("deployment_info")["deployments"]
    assert set(KNOWN_FIELDS) <= set(found) and found["schedule"] is None


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_outside_of_all_years_is_told(task, text):
    result = task("deployment_info", created_after=text)
    assert result["msg"].startswith("created_after: ") and result["reason"] == "bad_option"


def test_empty_variables_and_options_in_a_play(server, tmp_path):
    """As a controller injects them, for fields that nobody filled in."""
    server.reset(release="current")
    names = ["API_TIMEOUT", "API_RETRIES", "VALIDATE_CERTS", "CA_PATH"]
    options = dict.fromkeys(["status", "strategy", "vault", "created_after", "max_results", "include"], "")
    create = dict(CREATE, name="empty", **dict.fromkeys(["schedule", "rotation_time", "confidential"], ""))
    create.update(dict.fromkeys(["requirements", "ssh_public_keys", "max_usd_per_hour", "wait", "active_revision"], ""))
    tasks = [
        {"nosana.cloud.nosana_deployment": create},
        {"nosana.cloud.nosana_deployment_info": options, "register": "found"},
        {"ansible.builtin.assert": {"that": "found.count == 1 and not (found.warnings | default([]))"}},
        {"nosana.cloud.nosana_deployment_info": {"name": ""}, "register": "refused", "ignore_errors": True},
        {"ansible.builtin.assert": {"that": "refused.reason == 'bad_option'"}},
    ]
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
    path = tmp_path / "play.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    env = {"NOSANA_" + name: "" for name in names}
    done = run(path, NOSANA_API_URL=server.api_url, NOSANA_API_KEY=RIGHT, **env)
    assert done.returncode == 0, done.stdout + done.stderr

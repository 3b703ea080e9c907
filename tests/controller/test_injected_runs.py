# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks run by ansible-runner, with the key that the controller's own injector gives, and all else left empty."""

from __future__ import annotations

import json

import pytest
import yaml
from integration.playbooks import CLONE, SPEED

from ansible_collections.nosana.cloud.plugins.modules import nosana_deployment

from .parts import KEY, answers, injected, run_job, templates


#: What is answered in the surveys; every other question is left as it is. In this order they make a story.
ANSWERS = {
    "deploy": {
        "deploy_name": "new",
        "deploy_job_definition_file": "job-definitions/web.json",
        "deploy_markets": "nvidia-4090,nvidia-3090",
        "deploy_strategy": "SIMPLE",
        "deploy_replicas": "1",
        "deploy_timeout": "60",
        "deploy_confirm": "true",
    },
    "scale": {"scale_name": "web", "scale_by": "+1"},
    "restart": {"restart_name": "web"},
    "roll_back": {"roll_back_name": "web"},
    "report": {},
    "export": {},
    "keep_within_budget": {"keep_within_budget_usd_per_hour": "1000.5"},
    "stop_matching": {"stop_matching_name_prefix": "web", "stop_matching_confirm": "true"},
    "archive_stopped": {"archive_stopped_name_prefix": "old", "archive_stopped_confirm": "true"},
}
EXISTING = {"market": "nvidia-3090", "strategy": "INFINITE", "replicas": 1, "timeout": 120}


def definition(image):
    return {
        "version": "0.1",
        "type": "container",
        "ops": [{"id": "web", "type": "container/run", "args": {"image": image, "expose": 80}}],
    }


#: What is given to the roles, all of it as text; every other variable is empty.
VARIABLES = {
    "service": {"service_name": "service", "service_job_definition": json.dumps(definition("nginx:1"))},
    "batch": {
        "batch_name": "batch",
        "batch_job_definition": json.dumps(definition("busybox:1")),
        "batch_markets": "nvidia-4090,nvidia-3090",
    },
}


@pytest.fixture
def server(simulator):
    return simulator(speed=SPEED, api_key=KEY)


@pytest.fixture
def existing(server, run_module, monkeypatch):
    """What the runbooks work on: "web" runs, with two revisions, and "old" is stopped."""
    monkeypatch.setenv("NOSANA_SIMULATOR_SPEED", str(SPEED))
    connection = {"api_key": KEY, "api_url": server.api_url}
    for name, image in (("web", "nginx:1"), ("web", "nginx:2"), ("old", "nginx:1")):
        options = {**connection, **EXISTING, "name": name, "state": "started", "job_definition": definition(image)}
        assert not run_module(nosana_deployment, options).get("failed")
    assert not run_module(nosana_deployment, {**connection, "name": "old", "state": "stopped"}).get("failed")
    server.forget_requests()


def changes(server):
    """The accepted requests that changed something, since the last call."""
    seen = [one for one in server.requests() if one["mutating"] and one["accepted"]]
    server.forget_requests()
    return seen


def run(server, folder, playbook, variables, check=False):
    """Runs a job; returns it. Whatever it prints, the key is not in it."""
    env = injected({"api_key": KEY, "api_url": server.api_url}, folder / "credential")
    job = run_job(folder, playbook, env, variables, check)
    assert KEY not in job.output
    assert job.status == "successful", job.output
    return job


def statuses(server):
    return {one["name"]: one["status"] for one in server.control("GET", "/state")["deployments"]}


@pytest.mark.thorough
def test_quickstart(server, tmp_path):
    run(server, tmp_path, "nosana.cloud.quickstart", {}, check=True)
    assert changes(server) == []
    run(server, tmp_path, "nosana.cloud.quickstart", {})
    assert statuses(server) == {"hello-nosana": "RUNNING"}


def test_deploy(server, tmp_path):
    variables = answers(templates()["deploy"], ANSWERS["deploy"])
    job = run(server, tmp_path, "deploy.yml", variables, check=True)
    assert job.artifacts["nosana_deploy"]["actions"] == ["create", "start"]
    assert changes(server) == []
    job = run(server, tmp_path, "deploy.yml", variables)
    assert job.artifacts["nosana_deploy"]["actions"] == ["create", "start"]
    assert statuses(server) == {"new": "RUNNING"}


@pytest.mark.parametrize("role", [pytest.param(role, marks=pytest.mark.thorough) for role in VARIABLES])
def test_each_role(role, server, tmp_path):
    specs = yaml.safe_load((CLONE / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    variables = dict.fromkeys(specs["argument_specs"]["main"]["options"], "")
    assert VARIABLES[role].keys() <= variables.keys()
    variables.update(VARIABLES[role])
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "roles": ["nosana.cloud." + role]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    server.control("PUT", "/jobs", {"run_for": {"service": None, "batch": 20}[role]})
    run(server, tmp_path, str(tmp_path / "play.yml"), variables, check=True)
    assert changes(server) == [] and statuses(server) == {}
    run(server, tmp_path, str(tmp_path / "play.yml"), variables)
    assert list(statuses(server)) == [role]


@pytest.mark.thorough
@pytest.mark.parametrize("runbook", ANSWERS)
def test_each_runbook(runbook, server, existing, tmp_path):
    assert sorted(ANSWERS) == sorted(templates())
    variables = answers(templates()[runbook], ANSWERS[runbook])
    before = statuses(server)
    run(server, tmp_path, runbook + ".yml", variables, check=True)
    assert changes(server) == [] and statuses(server) == before
    job = run(server, tmp_path, runbook + ".yml", variables)
    assert "nosana_" + runbook in job.artifacts
    # Nothing costs more than the budget.
    assert (changes(server) == []) == (runbook in ("report", "export", "keep_within_budget"))

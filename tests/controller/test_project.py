# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""examples/controller-project, and the job templates that run it, fit the runbooks."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from integration.playbooks import CLONE, SPEED, run

from ansible_collections.nosana.cloud.plugins.module_utils._definition.validate import problems

from .parts import KEY, PROJECT, injected, setup_data, templates

#: The playbooks of the collection that are no runbooks.
OTHERS = {"controller_setup", "quickstart", "simulator", "tour"}
RUNBOOKS = sorted(path.stem for path in (CLONE / "playbooks").glob("*.yml") if path.stem not in OTHERS)


def test_each_runbook_has_a_playbook_in_the_project_and_a_job_template():
    assert sorted(path.stem for path in PROJECT.glob("*.yml")) == RUNBOOKS
    assert sorted(templates()) == RUNBOOKS


@pytest.mark.parametrize("runbook", RUNBOOKS)
def test_a_playbook_of_the_project_runs_that_of_the_collection(runbook):
    [play] = yaml.safe_load((PROJECT / (runbook + ".yml")).read_text(encoding="utf-8"))
    assert play["ansible.builtin.import_playbook"] == "nosana.cloud." + runbook


@pytest.mark.parametrize("runbook", RUNBOOKS)
def test_a_survey_asks_for_the_variables_of_its_runbook(runbook):
    [play] = yaml.safe_load((CLONE / "playbooks" / (runbook + ".yml")).read_text(encoding="utf-8"))
    options = {"%s_%s" % (runbook, name): spec for name, spec in play["vars"]["runbook_options"].items()}
    asked = {question["variable"]: question for question in templates()[runbook]["survey"]}
    assert list(asked) == list(options)
    for variable, question in asked.items():
        assert question.get("required", False) == options[variable].get("required", False)
        choices = question["choices"].split("\n") if "choices" in question else []
        assert set(choices) <= {*options[variable].get("choices", []), "false", "true"}
        if options[variable].get("type") == "bool":
            assert (question["default"], choices) == ("false", ["false", "true"])


@pytest.mark.parametrize("runbook", RUNBOOKS)
def test_a_survey_asks_so_that_every_answer_is_text(runbook):
    default = setup_data()["controller_setup_question"]
    for question in [{**default, **one} for one in templates()[runbook]["survey"]]:
        assert question["type"] in ("text", "multiplechoice")
        if question["type"] == "text":
            assert question["default"] == ""
        else:  # the controller refuses an empty answer to a choice
            assert question["default"] in question["choices"].split("\n") and not question["required"]


def test_the_example_of_a_job_definition_is_right():
    [example] = (PROJECT / "job-definitions").iterdir()
    assert problems(json.loads(example.read_text(encoding="utf-8"))) == []


def test_the_inventory_is_read_with_the_key_of_the_credential(simulator, tmp_path):
    server = simulator()
    env = injected({"api_key": KEY, "api_url": server.api_url}, tmp_path)
    inventory = PROJECT / setup_data()["controller_setup_inventory_path"]
    done = run("-i", inventory, "--list", tool="ansible-inventory", **env)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    assert server.requests() != []


@pytest.mark.thorough
def test_the_play_that_the_page_shows(simulator, tmp_path):
    server = simulator(speed=SPEED)
    server.control("POST", "/deployments", {"name": "staging-web", "status": "RUNNING", "strategy": "INFINITE"})
    [shown] = re.findall(r"^```yaml\n(.*?)^```", (CLONE / "docs" / "awx.md").read_text(encoding="utf-8"), re.M | re.S)
    (tmp_path / "play.yml").write_text(shown, encoding="utf-8")
    env = injected({"api_key": KEY, "api_url": server.api_url}, tmp_path)
    done = run("-i", PROJECT / "inventory", tmp_path / "play.yml", NOSANA_SIMULATOR_SPEED=str(SPEED), **env)
    assert done.returncode == 0, done.stdout + done.stderr
    [left] = server.control("GET", "/state")["deployments"]
    assert left["status"] == "STOPPED"

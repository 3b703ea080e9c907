# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nosana.cloud.controller_setup, with the real modules of awx.awx, makes all that a controller needs, and only once."""

from __future__ import annotations

import json
import re

import pytest
from integration.playbooks import CLONE, run

from .parts import COLLECTIONS_OF_CONTROLLER, KEY, setup_data, templates
from .recorder import TOKEN, Controller, kept_survey, served

URL = "https://git.example.com/platform/nosana.git"


def set_up(address, **variables):
    """Runs the playbook; returns the finished process."""
    variables = {"controller_setup_project_url": URL, **variables}
    collections = "%s:%s" % (CLONE / ".ansible" / "collections", COLLECTIONS_OF_CONTROLLER)
    done = run(
        "nosana.cloud.controller_setup",
        "-e",
        json.dumps(variables),
        ANSIBLE_COLLECTIONS_PATH=collections,
        CONTROLLER_HOST=address,
        CONTROLLER_OAUTH_TOKEN=TOKEN,
        NOSANA_API_KEY=KEY,
    )
    assert KEY not in done.stdout + done.stderr
    return done


def changed(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return int(re.search(r" changed=(\d+)", done.stdout)[1])


ALL = pytest.param(sorted(templates()), marks=pytest.mark.thorough, id="all")


@pytest.mark.parametrize("runbooks", [pytest.param(["deploy"], id="one"), ALL])
def test_it_makes_all_there_is_and_a_second_run_changes_nothing(runbooks):
    controller = Controller()
    wanted = [templates()[runbook] for runbook in runbooks]
    with served(controller) as address:
        assert changed(set_up(address, controller_setup_job_templates=wanted)) > 0
        assert controller.changes() != []
        check_all(controller, runbooks)
        assert changed(set_up(address, controller_setup_job_templates=wanted)) == 0
        assert controller.changes() == []


def check_all(controller, runbooks):
    """Checks that it is there, and belongs together."""
    data = setup_data()
    [kind] = controller.things["credential_types"]
    assert kind["injectors"] == data["controller_setup_credential_type"]["injectors"]
    [credential] = controller.things["credentials"]
    assert credential["inputs"] == {"api_key": KEY}
    assert credential["credential_type"] == kind["id"]
    [project] = controller.things["projects"]
    assert project["scm_url"] == URL
    [inventory] = controller.things["inventories"]
    [source] = controller.things["inventory_sources"]
    assert source["source_project"] == project["id"] and source["credential"] == credential["id"]
    assert len(controller.things["job_templates"]) == len(runbooks)
    for template in controller.things["job_templates"]:
        assert (template["project"], template["inventory"]) == (project["id"], inventory["id"])
        assert controller.credentials_of[template["id"]] == [credential["id"]]
        wanted = templates()[template["playbook"].removesuffix(".yml")]
        survey = controller.surveys[template["id"]]["spec"]
        assert [one["variable"] for one in survey] == [one["variable"] for one in wanted["survey"]]


@pytest.mark.parametrize("runbook", sorted(templates()))
def test_a_controller_accepts_and_keeps_each_survey_as_it_is(runbook):
    question = setup_data()["controller_setup_question"]
    survey = {"name": "", "description": "", "spec": [{**question, **one} for one in templates()[runbook]["survey"]]}
    assert kept_survey(survey) == survey


@pytest.mark.thorough
def test_a_key_is_replaced_only_when_asked_and_other_fields_are_text():
    controller = Controller()
    fields = {"controller_setup_validate_certs": False, "controller_setup_api_timeout": 60}
    with served(controller) as address:
        set_up(address, controller_setup_job_templates=[], **fields)
        [credential] = controller.things["credentials"]
        assert credential["inputs"] == {"api_key": KEY, "validate_certs": "false", "api_timeout": "60"}
        another = {"controller_setup_job_templates": [], "controller_setup_api_key": "nos_another", **fields}
        assert changed(set_up(address, **another)) == 0
        assert credential["inputs"]["api_key"] == KEY
        done = set_up(address, controller_setup_update_key="true", **another)
    assert changed(done) == 1 and "nos_another" not in done.stdout + done.stderr
    assert credential["inputs"]["api_key"] == "nos_another"


def test_what_is_missing_is_said_before_anything_is_made():
    controller = Controller()
    with served(controller) as address:
        done = set_up(address, controller_setup_project_url="")
    assert done.returncode != 0
    assert "controller_setup_project_url" in done.stdout and controller.requests == []

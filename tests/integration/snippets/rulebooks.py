# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks rulebooks, which "make eda" can run and these tests can't: by the schemas of rulebooks and of our source."""

from __future__ import annotations

import importlib.resources
import json

import jsonschema

from ..playbooks import CLONE

SOURCE = "nosana.cloud.deployments"
SCHEMA = CLONE / "extensions" / "eda" / "plugins" / "event_source" / "schemas" / "deployments.json"
COLLECTION = "nosana.cloud."


def problems_of(rulebooks):
    """What is wrong, as text."""
    text = importlib.resources.files("ansiblelint").joinpath("schemas", "rulebook.json").read_text(encoding="utf-8")
    problems = list(differences(rulebooks, json.loads(text)))
    if not problems:  # only what has the form of a rulebook can be looked into
        for source in (source for rulebook in rulebooks for source in rulebook["sources"] if SOURCE in source):
            problems += differences(source[SOURCE] or {}, json.loads(SCHEMA.read_text(encoding="utf-8")))
        problems += ["no playbook %s" % name for name in playbooks_of(rulebooks) if not is_there(name)]
    return problems


def differences(data, schema):
    validator = jsonschema.validators.validator_for(schema)(schema)
    return ["%s: %s" % (problem.json_path, problem.message) for problem in validator.iter_errors(data)]


def playbooks_of(rulebooks):
    """The names of the playbooks that rules run."""
    for rule in (rule for rulebook in rulebooks for rule in rulebook["rules"]):
        for action in rule.get("actions") or [rule["action"]]:
            if "run_playbook" in action:
                yield action["run_playbook"]["name"]


def is_there(name):
    return name.startswith(COLLECTION) and (CLONE / "playbooks" / (name.removeprefix(COLLECTION) + ".yml")).is_file()

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a controller does between a click and a play: it injects a credential, adds answers, starts ansible-runner."""

from __future__ import annotations

import dataclasses
import pathlib
import shutil
from typing import Any

import ansible_runner
import yaml
from awx_plugins.interfaces._temporary_private_api import ManagedCredentialType
from awx_plugins.interfaces._temporary_private_credential_api import Credential
from awx_plugins.interfaces._temporary_private_inject_api import inject_credential
from integration.playbooks import SPEED, environment

CLONE = pathlib.Path(__file__).resolve().parents[2]
COLLECTIONS_OF_CONTROLLER = CLONE / ".build" / "controller" / "collections"
PROJECT = CLONE / "examples" / "controller-project"
KEY = "nos_of_a_controller"


class _Loader(yaml.SafeLoader):
    """Reads YAML of Ansible: text that is no template is text."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def setup_data() -> dict[str, Any]:
    """What nosana.cloud.controller_setup makes."""
    text = (CLONE / "playbooks" / "vars" / "controller_setup.yml").read_text(encoding="utf-8")
    return yaml.load(text, _Loader)


def templates() -> dict[str, dict[str, Any]]:
    """The job templates, by the name of the runbook."""
    return {one["playbook"].removesuffix(".yml"): one for one in setup_data()["controller_setup_job_templates"]}


def injected(inputs: dict[str, str], folder: pathlib.Path) -> dict[str, str]:
    """The environment variables that the controller's own injector makes of a credential's fields. Any extra variables
    or files would be no variables of the environment, and would not reach inventory updates."""
    given = setup_data()["controller_setup_credential_type"]
    kind = ManagedCredentialType(
        namespace="nosana", name=given["name"], kind=given["kind"], inputs=given["inputs"], injectors=given["injectors"]
    )
    (folder / "env").mkdir(parents=True, exist_ok=True)
    env: dict[str, str] = {}
    args: list[str] = []
    inject_credential(kind, Credential(inputs=inputs), env, {}, args, str(folder))
    assert args == []
    return env


def answers(template: dict[str, Any], given: dict[str, str]) -> dict[str, str]:
    """The variables of a job that was launched with these answers: every other question was left as it is."""
    question = setup_data()["controller_setup_question"]
    variables = {one["variable"]: {**question, **one}["default"] for one in template["survey"]}
    assert given.keys() <= variables.keys()
    return {**variables, **given}


@dataclasses.dataclass(frozen=True)
class Job:
    """How a job ended."""

    status: str
    output: str
    artifacts: dict[str, Any]


def run_job(
    folder: pathlib.Path, playbook: str, env: dict[str, str], variables: dict[str, Any], check: bool = False
) -> Job:
    """Runs a playbook of the project as a controller does: by ansible-runner, in a folder of the job's own. A playbook
    of a collection, or an absolute path, works as well."""
    private = folder / ("check" if check else "run")
    shutil.copytree(PROJECT, private / "project")
    (private / "inventory").mkdir()
    (private / "inventory" / "hosts").write_text("", encoding="utf-8")
    ended = ansible_runner.run(
        private_data_dir=str(private),
        playbook=playbook,
        inventory=str(private / "inventory" / "hosts"),
        envvars=environment(NOSANA_SIMULATOR_SPEED=str(SPEED), **env),
        extravars=variables,
        cmdline="--check --diff" if check else None,
        quiet=True,
    )
    output = pathlib.Path(ended.config.artifact_dir, "stdout").read_text(encoding="utf-8")
    artifacts: dict[str, Any] = {}
    for event in ended.events:  # the last one has what set_stats handed on, which a controller shows as artifacts
        artifacts = event.get("event_data", {}).get("artifact_data", artifacts)
    return Job(ended.status, output, artifacts)

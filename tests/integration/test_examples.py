# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs what the documentation shows: every module's EXAMPLES, and the tasks in README and docs, as they stand there."""

from __future__ import annotations

import ast
import json
import re

import pytest
import yaml

from .inprocess import definition
from .playbooks import CLONE, SPEED, run

MODULES = sorted(path.stem for path in (CLONE / "plugins" / "modules").glob("*.py"))
#: The pages that show tasks; the others in docs/ are tables.
PAGES = ["README.md"]


def examples_of(module):
    """The tasks in a module's EXAMPLES."""
    tree = ast.parse((CLONE / "plugins" / "modules" / (module + ".py")).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "EXAMPLES":
            return yaml.safe_load(node.value.value)
    raise AssertionError("%s has no EXAMPLES" % module)


def tasks_in(page):
    """The tasks in a page's code blocks (a block that is a whole play or something else is none)."""
    blocks = re.findall(r"^```yaml\n(.*?)^```", (CLONE / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    parsed = [yaml.safe_load(block) for block in blocks]
    return [task for block in parsed if isinstance(block, list) for task in block if "hosts" not in task]


def play(tasks, folder):
    """A playbook in which each task comes in check mode and then for real."""
    doubled = []
    for task in tasks:
        # What a check run would register is left out, for the tasks that follow: but "until" looks at it itself.
        silent = {key: value for key, value in task.items() if key != "register" or "until" in task}
        doubled += [dict(silent, check_mode=True), task]
    path = folder / "examples.yml"
    hosts = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": doubled}
    path.write_text(yaml.safe_dump([hosts]), encoding="utf-8")
    (folder / "job.json").write_text(json.dumps(definition()), encoding="utf-8")
    return path


def run_tasks(server, tasks, folder):
    assert tasks
    env = {"NOSANA_API_URL": server.api_url, "NOSANA_API_KEY": "nos_examples", "NOSANA_SIMULATOR_SPEED": str(SPEED)}
    done = run(play(tasks, folder), **env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed=0" in done.stdout


@pytest.mark.parametrize("module", MODULES)
def test_examples(module, simulator, tmp_path):
    server = simulator(speed=SPEED)
    tasks = examples_of(module)
    run_tasks(server, tasks, tmp_path)
    used = {key for task in tasks for key in task}
    assert "nosana.cloud." + module in used


@pytest.mark.parametrize("page", PAGES)
def test_pages(page, simulator, tmp_path):
    server = simulator(speed=SPEED)
    run_tasks(server, tasks_in(page), tmp_path)

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs what the documentation shows: every plugin's EXAMPLES, and the tasks in README and docs, as they stand there."""

from __future__ import annotations

import ast
import json
import re

import pytest
import yaml

from .inprocess import definition
from .playbooks import CLONE, SPEED, run

PLUGINS = sorted(path for kind in ("modules", "filter") for path in (CLONE / "plugins" / kind).glob("*.py"))
#: The pages that show tasks; the others in docs/ are tables.
PAGES = ["README.md", "docs/job-definitions.md"]


def examples_of(plugin):
    """The text of a plugin's EXAMPLES."""
    for node in ast.parse(plugin.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "EXAMPLES":
            return node.value.value
    raise AssertionError("%s has no EXAMPLES" % plugin)


def blocks_in(page, opening):
    """The contents of a page's code blocks that open so, or what the opening's groups and the contents are."""
    text = (CLONE / page).read_text(encoding="utf-8")
    return re.findall(r"^```%s\n(.*?)^```" % opening, text, re.MULTILINE | re.DOTALL)


def files_in(page):
    """The files that a page shows, by name: code blocks that have a title."""
    return dict(blocks_in(page, r"\w+ title=(\S+)"))


def tasks_in(page):
    """The tasks in a page's code blocks (a block that is a whole play or something else is none)."""
    blocks = blocks_in(page, "yaml")
    parsed = [yaml.safe_load(block) for block in blocks]
    return [task for block in parsed if isinstance(block, list) for task in block if "hosts" not in task]


def play(tasks, folder, files):
    """A playbook in which each task comes in check mode and then for real, with the files that the tasks read."""
    doubled = []
    for task in tasks:
        # What a check run would register is left out, for the tasks that follow: but "until" looks at it itself.
        silent = {key: value for key, value in task.items() if key != "register" or "until" in task}
        doubled += [dict(silent, check_mode=True), task]
    path = folder / "examples.yml"
    hosts = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": doubled}
    path.write_text(yaml.safe_dump([hosts]), encoding="utf-8")
    for name, content in {"job.json": json.dumps(definition()), **files}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return path


def run_tasks(server, tasks, folder, files=()):
    """Runs the tasks; returns what ansible-playbook printed."""
    assert tasks
    env = {"NOSANA_API_URL": server.api_url, "NOSANA_API_KEY": "nos_examples", "NOSANA_SIMULATOR_SPEED": str(SPEED)}
    done = run(play(tasks, folder, dict(files)), **env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed=0" in done.stdout
    return done.stdout


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.stem)
def test_examples(plugin, simulator, tmp_path):
    server = simulator(speed=SPEED)
    examples = examples_of(plugin)
    run_tasks(server, yaml.safe_load(examples), tmp_path)
    assert "nosana.cloud." + plugin.stem in examples


@pytest.mark.parametrize("page", PAGES)
def test_pages(page, simulator, tmp_path):
    server = simulator(speed=SPEED)
    run_tasks(server, tasks_in(page), tmp_path, files_in(page))


def test_each_way_to_load_a_definition_loads_the_same(simulator, tmp_path):
    page = "docs/job-definitions.md"
    server = simulator(speed=SPEED)
    printed = run_tasks(server, tasks_in(page), tmp_path, files_in(page))
    assert len(files_in(page)) == 3 and len(tasks_in(page)) == 5
    assert " changed=2 " in printed  # the first task alone, in check mode and for real
    [made] = server.control("GET", "/state")["deployments"]
    assert len(made["revisions"]) == 1

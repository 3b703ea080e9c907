# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs what the documentation shows: every plugin's EXAMPLES, and the tasks in README and docs, as they stand there."""

from __future__ import annotations

import ast
import json
import re
import shlex
import socket
import sys

import pytest
import yaml

from .inprocess import definition
from .playbooks import CLONE, SPEED, run

PLUGINS = sorted(path for kind in ("modules", "filter") for path in (CLONE / "plugins" / kind).glob("*.py"))
#: The pages that show tasks or plays. Those of the inventory and of job definitions have tests of their own.
SHOWN = ("strategies", "recipes", "fleets", "revisions", "messages", "faq")
PAGES = ["README.md", *("docs/%s.md" % page for page in SHOWN)]
#: The hosts that plays of the pages are for.
INVENTORY = "[app]\napp1 ansible_connection=local\napp2 ansible_connection=local\n[app:vars]\n"
INVENTORY += "ansible_python_interpreter={{ ansible_playbook_python }}\n"
INVENTORY += "fleet_item={{ {'name': 'fleets-' ~ inventory_hostname} }}\n"


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


def items_in(page):
    """The tasks and plays in a page's code blocks."""
    parsed = [yaml.safe_load(block) for block in blocks_in(page, "yaml")]
    return [item for block in parsed if isinstance(block, list) for item in block]


def tasks_in(page):
    return [item for item in items_in(page) if "hosts" not in item]


def plays_in(page):
    return [item for item in items_in(page) if "hosts" in item]


def write_files(folder, files):
    """Writes the files that tasks read."""
    for name, content in {"job.json": json.dumps(definition()), **files}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")


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
    return path


def run_playbook(server, path, *arguments):
    """Runs the playbook; returns what ansible-playbook printed."""
    env = {"NOSANA_API_URL": server.api_url, "NOSANA_API_KEY": "nos_examples", "NOSANA_SIMULATOR_SPEED": str(SPEED)}
    done = run(path, *arguments, cwd=path.parent, **env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed=0" in done.stdout
    return done.stdout


def run_tasks(server, tasks, folder, files=()):
    """Runs the tasks; returns what ansible-playbook printed."""
    write_files(folder, dict(files))
    return run_playbook(server, play(tasks, folder))


def simulator_of_a_play(folder):
    """Variables for plays that start a simulator of their own: as fast as the modules' waits, and nothing installed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {
        "simulator_port": port,
        "simulator_step": 1 / SPEED,
        "simulator_python": sys.executable,
        "simulator_run_dir": str(folder / "simulator"),
    }


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda path: path.stem)
def test_examples(plugin, simulator, tmp_path):
    server = simulator(speed=SPEED)
    examples = examples_of(plugin)
    run_tasks(server, yaml.safe_load(examples), tmp_path)
    assert "nosana.cloud." + plugin.stem in examples


@pytest.mark.parametrize("page", PAGES)
def test_pages(page, simulator, tmp_path):
    server = simulator(speed=SPEED)
    assert tasks_in(page) or plays_in(page)
    if tasks_in(page):
        run_tasks(server, tasks_in(page), tmp_path, files_in(page))
    if plays_in(page):
        (tmp_path / "hosts.ini").write_text(INVENTORY, encoding="utf-8")
        (tmp_path / "plays.yml").write_text(yaml.safe_dump(plays_in(page)), encoding="utf-8")
        variables = json.dumps({"vaulted_nosana_key": "nos_vaulted", **simulator_of_a_play(tmp_path)})
        run_playbook(server, tmp_path / "plays.yml", "-i", "hosts.ini", "-e", variables)


def test_the_update_without_downtime(simulator, tmp_path):
    page = "docs/revisions.md"
    server = simulator(speed=SPEED)
    write_files(tmp_path, files_in(page))
    [commands] = blocks_in(page, "sh")
    moved = []
    for line in commands.splitlines():
        tool, name, *arguments = shlex.split(line, comments=True)
        assert tool == "ansible-playbook"
        run_playbook(server, tmp_path / name, *arguments)
        moved.append((tmp_path / "upstream.conf").read_text(encoding="utf-8"))
    now = {one["name"]: one["status"] for one in server.control("GET", "/state")["deployments"]}
    assert now == {"revisions-blue": "STOPPED", "revisions-green": "RUNNING"}
    assert len(set(moved)) == 2


def test_each_way_to_load_a_definition_loads_the_same(simulator, tmp_path):
    page = "docs/job-definitions.md"
    server = simulator(speed=SPEED)
    printed = run_tasks(server, tasks_in(page), tmp_path, files_in(page))
    assert len(files_in(page)) == 3 and len(tasks_in(page)) == 5
    assert " changed=2 " in printed  # the first task alone, in check mode and for real
    [made] = server.control("GET", "/state")["deployments"]
    assert len(made["revisions"]) == 1

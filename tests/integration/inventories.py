# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs ansible-inventory and playbooks on sources of the inventory plugin, against a simulator."""

from __future__ import annotations

import dataclasses
import json

import yaml

from .playbooks import CLONE, SPEED, run

KEY = "nos_inventory_key_0123456789"
#: A key for simulators that take one only.
RIGHT = "nos_right_0123456789"


def source(folder, name="nosana.yml", **options):
    """A file of the plugin with the options in a folder; its path."""
    path = folder / name
    path.write_text(yaml.safe_dump({"plugin": "nosana.cloud.nosana", **options}), encoding="utf-8")
    return path


def tool(name, server, *arguments, cwd=CLONE, **env):
    """Runs a tool with the simulator's address and KEY in its environment (an ``env`` of None takes one out)."""
    given = {"NOSANA_API_URL": server.api_url, "NOSANA_API_KEY": KEY, "NOSANA_SIMULATOR_SPEED": str(SPEED)}
    given["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"] = "true"
    given.update(env)
    set_ones = {key: value for key, value in given.items() if value is not None}
    done = run(*arguments, tool=name, cwd=cwd, **set_ones)
    for key in (KEY, RIGHT):  # whatever it does, no run may show a key
        assert key not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done


@dataclasses.dataclass(frozen=True)
class Listing:
    """What ansible-inventory --list prints: ``hosts`` (name: variables), ``groups`` (name: hosts' names), warnings."""

    hosts: dict
    groups: dict
    warnings: str


def listing(server, *sources, more=(), **env):
    """The inventory of the sources."""
    arguments = [part for path in sources for part in ("-i", path)]
    done = tool("ansible-inventory", server, *arguments, "--list", *more, **env)
    assert done.returncode == 0, done.stdout + done.stderr
    # Text that is never to be evaluated is printed as {"__ansible_unsafe": text}, by every ansible-core.
    answer = json.loads(done.stdout, object_hook=lambda value: value.get("__ansible_unsafe", value))
    hosts = answer.pop("_meta")["hostvars"]
    groups = {name: group.get("hosts", []) for name, group in answer.items()}
    return Listing(hosts, groups, " ".join(done.stderr.split()))


def refusal(server, *sources, **env):
    """What a source that can't be read prints, in one line."""
    arguments = [part for path in sources for part in ("-i", path)]
    done = tool("ansible-inventory", server, *arguments, "--list", **env)
    assert done.returncode != 0, done.stdout
    return " ".join(done.stderr.split())


def seed(server, *deployments):
    """Puts deployments on the server; their ids."""
    return server.control("POST", "/deployments", list(deployments))["ids"]


def play(folder, tasks, **keywords):
    """A playbook of one play for all deployments; its path. Hosts are deployments: it runs on the controller."""
    path = folder / "play.yml"
    one = {"hosts": "nosana", "connection": "local", "gather_facts": False, "tasks": tasks}
    one["vars"] = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    path.write_text(yaml.safe_dump([dict(one, **keywords)], allow_unicode=True), encoding="utf-8")
    return path


def run_play(server, path, *sources, more=(), **env):
    """Runs a playbook that must succeed; what it prints."""
    arguments = [part for one in sources for part in ("-i", one)]
    done = tool("ansible-playbook", server, *arguments, path, *more, **env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

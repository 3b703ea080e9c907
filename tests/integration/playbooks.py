# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs ansible-playbook (or another tool) as a user does: the clone's own environment, nothing of the user's."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import subprocess
import sys

import runs

from . import forked

HERE = pathlib.Path(__file__).parent
CLONE = HERE.parents[1]
RELEASES = ("guide", "2026-08", "current")
#: Simulated seconds a second: for the simulator and for the waits of what talks to it.
SPEED = 10


def environment(**more):
    """The environment for ansible-playbook, without any NOSANA_ variable but those given."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("NOSANA_", "ANSIBLE_"))}
    env.update(
        ANSIBLE_COLLECTIONS_PATH=str(CLONE / ".ansible" / "collections"),
        ANSIBLE_HOME=str(CLONE / ".ansible" / "home"),
        # A playbook outside the clone has no ansible.cfg that says so.
        ANSIBLE_REMOTE_TEMP=str(CLONE / ".ansible" / "tmp"),
        # Tasks with async write below HOME, and async_status reads below the home of the user's account.
        ANSIBLE_ASYNC_DIR=str(CLONE / ".ansible" / "async"),
        ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="false",
        ANSIBLE_DEVEL_WARNING="false",
        ANSIBLE_DEPRECATION_WARNINGS="false",
        ANSIBLE_NOCOLOR="true",
        PYTHONPATH=str(HERE / "startup"),
        COMPILED=str(CLONE / ".cache" / "compiled"),
        ANSIBLE_CALLBACK_PLUGINS=str(HERE / "callbacks"),
        ANSIBLE_ROLES_PATH=str(HERE / "targets"),
    )
    env.update(more)
    return env


def command(*arguments, tool="ansible-playbook"):
    """A command line for a tool of the environment that the tests run in."""
    return [str(pathlib.Path(sys.executable).parent / tool), *map(str, arguments)]


def run(*arguments, tool="ansible-playbook", cwd=CLONE, **env):
    """Runs a tool to its end; returns the finished process with its output as text. Only a playbook may change things:
    what its tasks claim, its callback writes down."""
    with contextlib.nullcontext({}) if tool == "ansible-playbook" else runs.run(tool, check=True) as claimed:
        claimed["changed"] = False
        if forked.IS_WANTED and tool in forked.TOOLS:
            return forked.run(command(*arguments, tool=tool), environment(**env), cwd)
        return subprocess.run(
            command(*arguments, tool=tool),
            env=environment(**env),
            cwd=cwd,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )


def run_target(server, target, release):
    """Runs one of targets/ against a simulator."""
    variables = {"target": target, "release": release, "speed": SPEED}
    variables.update(api_url=server.api_url, control_url=server.control_url)
    return run(HERE / "target.yml", "-e", json.dumps(variables))


def begin_task(server, options, result_file, speed=SPEED):
    """Begins ansible-playbook with one task of these options; a process whose task writes its result into the file."""
    return subprocess.Popen(
        command(HERE / "one_task.yml", "-e", json.dumps({"options": options, "result_file": str(result_file)})),
        env=environment(
            NOSANA_API_URL=server.api_url, NOSANA_API_KEY="nos_playbook", NOSANA_SIMULATOR_SPEED=str(speed)
        ),
        cwd=CLONE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def result_of_task(process, result_file):
    """Waits for the end of a begun task; returns its result. A failed one has ``failed`` and ``msg``."""
    output, _none = process.communicate()
    assert process.returncode == 0 and "Traceback" not in output, output
    return json.loads(pathlib.Path(result_file).read_text(encoding="utf-8"))

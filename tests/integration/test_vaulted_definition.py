# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A secret from a vaulted variable reaches the server as it is, is no change the second time, and is never shown."""

from __future__ import annotations

import subprocess
import sys

import yaml

from .inprocess import CREATE, definition
from .playbooks import SPEED, environment, run

SECRET = "correct-horse-battery"
WRONG = {"ops": [{"id": "a b", "type": "container/run", "args": {"image": "nginx", "env": {"A": "{{ vaulted }}"}}}]}


def test_a_vaulted_variable_in_a_definition(simulator, tmp_path):
    password = tmp_path / "password"
    password.write_text("opens it", encoding="utf-8")
    vault = [sys.executable, "-m", "ansible", "vault", "encrypt_string", "--name", "vaulted", SECRET]
    vault += ["--vault-password-file", password]
    done = subprocess.run(vault, env=environment(), cwd=tmp_path, capture_output=True, text=True, check=True)
    (tmp_path / "vaulted.yml").write_text(done.stdout, encoding="utf-8")
    assert SECRET not in done.stdout
    deployment = CREATE | {"name": "it", "job_definition": definition(env={"DB_PASSWORD": "{{ vaulted }}"})}
    tasks = [
        {"name": name, "nosana.cloud.nosana_deployment": deployment, "diff": True} for name in ("Create", "Repeat")
    ]
    shown = "{{ wrong | nosana.cloud.job_definition_errors }}"
    tasks.append({"name": "Judge", "ansible.builtin.debug": {"msg": shown}, "vars": {"wrong": WRONG}})
    play = {"hosts": "localhost", "gather_facts": False, "vars_files": ["vaulted.yml"], "tasks": tasks}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    server = simulator(speed=SPEED)
    done = run(
        *(tmp_path / "play.yml", "--vault-password-file", password, "-vvv"),
        NOSANA_API_URL=server.api_url,
        NOSANA_API_KEY="nos_vaulted",
        NOSANA_SIMULATOR_SPEED=str(SPEED),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " changed=1 " in done.stdout and "must be a name without spaces" in done.stdout
    assert SECRET not in done.stdout + done.stderr
    [made] = server.control("GET", "/state")["deployments"]
    assert [one["job_definition"]["ops"][0]["args"]["env"] for one in made["revisions"]] == [{"DB_PASSWORD": SECRET}]

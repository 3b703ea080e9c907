# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module, found by itself, takes its connection from the environment and from module_defaults of its group."""

from __future__ import annotations

import pytest
import yaml

from .playbooks import CLONE, run

MODULES = sorted(path.stem for path in (CLONE / "plugins" / "modules").glob("nosana_*.py"))
JOB = "DdpX2tZsEUt6mYVdB8PzjY2aKBjTgTz5sTtPsiG7Ymq4"
#: The options that a module can't do without.
NEEDED = {
    "nosana_deployment": {"name": "x", "state": "absent"},
    "nosana_deployments": {"deployments": [{"name": "x", "state": "absent"}]},
    "nosana_job": {"job": JOB},
    "nosana_job_fetch": {"dest": "not-written", "jobs": [{"deployment_id": JOB, "job": JOB}]},
    "nosana_job_info": {"job": JOB},
}
#: An address that nothing listens at.
NOWHERE = "http://127.0.0.1:9/api"


def play(folder, reached, module_defaults=None):
    """A playbook that runs each module, and checks that it reached a server or that it did not (``reached``)."""
    tasks = []
    for name in MODULES:
        told = "('could not connect' in (result.msg | default('')))"
        claim = {"that": "not " + told if reached else told, "fail_msg": "{{ result | string }}"}
        tasks += [
            {"nosana.cloud." + name: NEEDED.get(name, {}), "register": "result", "failed_when": False},
            {"ansible.builtin.assert": claim},
        ]
    hosts = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
    hosts.update({"module_defaults": {"group/nosana.cloud.nosana": module_defaults}} if module_defaults else {})
    path = folder / ("reached.yml" if reached else "not-reached.yml")
    path.write_text(yaml.safe_dump([hosts]), encoding="utf-8")
    return path


# Each variable of the environment is tried in test_inventory_connection.py and test_module_contract.py as well.
@pytest.mark.parametrize("source", ["module_defaults", pytest.param("environment", marks=pytest.mark.thorough)])
def test_every_module_is_connected(source, simulator, tmp_path):
    server = simulator(api_key="nos_the_right_one")
    reached = {"api_url": server.api_url, "api_key": "nos_the_right_one", "api_retries": 0}
    env = {"NOSANA_API_URL": NOWHERE, "NOSANA_API_KEY": "nos_wrong", "NOSANA_API_RETRIES": "0"}
    if source == "environment":
        env.update(NOSANA_API_URL=server.api_url, NOSANA_API_KEY="nos_the_right_one")
        done = run(play(tmp_path, True), **env)
    else:
        done = run(play(tmp_path, True, reached), **env)
    assert done.returncode == 0, done.stdout + done.stderr
    requests = server.requests()
    assert len(requests) >= len(MODULES)
    assert 401 not in {request["status"] for request in requests}


def test_without_either_none_is_connected(tmp_path):
    done = run(play(tmp_path, False), NOSANA_API_URL=NOWHERE, NOSANA_API_KEY="nos_wrong", NOSANA_API_RETRIES="0")
    assert done.returncode == 0, done.stdout + done.stderr

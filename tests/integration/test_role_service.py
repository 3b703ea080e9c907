# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role service: each of its cases in one playbook, and what older servers make of it.

A role is what only Ansible can run, so that each playbook here does much. That check mode changes nothing, and that
what reports no change sends none, the fixture changed_is_truthful holds for every task.
"""

from __future__ import annotations

import json
import re

import pytest
import yaml

from ansible_collections.nosana.cloud.plugins.modules import nosana_market_info

from .inprocess import definition, live, running_images
from .playbooks import HERE, SPEED, run

SECRET = "cnry0815q-never-shown"


def play(server, path, *arguments, **variables):
    """Runs a playbook against a simulator that answers for containers; returns what was printed."""
    given = {"control_url": server.control_url, **variables}
    env = {"NOSANA_API_URL": server.api_url, "NOSANA_API_KEY": "nos_role", "NOSANA_SIMULATOR_SPEED": str(SPEED)}
    # Without it, ansible-core 2.21 and newer don't show what a task was given.
    env["ANSIBLE_INJECT_INVOCATION"] = "true"
    done = run(path, *arguments, "-e", json.dumps(given), cwd=path.parent, **env)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def server(simulator):
    found = simulator(speed=SPEED)
    found.control("PUT", "/server", {"serves_endpoints": True})
    return found


def by_name(server):
    return {one["name"]: one for one in server.control("GET", "/state")["deployments"]}


def test_each_case(server, run_module):
    options = {"api_url": server.api_url, "api_key": "nos_role", "min_vram": 8, "max_usd_per_hour": 0.25}
    fitting = [one["address"] for one in run_module(nosana_market_info, options)["markets"]]
    printed = play(server, HERE / "role_service.yml", "-vvv", secret=SECRET)
    assert "PLAY RECAP" in printed and SECRET not in printed
    given = [json.loads(one) for one in re.findall(r'"markets": (\[[^][{}]+\])', printed)]
    assert len(fitting) > 2 and fitting in given  # as the task of the module has them: cheapest first
    left = by_name(server)
    assert running_images(left["cases"]) == ["docker.io/library/nginx:1.31"] * 2
    assert {name: one["status"] for name, one in left.items()} == {
        "cases": "RUNNING",
        "cases-without-hosts": "RUNNING",
        "cases-without-credits": "INSUFFICIENT_FUNDS",
    }


@pytest.mark.thorough
def test_more_cases(server):
    play(server, HERE / "role_service_more.yml")
    assert {name: one["status"] for name, one in by_name(server).items()} == {"cases": "STOPPED"}


@pytest.mark.thorough
@pytest.mark.parametrize("release", ["guide", "2026-08", "current"])
def test_each_release(server, tmp_path, release):
    server.reset(release=release)
    server.control("PUT", "/server", {"serves_endpoints": True})
    given = {"service_name": "it", "service_job_definition": definition(), "service_gpu": "4090", "service_health": "/"}
    new = dict(given, service_job_definition=definition("nginx:2"), service_on_failure="keep")
    role = {"name": "nosana.cloud.service"}
    tasks = [{"ansible.builtin.include_role": role, "vars": one} for one in (given, new, new)]
    tasks += [{"ansible.builtin.assert": {"that": "__service_deployed is not changed"}}]
    hosts = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
    path = tmp_path / "release.yml"
    path.write_text(yaml.safe_dump([hosts]), encoding="utf-8")
    play(server, path)
    assert len(live(by_name(server)["it"])) == 1

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task registers can be used by the next: a name that is also a password is no second deployment."""

from __future__ import annotations

import copy

import yaml

from .inprocess import CREATE
from .playbooks import run

NAME = "postgres"
KEY = "nos_registered_0123456789"


def play(folder):
    """A playbook that creates a deployment, and finds it again by what was registered, however a secret is spelt."""
    options = copy.deepcopy(CREATE)
    operation = options["job_definition"]["ops"][0]
    operation["id"] = NAME
    operation["args"].update(image="postgres:17", env={"POSTGRES_PASSWORD": NAME, "OTHER_PASSWORD": "really-hidden-1"})
    module = "nosana.cloud.nosana_deployment"
    again = {"that": ["not second.changed", "second.deployment.id == first.deployment.id"]}
    tasks = [
        {module: {"name": NAME, **options}, "register": "first"},
        {"ansible.builtin.debug": {"var": "first"}},
        {module: {"name": "{{ first.deployment.name }}", **options}, "register": "second"},
        {"ansible.builtin.assert": again},
    ]
    path = folder / "play.yml"
    hosts = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}
    path.write_text(yaml.safe_dump([hosts]), encoding="utf-8")
    return path


def test_a_registered_name_leads_to_the_same_deployment(fast_server, tmp_path):
    fast_server.reset(release="current")
    done = run(play(tmp_path), "-v", NOSANA_API_URL=fast_server.api_url, NOSANA_API_KEY=KEY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [one["name"] for one in fast_server.control("GET", "/state")["deployments"]] == [NAME]
    assert "really-hidden-1" not in done.stdout and KEY not in done.stdout


def test_a_key_is_hidden_also_where_it_equals_a_name(fast_server, tmp_path):
    """The key itself is never shown, whatever else has the same text."""
    fast_server.reset(release="current")
    path = tmp_path / "play.yml"
    task = {"nosana.cloud.nosana_deployment_info": {"search": KEY}, "register": "found"}
    show = {"ansible.builtin.debug": {"var": "found"}}
    hosts = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task, show]}
    path.write_text(yaml.safe_dump([hosts]), encoding="utf-8")
    fast_server.control("POST", "/deployments", [{"name": KEY}])
    done = run(path, "-v", NOSANA_API_URL=fast_server.api_url, NOSANA_API_KEY=KEY)
    assert done.returncode == 0 and "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in done.stdout
    assert KEY not in done.stdout

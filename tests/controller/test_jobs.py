# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks run by ansible-runner, with the key that the controller's own injector gives, and all else left empty."""

from __future__ import annotations

import pytest
from integration.playbooks import SPEED

from .parts import KEY, injected, run_job


@pytest.fixture
def server(simulator):
    return simulator(speed=SPEED, api_key=KEY)


def changes(server):
    """The requests that could change something, since the last call."""
    seen = [one for one in server.requests() if one["mutating"]]
    server.forget_requests()
    return seen


def run(server, folder, playbook, variables, check=False):
    env = injected({"api_key": KEY, "api_url": server.api_url}, folder / "credential")
    job = run_job(folder, playbook, env, variables, check)
    assert KEY not in job.output
    assert job.status == "successful", job.output
    return job


def test_quickstart(server, tmp_path):
    run(server, tmp_path, "nosana.cloud.quickstart", {}, check=True)
    assert changes(server) == []
    run(server, tmp_path, "nosana.cloud.quickstart", {})
    assert changes(server) != []

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Definitions as servers store them, and what a task makes of them."""

from __future__ import annotations

import pytest

from ansible_collections.nosana.cloud.plugins.modules import nosana_deployment

from .inprocess import MARKET, definition


@pytest.fixture(scope="module")
def server(lasting_simulator):
    return lasting_simulator()


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("given", "stored", "actions"),
    [
        (None, {"added": 1}, []),
        ({"a": {"b": "c"}}, {"a": {"b": "c", "added": "x"}, "added": ["y"]}, []),
        ({"a": "mine"}, {"a": "other", "added": 1}, ["create_revision"]),
        ({"a": "mine"}, {"added": 1}, ["create_revision"]),
    ],
)
def test_what_a_server_adds_to_meta_makes_no_revision(server, run_module, given, stored, actions, check):
    server.reset()
    seed = {"name": "meta", "status": "STOPPED", "strategy": "SIMPLE", "market": MARKET, "replicas": 1, "timeout": 60}
    server.control("POST", "/deployments", dict(seed, job_definition=dict(definition(), meta=stored)))
    wanted = definition() if given is None else dict(definition(), meta=given)
    options = {"name": "meta", "job_definition": wanted, "api_url": server.api_url, "api_key": "nos_meta"}
    result = run_module(nosana_deployment, options, check_mode=check)
    assert result["actions"] == actions

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When an endpoint counts as ready: as the server says, else by its health checks, else by any answer below 500."""

from __future__ import annotations

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api.client import Client
from ansible_collections.nosana.cloud.plugins.module_utils._api.exchange import Connection
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.readiness import not_ready

from .fake_api import fake_api

CHECK = {
    "type": "http",
    "method": "POST",
    "path": "health",
    "expected_status": 201,
    "continuous": False,
    "body": "ping",
}


def definition(*checks):
    expose = [{"port": 80, "health_checks": list(checks)}, 81]
    return {"ops": [{"id": "other", "args": {"expose": 80}}, {"id": "web", "args": {"expose": expose}}]}


def waiting(url, job_definition=None, port=80, **endpoint):
    endpoints = [dict({"opId": "web", "port": port, "url": url}, **endpoint)]
    return not_ready(Client(Connection("https://api.nosana.com", "nos_secret")), endpoints, job_definition)


@pytest.mark.parametrize(("online", "expected"), [(True, []), (False, ["web port 80 (not online)"])])
def test_what_the_server_says_counts(online, expected):
    assert waiting("http://127.0.0.1:1", definition(CHECK), online=online) == expected


@pytest.mark.parametrize(("status", "ready"), [(200, True), (404, True), (401, True), (500, False), (503, False)])
@pytest.mark.parametrize("job_definition", [None, definition(), definition({"type": "websocket"})])
def test_without_health_checks_any_answer_below_500_does(status, ready, job_definition):
    with fake_api((status, "x")) as host:
        assert (waiting(host.url, job_definition) == []) is ready


def test_an_endpoint_that_does_not_answer_is_not_ready():
    assert waiting("http://127.0.0.1:1/") == ["web port 80 (no answer)"]
    assert waiting(None) == ["web port 80 (no URL)"]
    assert waiting("no address") == ["web port 80 (no answer)"]


@pytest.mark.parametrize("status", [503, 502])
def test_what_an_endpoint_answers_is_reported(status):
    with fake_api((status, "x")) as host:
        assert waiting(host.url) == ["web port 80 (answers %d)" % status]


@pytest.mark.parametrize(("status", "ready"), [(201, True), (200, False), (503, False)])
def test_a_health_check_is_made_as_it_is_written_and_without_the_key(status, ready):
    with fake_api((status, "x")) as host:
        assert (waiting(host.url, definition(dict(CHECK, headers={"X-Probe": "1"}))) == []) is ready
    method, path, headers, body = host.seen[0]
    assert (method, path, body, headers["X-Probe"]) == ("POST", "/api/health", b"ping", "1")
    assert "Authorization" not in headers


def test_all_health_checks_have_to_pass():
    with fake_api((201, "x"), (500, "x")) as host:
        assert waiting(host.url, definition(CHECK, dict(CHECK, path="/deep"))) == ["web port 80 (/deep: answers 500)"]


def test_a_port_without_checks_of_its_own_is_not_judged_by_those_of_another():
    with fake_api((404, "x")) as host:
        assert waiting(host.url, definition(CHECK), port=81) == []


def test_a_deployment_without_endpoints_waits_for_none():
    client = Client(Connection("https://api.nosana.com", "nos_secret"))
    assert not_ready(client, None, None) == not_ready(client, [], None) == []

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting by the event stream: one connection and hardly a look where the server has one, polling where not."""

from __future__ import annotations

import pytest

from .inprocess import CREATE, Runner
from .playbooks import RELEASES

STREAMING = RELEASES[1:]
HOSTS_COME = 150  # seconds until a host takes a job


@pytest.fixture
def runner(patient_server, release):
    patient_server.reset(release=release, step=1)
    patient_server.control("PUT", "/jobs", {"claim_after": HOSTS_COME})
    return Runner(patient_server, leaps=True)


def count(runner, operation):
    return sum(one["operation"] == operation for one in runner.server.requests())


def start(runner, **options):
    return runner.run(name="it", state="started", **dict(CREATE, **options))


@pytest.mark.parametrize("release", STREAMING)
def test_a_long_wait_takes_one_connection_and_few_looks(runner, release):
    assert start(runner).failure is None
    assert count(runner, "stream") == 1
    assert count(runner, "jobs") <= 12  # polling would take about 20


@pytest.mark.parametrize("release", STREAMING)
@pytest.mark.parametrize("kind", ["drop_after", "cut", "garbage"])
def test_a_stream_that_breaks_is_opened_again(runner, release, kind):
    runner.server.control("PUT", "/faults", [{"kind": kind, "operation": "stream", "times": 2}])
    assert start(runner).failure is None
    assert count(runner, "stream") >= 2


@pytest.mark.parametrize("release", STREAMING)
@pytest.mark.parametrize("kind", ["drop_after", "cut"])
def test_a_stream_that_always_breaks_at_once_leads_to_no_more_looks_than_polling(runner, release, kind):
    runner.server.control("PUT", "/faults", [{"kind": kind, "operation": "stream", "times": 200}])
    assert start(runner).failure is None
    assert count(runner, "jobs") <= 30


@pytest.mark.parametrize("release", STREAMING)
@pytest.mark.parametrize("status", [401, 404, 503])
def test_without_a_stream_it_is_polled(runner, release, status):
    fault = {"kind": "status", "status": status, "body": {"error": "no"}, "operation": "stream", "times": 1000}
    runner.server.control("PUT", "/faults", [fault])
    assert start(runner).failure is None
    assert (count(runner, "stream") == 1) is (status < 500)


@pytest.mark.parametrize("release", STREAMING)
def test_a_server_that_never_opens_its_stream_holds_nobody_up(runner, release):
    fault = {"kind": "hang_before", "seconds": 600, "operation": "stream", "times": 1000}
    runner.server.control("PUT", "/faults", [fault])
    runner.server.control("PUT", "/jobs", {"claim_after": 4 * HOSTS_COME})
    impatient = Runner(runner.server, leaps=True, timeout=1)
    assert start(impatient, wait_timeout=3600).failure is None
    assert count(runner, "stream") == 3  # then it counts as one that has none


@pytest.mark.parametrize("release", ["guide"])
def test_a_server_without_streams_is_asked_once(runner, release):
    assert start(runner).failure is None
    assert sum(one["path"].endswith("/stream") for one in runner.server.requests()) == 1


@pytest.mark.parametrize("release", RELEASES)
def test_what_is_so_already_takes_no_stream(runner, release):
    runner.server.control("PUT", "/jobs", {"claim_after": 1})
    start(runner)
    runner.server.forget_requests()
    assert start(runner).changed is False
    assert sum(one["path"].endswith("/stream") for one in runner.server.requests()) == 0


@pytest.mark.parametrize("release", RELEASES)
def test_the_deadline_holds_on_a_stream(runner, release):
    done = start(runner, wait_timeout=30)
    assert "not started within 30 s (wait_timeout)" in done.failure
    assert runner.deployments()[0]["jobs"][0]["state"] == "QUEUED"  # it did not wait until they were taken

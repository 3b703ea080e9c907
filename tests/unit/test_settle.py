# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One change at a time: when a server counts as settled, and what makes up for jobs that it lost or listed twice."""

from __future__ import annotations

import datetime
import types

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api.client import Client
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import TimedOut
from ansible_collections.nosana.cloud.plugins.module_utils._api.exchange import Connection
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.apply import Applier
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import Step
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.snapshot import Snapshot
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.watch import Watch
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._model.clock import Deadline

from . import fake_api
from .test_plan import deployment

#: The server's clock when a test begins: years from this machine's.
SERVER_NOW = 4_000_000_000.0


def iso(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat()


class FakeServer:
    """Stands for a client and the server behind it. ``looks`` are the tasks that each look finds, the last for ever:
    each by the seconds from the begin of the test to when it is due."""

    shared = None

    def __init__(self, *looks, jobs=0, seconds=600, **fields):
        self.looks = list(looks) or [[]]
        self.clock = fake_api.FastClock()
        self.deadline = Deadline(self.clock, seconds)
        self.deployment = deployment(updated_at=iso(SERVER_NOW - 3600), **fields)
        self.jobs = [self._job(number) for number in range(jobs)]
        self.calls = []

    def _job(self, number):
        return {"job": "job%d" % number, "state": "RUNNING", "revision": self.deployment["active_revision"]}

    def patient(self):
        return self

    def server_time(self):
        return SERVER_NOW + self.clock.now()

    def pages(self, name, _field, _query=None, query=None, at_least=None, keep=None, **_ids):
        if name == "list_tasks":
            found = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
            return [{"task": "LIST", "due_at": iso(SERVER_NOW + due)} for due in found]
        return [job for job in self.jobs if keep is None or keep(job)]

    def call(self, name, body=None, **_ids):
        if name == "get_deployment":
            return self.deployment
        self.calls.append(name)
        if name == "update_replicas":  # lists nothing: what a server that loses the change does
            self.deployment = dict(self.deployment, **body)
        elif name == "stop":
            self.deployment, self.jobs = dict(self.deployment, status=d.STOPPED), []
        elif name == "start":
            self.deployment = dict(self.deployment, status=d.RUNNING)
            self.jobs = [self._job(10 + number) for number in range(self.deployment["replicas"])]
        return {}


def wait_until_idle(server, unsettled):
    watch = Watch(server, server.deployment)
    watch.unsettled = unsettled
    return watch.wait_until_idle()


@pytest.mark.parametrize(("due", "settled_after"), [(-60, None), (4, None), (6, 0)])
def test_what_is_due_within_five_seconds_is_waited_for(due, settled_after):
    """By the server's clock. A task that never goes is waited for until the task's own time is over."""
    server = FakeServer([due], seconds=3)
    if settled_after is None:
        with pytest.raises(TimedOut, match="gave up waiting for its server to do what is due"):
            wait_until_idle(server, False)
    else:
        assert len(wait_until_idle(server, False)) == 1
        assert server.clock.now() == settled_after


def test_after_a_change_two_looks_two_seconds_apart_have_to_find_nothing():
    server = FakeServer([], [0], [], [])
    assert wait_until_idle(server, True) == []
    assert len(server.looks) == 1 and server.clock.slept[-1] >= 2
    unchanged = FakeServer([])
    assert wait_until_idle(unchanged, False) == [] and unchanged.clock.slept == []


@pytest.mark.parametrize(("age", "fresh"), [(1, True), (60, False)])
def test_what_somebody_changed_a_moment_ago_is_unsettled(age, fresh):
    server = FakeServer([])
    changed = dict(server.deployment, updated_at=iso(SERVER_NOW - age))
    assert Watch(server, changed).unsettled is fresh


def test_the_servers_clock_is_that_of_its_last_answer(monkeypatch):
    monkeypatch.setattr(fake_api._Handler, "date_time_string", lambda *_: "Thu, 01 Jan 2099 00:00:00 GMT")
    with fake_api.fake_api((200, {})) as api:
        client = Client(Connection(api.url, "nos_secret"), fake_api.FastClock())
        client.call("get_deployment", id="x")
    assert client.server_time() == datetime.datetime(2099, 1, 1, tzinfo=datetime.timezone.utc).timestamp()


def change(server, replicas):
    """Applies one change of replicas; returns the applier."""
    applier = Applier(server)
    applier.look_at(Snapshot(server.deployment), None)
    applier.run((Step("update_replicas", replicas),))
    return applier


def test_a_job_that_runs_is_never_stopped_to_raise_a_number():
    server = FakeServer(jobs=1, replicas=1, status=d.RUNNING)
    with pytest.raises(TimedOut, match="gave up waiting for 3 jobs .*state: restarted"):
        change(server, 3)
    assert server.calls == ["update_replicas"] and len(server.jobs) == 1


@pytest.mark.parametrize(("strategy", "warned"), [("SIMPLE", True), ("INFINITE", False)])
def test_more_jobs_than_replicas_are_named_with_what_ends_them(strategy, warned):
    """The server of an INFINITE one ends its surplus by itself."""
    server = FakeServer(jobs=3, replicas=1, status=d.RUNNING, strategy=strategy)
    warnings = change(server, 2).warnings
    assert server.calls == ["update_replicas"] and bool(warnings) is warned
    assert all("has 3 live jobs for 2 replicas" in one and "nosana_job: {job: job0, " in one for one in warnings)


class SlowChain(FakeServer):
    """A server whose jobs end some looks after they are no longer wanted; the last one's end stops the deployment."""

    looks_to_go = 3

    def pages(self, name, *arguments, **more):
        if name == "list_jobs" and self.deployment["replicas"] == 0 and self.jobs:
            self.looks_to_go -= 1
            if not self.looks_to_go:
                self.deployment, self.jobs = dict(self.deployment, status=d.STOPPED), []
        return super().pages(name, *arguments, **more)


def test_what_is_left_without_replicas_goes_on_running():
    server = SlowChain(jobs=1, replicas=1, status=d.RUNNING)
    applier = change(server, 0)
    assert server.calls == ["update_replicas", "start"]
    assert (applier.actions, applier.watch.status, server.jobs) == (["update_replicas"], d.RUNNING, [])


def test_a_single_replica_is_not_told_of_as_several():
    server = FakeServer(jobs=3, replicas=0, status=d.RUNNING)
    [warning] = change(server, 1).warnings
    assert "has 3 live jobs for 1 replica, " in warning


def test_no_change_is_begun_after_the_time_of_the_task():
    server = FakeServer(jobs=1, replicas=1, status=d.RUNNING)
    server.deadline = types.SimpleNamespace(passed=lambda: True, remaining=lambda: -1, seconds=5)
    with pytest.raises(TimedOut, match=r"wait_timeout \(5 s\) was over before update_replicas was begun"):
        change(server, 3)
    assert server.calls == []

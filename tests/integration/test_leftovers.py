# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A failure that leaves something behind names its id and the task that clears it; here that very task is run."""

from __future__ import annotations

import re
import threading

import pytest
import yaml

from .inprocess import CREATE, SPEED, Runner, live


def clear(runner, failure):
    """Runs the task that the message of a failure names; returns its options."""
    options = yaml.safe_load(re.search(r"\{id: [^}]*\}", failure).group())
    cleared = runner.run(**options)
    assert not cleared.failure and cleared.changed
    return options


@pytest.fixture
def runner(simulator):
    return Runner(simulator(speed=SPEED), retries=1)


def test_a_wait_that_was_in_vain(runner):
    runner.server.control("PUT", "/jobs", {"claim_after": None})
    done = runner.run(name="it", state="started", wait_timeout=60, **CREATE)
    assert done.actions == ["create", "start"] and done.changed
    assert clear(runner, done.failure)["id"] == done.deployment["id"]
    [deployment] = runner.deployments()
    assert deployment["status"] == "STOPPED" and live(deployment) == []


def test_a_start_without_credits(runner):
    runner.server.control("PUT", "/credits", {"assigned": 0})
    done = runner.run(name="it", state="started", **CREATE)
    assert "INSUFFICIENT_FUNDS" in done.failure
    clear(runner, done.failure)
    [deployment] = runner.deployments()
    assert deployment["status"] == "STOPPED" and deployment["tasks"] == []


@pytest.mark.parametrize("strategy", ("SIMPLE", "SIMPLE-EXTEND"))
def test_a_job_that_somebody_stopped(runner, strategy):
    """Another start would list nothing for it: only a restart does, and no other task is named."""
    started = runner.run(name="it", state="started", **CREATE | {"strategy": strategy})
    stopped = started.jobs[0]["job"]
    runner.server.control("PATCH", "/jobs/%s" % stopped, {"state": "STOPPED"})
    done = runner.run(name="it", state="started")
    assert "job %s was stopped before its time" % stopped in done.failure and not done.changed
    assert done.failure.count("{id: ") == 1
    assert clear(runner, done.failure) == {"id": started.deployment["id"], "state": "restarted"}
    [deployment] = runner.deployments()
    assert deployment["status"] == "RUNNING" and len(live(deployment)) == 2


def test_a_draft_that_was_not_started(runner):
    fault = {"operation": "start", "kind": "status", "status": 403, "body": {"message": "no"}, "times": 9}
    runner.server.control("PUT", "/faults", [fault])
    done = runner.run(name="it", state="started", **CREATE)
    assert done.actions == ["create"] and done.changed and "was created and not started" in done.failure
    runner.server.control("DELETE", "/faults")
    assert clear(runner, done.failure) == {"id": done.deployment["id"], "state": "absent"}
    assert runner.deployments() == []


def test_a_replacement_that_got_stuck(runner):
    first = runner.run(name="it", state="started", **CREATE)
    fault = {"operation": "stop", "kind": "status", "status": 403, "body": {"message": "no"}, "times": 9}
    runner.server.control("PUT", "/faults", [fault])
    options = dict(CREATE, name="it", strategy="INFINITE", timeout=120, on_immutable_change="replace")
    done = runner.run(**options)
    assert done.actions == ["create"] and done.replaced_id == first.deployment["id"]
    assert done.deployment["id"] != first.deployment["id"] and done.deployment["id"] in done.failure
    runner.server.control("DELETE", "/faults")
    again = runner.run(**options)
    assert not again.failure and again.actions == ["stop", "archive", "start"]
    assert again.replaced_id == first.deployment["id"] and again.deployment["id"] == done.deployment["id"]
    assert runner.run(**options).actions == []


def at_once(server, count):
    """As many runs of one task at the same moment; returns what each came to."""
    done = []
    threads = [
        threading.Thread(target=lambda: done.append(Runner(server).run(name="it", state="started", **CREATE)))
        for _run in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == count
    return done


def test_two_runs_at_once_on_a_server_without_keys(simulator):
    """Where keys are not honoured, two may come to be: then one run says so, before it starts its own."""
    server = simulator(speed=SPEED, release="2026-08", latency=0.3)
    failed = [one for one in at_once(server, 2) if one.failure]
    runner = Runner(server)
    made = runner.deployments()
    assert len(failed) == len(made) - 1
    for one in failed:
        assert all(deployment["id"] in one.failure for deployment in made)
        assert one.deployment["status"] == "DRAFT"
        clear(runner, one.failure)
    [left] = runner.deployments()
    assert left["status"] == "RUNNING" and len(live(left)) == 2


def test_runs_at_once_on_a_server_with_keys(simulator):
    server = simulator(speed=SPEED, latency=0.1)
    done = at_once(server, 4)
    assert [one.failure for one in done] == [None] * 4
    [left] = Runner(server).deployments()
    assert left["status"] == "RUNNING" and len(live(left)) == 2
    assert len({one.deployment["id"] for one in done}) == 1

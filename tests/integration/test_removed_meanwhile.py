# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Somebody else removes the deployment while a task works on it: two hosts of one play, two controllers."""

from __future__ import annotations

import pytest

from .inprocess import CREATE, Runner

RELEASES = ("guide", "2026-08", "current")
HOW = ("archived", "absent")


@pytest.fixture
def runner(patient_server, request):
    patient_server.reset(release=getattr(request, "param", "current"), step=1)
    return Runner(patient_server, leaps=True)


every_release = pytest.mark.parametrize("runner", RELEASES, indirect=True)


def remove_at(runner, moment, how):
    """Lets somebody else remove the deployment at the ``moment``-th pause of the task that runs next."""
    other, pauses, quick = Runner(runner.server, leaps=True), [], runner.clock.sleep

    def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == moment:
            assert other.run(name="it", state=how).failure is None
        quick(seconds)

    runner.clock.sleep = sleep
    return pauses


@every_release
@pytest.mark.parametrize("moment", [1, 2])
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("state", ["stopped", "archived", "absent"])
def test_a_task_that_wanted_an_end_succeeds(runner, state, how, moment):
    runner.run(name="it", state="started", **CREATE)
    pauses = remove_at(runner, moment, how)
    done = runner.run(name="it", state=state)
    assert done.failure is None and len(pauses) >= moment, done
    assert done.deployment == {} or done.deployment["status"] in ("STOPPED", "ARCHIVED")


@pytest.mark.parametrize("runner", RELEASES[1:], indirect=True)
@pytest.mark.parametrize("state", ["stopped", "archived", "absent"])
def test_a_job_that_the_task_stopped_before_is_a_change(runner, state):
    runner.server.control("PUT", "/jobs", {"stop_takes": 10})
    key = runner.seed(**dict(CREATE, name="it", status="STOPPED", jobs=[{"state": "RUNNING"}]))
    quick = runner.clock.sleep

    def sleep(seconds):
        if runner.deployments() and any(one["operation"] == "stop_job" for one in runner.server.requests()):
            runner.request("DELETE", "/deployments/%s" % key)
            runner.clock.sleep = quick
        quick(seconds)

    runner.clock.sleep = sleep
    done = runner.run(name="it", state=state)
    assert (done.failure, done.changed, done.actions) == (None, True, ["stop_jobs"])


def test_one_that_was_to_be_restarted_is_made_anew_by_started(runner):
    runner.run(name="it", state="started", **CREATE)
    remove_at(runner, 1, "absent")
    failure = runner.run(name="it", state="restarted").failure
    assert "There is nothing to restart any more; state: started makes a new one." in failure


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("by_id", [False, True])
def test_a_task_that_wanted_it_to_run_fails_and_says_what_makes_a_new_one(runner, how, by_id):
    runner.server.control("PUT", "/jobs", {"claim_after": None})
    runner.run(name="it", state="started", wait=False, **CREATE)
    [deployment] = runner.deployments()
    remove_at(runner, 2, how)
    options = {"id": deployment["id"]} if by_id else {"name": "it"}
    done = runner.run(**options, state="started", wait_timeout=60)
    word = "archived" if how == "archived" else "deleted"
    assert "somebody else %s the deployment while this task worked on it" % word in done.failure
    assert deployment["id"] not in done.failure
    assert ("give the name" if by_id else "Run the task again: it makes a new one") in done.failure


@pytest.mark.parametrize("state", HOW)
def test_one_that_vanishes_between_two_reads_is_gone(runner, state):
    """The listing has it, and what else is asked about it is a 404: it was deleted in between."""
    key = runner.seed(name="it", **CREATE, status="STOPPED")
    fault = {"kind": "status", "status": 404, "body": {"error": "Deployment not found."}, "path": "/%s/jobs" % key}
    runner.server.control("PUT", "/faults", [dict(fault, times=1)])
    assert runner.run(name="it", state=state).failure is None


# --- names that nobody has ---


def test_a_name_that_nobody_has_is_answered_with_the_nearest(runner):
    runner.seed(name="web-frontend", **CREATE, status="STOPPED")
    for task in ({"state": "started"}, {"state": "restarted"}):
        failure = runner.run(name="web-fronted", **task).failure
        assert "no deployment is named 'web-fronted'" in failure and "The nearest names: web-frontend." in failure


def test_a_name_that_an_archived_one_had_is_said_to_be_archived(runner):
    runner.seed(name="it", **CREATE, status="ARCHIVED")
    failure = runner.run(name="it", state="restarted").failure
    assert "no deployment is named 'it' (one is ARCHIVED)" in failure and "nearest" not in failure

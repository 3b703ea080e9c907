# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Guarantees (see docs/development) that no other test holds: what is waited for, how long, and what is
not."""

from __future__ import annotations

import pytest

from .inprocess import CREATE, FAST, Runner, Sleepless, definition, live

RELEASES = ("guide", "2026-08", "current")
JOBS = [{"state": "RUNNING"}, {"state": "RUNNING"}]
NEVER = {"claim_after": None}
#: What a wait says that sat out its time; one that fails at once does not.
IN_VAIN = "not started within"


@pytest.fixture(params=RELEASES)
def runner(patient_server, request):
    patient_server.reset(release=request.param, step=1)
    return Runner(patient_server, leaps=True)


def do(runner, **task):
    done = runner.run(**task)
    assert done.failure is None
    return done


def jobs(runner, **behaviour):
    runner.server.control("PUT", "/jobs", behaviour)


def while_it_waits(runner, work, **task):
    """Runs a task in which ``work(the deployment)`` happens once its jobs are listed; returns what it came to."""
    worked = []

    def meanwhile():
        found = runner.deployments("it")
        if not worked and found and len(live(found[0])) == found[0]["replicas"]:
            worked.append(work(found[0]))

    runner.clock.meanwhile = meanwhile
    done = runner.run(name="it", **task)
    assert worked
    return done


# --- what is not waited for ---


@pytest.mark.parametrize("status", ("STARTING", "RUNNING", "STOPPING", "STOPPED", "INSUFFICIENT_FUNDS", "ERROR"))
def test_present_waits_for_nothing(runner, status):
    long_ago = "2026-01-01T00:00:00.000Z"
    runner.seed(name="it", **CREATE, status=status, jobs=[{"state": "QUEUED"}], updated_at=long_ago)
    runner.clock = Sleepless()
    assert not do(runner, name="it", **CREATE).changed


@pytest.mark.parametrize("status", ("RUNNING", "STOPPED"))
def test_present_waits_for_nothing_when_it_changes_nothing(runner, status):
    runner.seed(name="it", **CREATE, status=status, jobs=[{"state": "QUEUED"}], updated_at="2100-01-01T00:00:00.000Z")
    runner.clock = Sleepless()
    assert not do(runner, name="it", **CREATE).changed


def test_a_new_one_is_not_waited_for(runner):
    runner.clock = Sleepless()
    assert do(runner, name="it", **CREATE).actions == ["create"]


def test_without_wait_only_the_last_wait_is_left_out(runner):
    jobs(runner, **NEVER)
    done = do(runner, name="it", state="started", wait=False, **CREATE)
    assert done.actions == ["create", "start"]
    runner.run(name="it", state="started", wait_timeout=4)  # sees the jobs listed
    jobs(runner, stop_takes=20)  # until then a start is refused
    done = do(runner, name="it", state="restarted", wait=False)
    assert done.actions == ["stop", "start"]
    done = do(runner, name="it", state="stopped", wait=False)
    assert done.actions == ["stop"] and done.deployment["status"] == "STOPPING"


# --- what is waited for ---


def test_every_replica_is_waited_for(runner):
    """One of two is not enough; one that has completed already is."""
    jobs(runner, **NEVER)
    do(runner, name="it", state="started", wait=False, **CREATE)
    runner.run(name="it", state="started", wait_timeout=4)  # sees the jobs listed
    first, second = [job["job"] for job in live(runner.deployments()[0])]
    runner.server.control("PATCH", "/jobs/%s" % first, {"state": "RUNNING"})
    done = runner.run(name="it", state="started", wait_timeout=10)
    assert IN_VAIN in done.failure and "RUNNING, 1 of 2 jobs running and 1 queued" in done.failure
    runner.server.control("PATCH", "/jobs/%s" % second, {"state": "RUNNING"})
    runner.server.control("PATCH", "/jobs/%s" % first, {"state": "COMPLETED", "exit_code": 0})
    assert not do(runner, name="it", state="started").changed


def test_an_unchanged_run_waits_for_the_goal(runner):
    jobs(runner, claim_after=20)
    do(runner, name="it", state="started", wait=False, **CREATE)
    done = do(runner, name="it", state="started", **CREATE)
    assert not done.changed and [job["state"] for job in done.jobs] == ["RUNNING"] * 2
    jobs(runner, stop_takes=20)
    do(runner, name="it", state="stopped", wait=False)
    done = do(runner, name="it", state="stopped")
    assert not done.changed and done.deployment["status"] == "STOPPED" and live(runner.deployments()[0]) == []


def test_an_unchanged_run_fails_where_the_goal_is_not_reached(runner):
    jobs(runner, **NEVER)
    do(runner, name="it", state="started", wait=False, **CREATE)
    done = runner.run(name="it", state="started", wait_timeout=10)
    assert IN_VAIN in done.failure and (done.changed, done.actions) == (False, [])


def test_waiting_for_the_status_needs_no_host(runner):
    jobs(runner, **NEVER)
    done = do(runner, name="it", state="started", wait_for="status", **CREATE)
    assert done.deployment["status"] == "RUNNING"
    assert {job["state"] for job in runner.deployments()[0]["jobs"]} <= {"QUEUED"}


def test_a_scheduled_one_is_started_when_its_status_says_so(runner):
    done = do(runner, name="it", state="started", **CREATE | {"strategy": "SCHEDULED", "schedule": "0 0 1 1 *"})
    assert done.deployment["status"] == "RUNNING" and runner.deployments()[0]["jobs"] == []


@pytest.mark.parametrize("ready", (True, False))
def test_an_endpoint_that_the_server_does_not_tell_of_is_asked(patient_server, ready):
    patient_server.reset(release="2026-08", step=1)
    runner = Runner(patient_server, leaps=True)
    if not ready:  # as the network's gateway answers while nothing is behind an address
        gateway = {"path": "/of-the-service", "kind": "status", "status": 503, "times": 100}
        patient_server.control("PUT", "/faults", [gateway])
    endpoints = [{"opId": "web", "port": 80, "url": patient_server.api_url + "/of-the-service"}]
    runner.seed(name="it", **CREATE, status="RUNNING", jobs=JOBS, endpoints=endpoints)
    done = runner.run(name="it", state="started", wait_for="endpoints", wait_timeout=10)
    assert any(one["path"].endswith("/of-the-service") for one in patient_server.requests())
    assert (done.failure is None) is ready
    assert ready or "endpoints not ready: web port 80 (answers 503)" in done.failure


# --- what a wait gives up on at once ---


def test_without_credits_started_makes_its_other_changes_and_fails_at_once(runner):
    runner.server.control("PUT", "/credits", {"assigned": 0})
    failed = runner.run(name="it", state="started", **CREATE)
    assert "INSUFFICIENT_FUNDS" in failed.failure and IN_VAIN not in failed.failure
    assert "Insufficient credits" in failed.failure and "state: restarted" in failed.failure
    task = {"name": "it", "state": "started", "timeout": 90, "job_definition": definition("new")}
    predicted, done = runner.run(check=True, **task), runner.run(**task)
    assert predicted.failure is None
    assert predicted.actions == done.actions == ["update_timeout", "create_revision"]
    assert "INSUFFICIENT_FUNDS" in done.failure and IN_VAIN not in done.failure and done.changed
    [deployment] = runner.deployments()
    assert deployment["timeout"] == 90 and len(deployment["revisions"]) == 2
    assert not runner.run(check=True, **task).changed


@pytest.mark.parametrize(
    ("status", "texts"),
    [
        ("ERROR", ["it can't start now: ERROR, 0 of 2 jobs running", "state: restarted", "JOB_LIST_CONFIRMED"]),
        ("ARCHIVED", ["somebody else archived the deployment", "Run the task again: it makes a new one"]),
    ],
)
def test_a_status_that_leads_nowhere_fails_at_once(runner, status, texts):
    jobs(runner, **NEVER)

    def spoil(one):
        runner.server.control("PATCH", "/deployments/%s" % one["id"], {"status": status})

    done = while_it_waits(runner, spoil, state="started", **CREATE)
    assert all(text in done.failure for text in texts)
    assert IN_VAIN not in done.failure and done.actions == ["create", "start"]


@pytest.mark.parametrize("strategy", ("SIMPLE", "SIMPLE-EXTEND"))
def test_a_job_that_was_stopped_fails_at_once(runner, strategy):
    jobs(runner, **NEVER)
    ended = []

    def spoil(one):
        ended.append(live(one)[0]["job"])
        runner.server.control("PATCH", "/jobs/%s" % ended[0], {"state": "STOPPED"})

    done = while_it_waits(runner, spoil, state="started", **CREATE | {"strategy": strategy})
    assert "job %s was stopped before its time" % ended[0] in done.failure and "state: restarted" in done.failure
    assert IN_VAIN not in done.failure and "JOB_LIST_CONFIRMED" in done.failure


@pytest.mark.parametrize("how_many", [1, 2])
@pytest.mark.parametrize("release", RELEASES)
def test_jobs_that_end_while_a_start_counts_on_them_are_missed_and_restarted_lists_them(
    patient_server, release, how_many
):
    """On a STOPPED one with live jobs a start lists what is missing: nothing, while those that are to end live on."""
    patient_server.reset(release=release, step=1)
    runner = Runner(patient_server, leaps=True)
    jobs(runner, stop_takes=3)  # longer than the settling before the start, shorter than until the look after it
    key = runner.seed(**CREATE, name="it", status="STOPPED", jobs=JOBS)
    for job in [job["job"] for job in runner.deployments("it")[0]["jobs"]][:how_many]:
        runner.request("POST", "/jobs/%s/stop" % job)
    done = runner.run(id=key, state="started")
    assert done.failure is None or "nosana_deployment: {id: %s, state: restarted}" % key in done.failure
    do(runner, id=key, state="restarted")
    [found] = runner.deployments("it")
    assert found["status"] == "RUNNING" and len(live(found)) == 2
    assert do(runner, id=key, state="started").changed is False


# --- the time that a task has ---


def test_a_wait_between_steps_ends_with_the_time_of_the_task(runner):
    """It never leaves STARTING: no schedule of the server comes true."""
    runner.seed(name="it", **CREATE, status="STARTING")
    done = runner.run(name="it", state="stopped", wait_timeout=10)
    assert "gave up waiting for it to leave STARTING after 10 s (wait_timeout)" in done.failure
    assert (done.changed, done.actions) == (False, [])


def test_after_its_time_a_task_begins_no_new_change(fast_server):
    """The create is answered only when the time is over; what was to follow is not begun."""
    fast_server.reset(release="current", step=1)
    runner, seconds = Runner(fast_server, speed=FAST), 4
    fault = {"operation": "create", "kind": "hang", "seconds": seconds + 0.5}
    fast_server.control("PUT", "/faults", [fault])
    done = runner.run(name="it", state="started", wait_timeout=seconds * FAST, **CREATE)
    assert "wait_timeout (%d s) was over before start was begun" % (seconds * FAST) in done.failure
    assert (done.changed, done.actions) == (True, ["create"])
    [deployment] = runner.deployments()
    assert deployment["status"] == "DRAFT" and deployment["id"] in done.failure


# --- one change at a time ---


def test_an_unchanged_run_warns_of_more_jobs_than_replicas(runner):
    """The warning names them and the task that ends the newest; check mode warns alike."""
    key = runner.seed(name="it", **CREATE, status="RUNNING", jobs=[{"state": "RUNNING"}] * 3)
    for check in (True, False):
        done = runner.run(check=check, name="it", state="started", **CREATE)
        assert (done.changed, done.failure) == (False, None)
        [warning] = done.warnings
        assert "it (%s) has 3 live jobs for 2 replicas" % key in warning
        assert all(job["job"] in warning for job in live(runner.deployments()[0]))
        assert "nosana_job: {job: %s, state: stopped}" % live(runner.deployments()[0])[-1]["job"] in warning

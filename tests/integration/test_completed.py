# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""state: completed, batch work made idempotent: each test counts the jobs that were ever listed: these cost."""

from __future__ import annotations

import pytest

from .inprocess import MARKET, Runner
from .playbooks import RELEASES


def batch(command):
    """A job definition of one container that runs the command and ends."""
    args = {"image": "python:3.13-alpine", "cmd": ["sh", "-c", command]}
    return {"version": "0.1", "type": "container", "ops": [{"id": "work", "type": "container/run", "args": args}]}


GOOD, OTHER, BAD = batch("echo good"), batch("echo other"), batch("echo trying && echo it broke && exit 3")
CREATE = {"name": "it", "market": MARKET, "strategy": "SIMPLE", "replicas": 2, "timeout": 60}
STRATEGIES = ("SIMPLE", "SIMPLE-EXTEND")


@pytest.fixture(params=RELEASES)
def runner(patient_server, request):
    patient_server.reset(release=request.param, step=1)
    return Runner(patient_server, leaps=True)


def complete(runner, definition=None, check=False, wait=True, **options):
    return runner.run(check, wait, state="completed", job_definition=definition or GOOD, **(CREATE | options))


def listed(runner):
    """How many jobs were ever listed."""
    [deployment] = runner.deployments()
    return len(deployment["jobs"])


def advance(runner, seconds=120):
    runner.server.control("POST", "/advance", {"seconds": seconds})


def put_revisions(runner, *definitions, **fields):
    """A deployment that was never run, with these revisions, the last one active; returns its id."""
    revisions = [{"revision": number, "job_definition": one} for number, one in enumerate(definitions, 1)]
    return runner.seed(
        **(CREATE | {"status": "STOPPED", "revisions": revisions, "active_revision": len(revisions)} | fields)
    )


@pytest.mark.parametrize("definition", [GOOD, BAD])
def test_check_mode_returns_what_a_run_came_to(runner, definition):
    complete(runner, definition)
    real, check = complete(runner, definition), complete(runner, definition, check=True)
    assert check.jobs == real.jobs and check.failure == real.failure
    assert len({job["result"]["verdict"] for job in check.jobs}) == 1 and listed(runner) == 2


@pytest.mark.parametrize("first", [GOOD, BAD])
def test_a_run_is_not_judged_by_the_jobs_of_the_one_before(runner, first):
    before = complete(runner, first).jobs
    assert complete(runner, first, wait=False, rerun="always").actions == ["start"]
    done = complete(runner, first, rerun="always", wait_timeout=300)
    assert done.actions == [] and listed(runner) == 4
    assert not {job["job"] for job in done.jobs} & {job["job"] for job in before}
    assert ("failed" if first is BAD else "succeeded") in {job["result"]["verdict"] for job in done.jobs}


@pytest.mark.parametrize("runner", ["current"], indirect=True)
def test_a_run_that_waits_for_hosts_is_not_judged_by_the_one_before(runner):
    complete(runner)
    runner.server.control("PUT", "/markets/" + MARKET, {"hosts": 0})
    for _task in range(2):
        done = complete(runner, rerun="always", wait_timeout=60)
        assert done.reason == "timed_out" and "no free host" in done.failure
    assert listed(runner) == 2
    runner.server.control("PUT", "/markets/" + MARKET, {"hosts": 2})
    assert complete(runner, rerun="always").failure is None and listed(runner) == 4


@pytest.mark.parametrize("runner", ["current"], indirect=True)
def test_a_run_that_the_server_has_begun_in_part_is_not_begun_anew(runner):
    complete(runner, batch("sleep 6000"), wait=False)
    advance(runner, 20)
    runner.server.control("PUT", "/markets/" + MARKET, {"hosts": 1})
    runner.server.forget_requests()
    done = complete(runner, batch("sleep 100"), wait_timeout=900)
    assert done.failure is None, done
    accepted = [one["operation"] for one in runner.mutations() if one["accepted"]]
    assert accepted == ["create_revision"]
    [deployment] = runner.deployments()
    assert [job["state"] for job in deployment["jobs"] if job["revision"] == 2] == ["COMPLETED"] * 2


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_it_runs_once(runner, strategy):
    planned = complete(runner, check=True, strategy=strategy)
    done = complete(runner, strategy=strategy)
    assert (planned.actions, done.actions, done.failure) == (["create", "start"], ["create", "start"], None)
    assert planned.after == done.after and listed(runner) == 2
    assert [job["result"]["verdict"] for job in done.jobs] == ["succeeded"] * 2
    assert [job["result"]["operations"][0]["exit_code"] for job in done.jobs] == [0, 0]
    assert done.jobs[0]["logs"] == [{"operation": "work", "lines": ["good"]}]
    for check in (True, False):
        again = complete(runner, check=check, strategy=strategy)
        assert (again.changed, again.actions, again.failure, again.before == again.after) == (False, [], None, True)
    assert [job["result"]["verdict"] for job in again.jobs] == ["succeeded"] * 2
    advance(runner)
    assert listed(runner) == 2


def test_one_that_is_there_runs_once(runner):
    put_revisions(runner, GOOD)
    planned, done, again = complete(runner, check=True), complete(runner), complete(runner)
    assert (planned.actions, done.actions, again.actions) == (["start"], ["start"], [])
    assert listed(runner) == 2


def test_a_new_definition_runs_once(runner):
    complete(runner)
    planned = complete(runner, OTHER, check=True)
    done = complete(runner, OTHER)
    assert planned.actions == done.actions == ["create_revision", "start"]
    assert (done.failure, listed(runner)) == (None, 4)
    assert done.jobs[0]["logs"][0]["lines"] == ["other"]
    assert complete(runner, OTHER).actions == []
    advance(runner)
    assert listed(runner) == 4


def test_a_new_definition_while_the_former_one_runs(runner):
    complete(runner, batch("sleep 600"), wait=False)
    planned, done = complete(runner, check=True), complete(runner)
    assert planned.actions == done.actions == ["create_revision", "start"]
    assert (done.failure, done.jobs[0]["logs"][0]["lines"]) == (None, ["good"])
    assert complete(runner).changed is False
    assert listed(runner) <= 4


def test_a_failing_definition_fails_with_its_log_and_is_not_run_again(runner):
    done = complete(runner, BAD)
    assert done.actions == ["create", "start"]
    assert "the run failed: 2 of 2 jobs failed; job " in done.failure
    assert "operation work: it ended with exit code 3" in done.failure
    assert "trying | it broke" in done.failure and "rerun: on_failure runs it again" in done.failure
    assert [job["result"]["verdict"] for job in done.jobs] == ["failed"] * 2
    for check in (True, False):
        again = complete(runner, BAD, check=check)
        assert "its last run failed, and is not run again: 2 of 2 jobs failed; job " in again.failure
        assert "exit code 3" in again.failure
        assert (again.changed, again.actions) == (False, [])
    assert "it broke" in again.jobs[0]["logs"][0]["lines"]
    assert listed(runner) == 2


def test_a_failed_run_is_run_again_when_asked_for(runner):
    complete(runner, BAD)
    planned, done = complete(runner, BAD, check=True, rerun="on_failure"), complete(runner, BAD, rerun="on_failure")
    assert planned.actions == done.actions == ["start"]
    assert "the run failed" in done.failure and listed(runner) == 4
    assert complete(runner, GOOD, rerun="on_failure").actions == ["create_revision", "start"]
    assert complete(runner, GOOD, rerun="on_failure").actions == []
    assert listed(runner) == 6


def test_always_means_each_time(runner):
    for runs in (1, 2, 3):
        done = complete(runner, rerun="always")
        assert (done.actions[-1], done.failure, listed(runner)) == ("start", None, 2 * runs)


def test_a_failed_run_does_not_keep_other_changes_from_being_made(runner):
    complete(runner, BAD)
    planned, done = complete(runner, BAD, check=True, timeout=90), complete(runner, BAD, timeout=90)
    for one in (planned, done):
        assert one.actions == ["update_timeout"] and one.changed and "its last run failed" in one.failure
    assert runner.deployments()[0]["timeout"] == 90


def test_two_replicas_of_which_one_fails(runner):
    complete(runner, batch("sleep 600"), wait=False)
    advance(runner, 20)
    first, second = runner.deployments()[0]["jobs"]
    runner.server.control("PATCH", "/jobs/%s" % first["job"], {"state": "COMPLETED", "exit_code": 1})
    runner.server.control("PATCH", "/jobs/%s" % second["job"], {"state": "COMPLETED", "exit_code": 0})
    done = complete(runner, batch("sleep 600"))
    assert "its last run failed" in done.failure and "job %s failed" % first["job"] in done.failure
    assert sorted(job["result"]["verdict"] for job in done.jobs) == ["failed", "succeeded"]
    assert (done.actions, listed(runner)) == ([], 2)


def test_a_run_under_way_is_waited_for_and_not_doubled(runner):
    begun = complete(runner, batch("sleep 30"), wait=False)
    assert begun.actions == ["create", "start"]
    for rerun in ("never", "on_failure", "always"):
        assert complete(runner, batch("sleep 30"), check=True, rerun=rerun).actions == []
    done = complete(runner, batch("sleep 30"))
    assert (done.actions, done.failure, listed(runner)) == ([], None, 2)


def test_a_job_that_was_stopped_fails_the_run(runner):
    complete(runner, batch("sleep 600"), wait=False)
    advance(runner, 20)
    runner.run(name="it", state="stopped")
    done = complete(runner, batch("sleep 600"))
    assert "its last run failed" in done.failure and "the job was stopped" in done.failure
    assert (done.actions, listed(runner)) == ([], 2)


def test_while_it_is_being_stopped(runner):
    complete(runner, batch("sleep 600"), wait=False)
    advance(runner, 20)
    runner.server.control("PUT", "/jobs", {"stop_takes": 20})
    runner.run(name="it", state="stopped", wait=False)
    failed = complete(runner, batch("sleep 600"))
    assert "its last run failed, and is not run again: it is STOPPING" in failed.failure
    assert complete(runner, batch("echo now"), rerun="on_failure").failure is None
    assert listed(runner) == 4


@pytest.mark.parametrize("runner", RELEASES[1:], indirect=True)
def test_going_back_to_a_revision_that_has_run_is_no_run(runner):
    complete(runner)
    complete(runner, OTHER)
    complete(runner, OTHER)
    back = dict(CREATE, state="completed", active_revision=1)
    runner.server.control("PUT", "/jobs", {"claim_after": None})
    planned, done, again = runner.run(True, **back), runner.run(**back), runner.run(**back)
    assert planned.actions == done.actions == ["switch_revision"]
    assert (done.failure, again.failure, again.actions) == (None, None, [])
    assert [job["result"]["verdict"] for job in again.jobs if job["state"] == "COMPLETED"] in (["succeeded"] * 2, [])


def test_more_replicas_are_another_run(runner):
    complete(runner)
    done = complete(runner, replicas=3)
    assert (done.actions, done.failure, listed(runner)) == (["update_replicas", "start"], None, 5)
    assert complete(runner, replicas=3).actions == []
    assert complete(runner, replicas=1).actions == ["update_replicas"]
    assert listed(runner) == 5


@pytest.mark.parametrize("strategy", ["SCHEDULED", "INFINITE"])
def test_what_never_ends_is_refused(runner, strategy):
    more = {"schedule": "0 0 * * *"} if strategy == "SCHEDULED" else {"timeout": 120}
    key = runner.seed(**(CREATE | {"strategy": strategy, "status": "STOPPED", "job_definition": GOOD} | more))
    for task in (dict(CREATE | more, strategy=strategy, job_definition=GOOD), {"id": key}):
        runner.server.forget_requests()
        done = runner.run(state="completed", **task)
        assert (
            "state: completed is only for the strategies SIMPLE and SIMPLE-EXTEND, not for %s" % strategy
            in done.failure
        )
        assert runner.mutations() == []


def test_without_replicas_there_is_no_run(runner):
    assert "replicas: state: completed needs 1 or more" in complete(runner, replicas=0).failure
    key = put_revisions(runner, GOOD, replicas=0)
    assert (
        "state: completed needs replicas of 1 or more; it (%s) has 0" % key
        in runner.run(id=key, state="completed").failure
    )


def test_without_credits_the_wait_fails_at_once(runner):
    runner.server.control("PUT", "/credits", {"assigned": 0})
    done = complete(runner)
    assert "it can't run now: INSUFFICIENT_FUNDS" in done.failure
    assert complete(runner, check=True).actions == []
    runner.server.control("PUT", "/credits", {"assigned": 100})
    runner.server.control("POST", "/advance", {"seconds": 1200})
    assert complete(runner).failure is None
    assert listed(runner) == 2


def test_a_draft_a_run_and_the_deadline(runner):
    runner.run(state="present", job_definition=batch("sleep 600"), **CREATE)
    done = runner.run(name="it", state="completed", wait_timeout=20)
    assert done.actions == ["start"]
    assert "not completed within 20 s (wait_timeout): RUNNING, 2 of 2 jobs running" in done.failure
    assert listed(runner) == 2


def test_replacing_is_a_run_of_the_new_one(runner):
    complete(runner)
    done = complete(runner, strategy="SIMPLE-EXTEND", on_immutable_change="replace")
    assert done.actions == ["create", "archive", "start"] and done.failure is None
    assert complete(runner, strategy="SIMPLE-EXTEND").actions == []
    assert [len(one["jobs"]) for one in runner.deployments()] == [2, 2]

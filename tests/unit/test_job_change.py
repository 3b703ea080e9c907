# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stopping one job and giving it more time: plans, and what becomes of lost answers."""

from __future__ import annotations

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    InvalidOptions,
    NosanaError,
    Refused,
    TimedOut,
    UnknownOutcome,
)
from ansible_collections.nosana.cloud.plugins.module_utils._jobs.change import Wish, change, plan, remaining

from .fake_client import NOW, FakeClient, refused

JOB = "DdpX2tZsEUt6mYVdB8PzjY2aKBjTgTz5sTtPsiG7Ymq4"
DEPLOYMENT = "8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ"
QUEUED, RUNNING, COMPLETED, STOPPED = range(4)
DONE = {"tx": "signature", "job": JOB}
NOTHING_DONE = {"tx": None, "job": JOB}


def job(state=RUNNING, started=600, timeout=3600, **more):
    """A job that was started so many seconds ago."""
    return {"state": state, "timeStart": NOW - started, "timeEnd": 0, "timeout": timeout, **more}


def lost():
    return UnknownOutcome("POST /jobs: lost", "POST", "/jobs")


def conflict(code):
    return refused(409, b'{"error": "conflict", "code": "IDEMPOTENCY_KEY_%s"}' % code)


def keys(client, operation):
    return [headers["Idempotency-Key"] for _name, _ids, _body, headers in client.calls(operation)]


# --- plans ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wish", "answer", "action", "seconds"),
    [
        ({"state": "stopped"}, job(), "stop", 0),
        ({"state": "stopped"}, job(QUEUED), "stop", 0),
        ({"state": "stopped"}, job("RUNNING"), "stop", 0),
        ({"state": "stopped"}, job(COMPLETED), None, 0),
        ({"state": "stopped"}, job(STOPPED), None, 0),
        ({}, job(), None, 0),
        ({}, job(QUEUED), None, 0),
        ({}, job(timeout=None), None, 0),
        ({"min_remaining": 3000}, job(), None, 0),
        ({"min_remaining": 2000}, job(), None, 0),
        ({"min_remaining": 3059}, job(), None, 0),
        ({"min_remaining": 3060}, job(), "extend", 60),
        ({"min_remaining": 7200}, job(), "extend", 4200),
        ({"min_remaining": 7200}, job(started=600.25), "extend", 4201),
        ({"min_remaining": 3600}, job(started=4000), "extend", 4000),
        ({"min_remaining": 7200}, job(QUEUED, started=NOW), "extend", 3600),
        ({"min_remaining": 3600}, job(QUEUED, started=NOW), None, 0),
        ({"min_remaining": 7200}, job(timeStart=None), "extend", 3600),
        ({"min_remaining": 30}, job(started=3590), "extend", 20),
        ({"min_remaining": 30}, job(started=3572), None, 0),
    ],
)
def test_plan(wish, answer, action, seconds):
    planned = plan(Wish(JOB, **wish), answer, NOW)
    assert (planned.action, planned.seconds) == (action, seconds)
    assert (planned.before == planned.after) == (action is None)
    if action == "extend":
        assert planned.after == dict(planned.before, timeout=3600 + seconds)
    if action == "stop":
        assert planned.after == dict(planned.before, state="STOPPED")


@pytest.mark.parametrize("state", [COMPLETED, STOPPED, "COMPLETED"])
def test_a_job_that_has_ended_does_not_run_again(state):
    answer = job(state, jobDefinition={"deployment_id": DEPLOYMENT})
    with pytest.raises(InvalidOptions, match="has ended .*{id: %s, state: started} lists a new one" % DEPLOYMENT):
        plan(Wish(JOB), answer, NOW)
    with pytest.raises(InvalidOptions, match="has ended .* no job runs twice.$"):
        plan(Wish(JOB, min_remaining=60), job(state), NOW)


@pytest.mark.parametrize("wish", [{}, {"state": "stopped"}])
def test_a_state_that_nobody_knows_is_no_basis_for_anything(wish):
    with pytest.raises(NosanaError, match="the API calls its state SUSPENDED, which is none that is known"):
        plan(Wish(JOB, **wish), job("SUSPENDED"), NOW)


@pytest.mark.parametrize("timeout", [None, "3600", True, float("nan")])
def test_without_a_timeout_no_time_can_be_promised(timeout):
    with pytest.raises(NosanaError, match="does not tell its timeout"):
        plan(Wish(JOB, min_remaining=60), job(timeout=timeout), NOW)


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [(job(), 3000), (job(started=4000), -400), (job(QUEUED), 3600), (job(COMPLETED), None), (job(timeout=None), None)],
)
def test_remaining(answer, seconds):
    assert remaining(answer, NOW) == seconds


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        (Wish("x"), "job: 'x' is no job's address"),
        (Wish(JOB, min_remaining=0), "min_remaining_seconds: must be 1 or more, not 0"),
        (Wish(JOB, "stopped", 60), "min_remaining_seconds: a job that is to be stopped needs no time"),
    ],
)
def test_bad_input_is_refused_before_any_request(wish, text):
    client = FakeClient()
    with pytest.raises(InvalidOptions, match=text):
        change(client, wish)
    assert not client.seen


def test_an_unknown_job_fails():
    client = FakeClient(get_job_by_address=refused(404, b'{"error": "Job not found"}'))
    with pytest.raises(InvalidOptions, match="job: none has the address " + JOB):
        change(client, Wish(JOB, "stopped"))


# --- changes -------------------------------------------------------------------------------------------------------


def test_a_stop_is_seen_through():
    client = FakeClient(get_job_by_address=(job(), job(), job(), job(STOPPED)), stop_job=DONE)
    outcome = change(client, Wish(JOB, "stopped"))
    assert (outcome.actions, outcome.job["state"], outcome.job["remaining_seconds"]) == (["stop"], "STOPPED", None)
    assert len(client.calls("get_job_by_address")) == 4
    assert client.clock.slept == [2.0, 2.4]


def test_a_job_that_vanishes_when_it_is_stopped_is_stopped():
    gone = refused(404, b'{"error": "Job not found"}')
    client = FakeClient(get_job_by_address=(job(QUEUED), gone), stop_job=DONE)
    outcome = change(client, Wish(JOB, "stopped"))
    assert (outcome.actions, outcome.job["state"]) == (["stop"], "STOPPED")


def test_a_job_that_ended_by_itself_meanwhile_was_not_stopped_by_the_task():
    client = FakeClient(get_job_by_address=(job(), job(COMPLETED)), stop_job=NOTHING_DONE)
    outcome = change(client, Wish(JOB, "stopped"))
    assert (outcome.actions, outcome.job["state"]) == ([], "COMPLETED")


def test_a_job_that_does_not_end_in_time_fails_with_what_was_done():
    client = FakeClient(get_job_by_address=job(), stop_job=DONE, wait_timeout=30)
    with pytest.raises(TimedOut, match=r"for it to end after 30 s \(wait_timeout\); its state is RUNNING") as failed:
        change(client, Wish(JOB, "stopped"))
    assert failed.value.result["changed"] and failed.value.result["actions"] == ["stop"]
    assert failed.value.result["job"]["state"] == "RUNNING"


def test_an_extension_is_seen_through():
    shows = job(timeout=7800)
    client = FakeClient(get_job_by_address=(job(), job(), job(), shows), extend_job=DONE)
    outcome = change(client, Wish(JOB, min_remaining=7200))
    assert (outcome.actions, outcome.job["timeout"], outcome.job["remaining_seconds"]) == (["extend"], 7800, 7200)
    assert [call[2] for call in client.calls("extend_job")] == [{"seconds": 4200}]


def test_a_job_that_ends_before_it_is_extended_fails():
    client = FakeClient(get_job_by_address=(job(), job(COMPLETED)), extend_job=NOTHING_DONE)
    with pytest.raises(NosanaError, match="has ended .* It ended before it was given more time") as failure:
        change(client, Wish(JOB, min_remaining=7200))
    assert failure.value.result["actions"] == []


@pytest.mark.parametrize(
    ("operation", "wish", "after"),
    [("stop_job", {"state": "stopped"}, job(STOPPED)), ("extend_job", {"min_remaining": 7200}, job(timeout=7800))],
)
class TestLostAnswers:
    def test_what_was_done_all_the_same_is_not_done_again(self, operation, wish, after):
        client = FakeClient(get_job_by_address=(job(), after), **{operation: lost()})
        assert change(client, Wish(JOB, **wish)).actions == [operation.split("_")[0]]
        assert len(client.calls(operation)) == 1

    def test_what_was_not_done_is_sent_again_with_the_same_key(self, operation, wish, after):
        client = FakeClient(get_job_by_address=(job(), job(), after), **{operation: (lost(), DONE)})
        assert change(client, Wish(JOB, **wish)).actions == [operation.split("_")[0]]
        assert len(set(keys(client, operation))) == 1
        assert len(keys(client, operation)) == 2

    def test_a_key_that_has_expired_is_replaced(self, operation, wish, after):
        answers = {operation: (conflict(b"EXPIRED"), DONE)}
        client = FakeClient(get_job_by_address=(job(), job(), after), **answers)
        assert change(client, Wish(JOB, **wish)).actions == [operation.split("_")[0]]
        assert len(set(keys(client, operation))) == 2

    def test_a_key_for_something_else_is_final(self, operation, wish, after):
        client = FakeClient(get_job_by_address=job(), **{operation: conflict(b"PAYLOAD_MISMATCH")})
        with pytest.raises(Refused, match="409") as failure:
            change(client, Wish(JOB, **wish))
        assert len(client.calls(operation)) == 1
        assert failure.value.result["changed"] is False

    def test_the_task_gives_up_after_a_few_tries(self, operation, wish, after):
        client = FakeClient(get_job_by_address=job(), **{operation: lost()})
        with pytest.raises(UnknownOutcome, match="Run the task again") as failure:
            change(client, Wish(JOB, **wish))
        assert len(client.calls(operation)) == 3
        assert failure.value.result["job"]["state"] == "RUNNING"

    def test_a_refusal_is_told_and_nothing_was_done(self, operation, wish, after):
        problem = refused(400, b'{"error": "Insufficient credits."}')
        client = FakeClient(get_job_by_address=job(), **{operation: problem})
        with pytest.raises(Refused, match="Insufficient credits") as failure:
            change(client, Wish(JOB, **wish))
        assert failure.value.result["actions"] == []

    def test_check_mode_sends_no_change(self, operation, wish, after):
        client = FakeClient(get_job_by_address=job(), **{operation: DONE})
        foreseen = change(client, Wish(JOB, **wish), check=True)
        assert not client.calls(operation)
        client = FakeClient(get_job_by_address=(job(), after), **{operation: DONE})
        done = change(client, Wish(JOB, **wish))
        assert (foreseen.actions, foreseen.before, foreseen.after) == (done.actions, done.before, done.after)
        assert dict(foreseen.job, time_end=0) == done.job


# --- warnings ------------------------------------------------------------------------------------------------------


def owned(strategy, status="RUNNING"):
    return {"id": DEPLOYMENT, "name": "web", "strategy": strategy, "status": status}


def warnings(deployment, wish, state=RUNNING, definition=None):
    definition = {"deployment_id": DEPLOYMENT} if definition is None else definition
    answer = job(state, jobDefinition=definition)
    client = FakeClient(get_job_by_address=answer, get_deployment=deployment)
    return change(client, Wish(JOB, **wish), check=True).warnings


@pytest.mark.parametrize("strategy", ["INFINITE", "SIMPLE-EXTEND"])
@pytest.mark.parametrize("status", ["STARTING", "RUNNING", "INSUFFICIENT_FUNDS"])
def test_a_deployment_that_keeps_its_jobs_running_is_named(strategy, status):
    [warning] = warnings(owned(strategy, status), {"state": "stopped"})
    assert "deployment web (%s) (%s, %s), which keeps its jobs running" % (DEPLOYMENT, strategy, status) in warning
    assert "nosana_deployment with {id: %s, state: stopped} ends it" % DEPLOYMENT in warning
    [warning] = warnings(owned(strategy, status), {"min_remaining": 7200})
    assert "its own timeout decides in the end (nosana_deployment, timeout)" in warning


@pytest.mark.parametrize(
    ("deployment", "wish", "state", "definition"),
    [
        (owned("SIMPLE"), {"state": "stopped"}, RUNNING, None),
        (owned("SCHEDULED"), {"state": "stopped"}, RUNNING, None),
        (owned("INFINITE", "STOPPED"), {"state": "stopped"}, RUNNING, None),
        (owned("INFINITE"), {"state": "stopped"}, COMPLETED, None),
        (owned("INFINITE"), {}, RUNNING, None),
        (owned("INFINITE"), {"state": "stopped"}, RUNNING, "confidential"),
        (refused(404, b'{"error": "Deployment not found."}'), {"state": "stopped"}, RUNNING, None),
        ("no deployment", {"state": "stopped"}, RUNNING, None),
    ],
)
def test_nobody_is_warned_without_need(deployment, wish, state, definition):
    assert warnings(deployment, wish, state, definition) == []

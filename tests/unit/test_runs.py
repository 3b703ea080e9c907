# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which jobs are a run, what became of it, and what state: completed plans on it."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import Desired
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.plan import plan
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import result as job_result
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import runs

from . import fake_api
from .test_plan import ID, LIST, STATUSES, definition, desired, snapshot

VERDICTS = {"s": job_result.SUCCEEDED, "f": job_result.FAILED, "?": job_result.UNKNOWN}
STATES = {
    "s": "COMPLETED",
    "f": "COMPLETED",
    "?": "COMPLETED",
    "Q": "QUEUED",
    "R": "RUNNING",
    "x": "STOPPED",
    "X": "STOPPED",
}


def run_of(letters, replicas):
    """A run of jobs, newest first: s succeeded, f failed, ? no result, Queued, Running, x never taken, X stopped."""
    jobs, results = [], {}
    for number, letter in enumerate(letters):
        job = {
            "job": "job%d" % number,
            "state": STATES[letter],
            "node": "1" * 32 if letter == "x" else "host",
            "time_start": 0,
        }
        jobs.append(job)
        if letter not in "QR":
            verdict = VERDICTS.get(letter, job_result.FAILED)
            results[job["job"]] = job_result.JobResult(
                job["state"], verdict, "it broke" if verdict == job_result.FAILED else None
            )
    return runs.Run(tuple(jobs), replicas, results)


@pytest.mark.parametrize(
    ("letters", "replicas", "state"),
    [
        ("", 1, runs.NONE),
        ("s", 1, runs.SUCCEEDED),
        ("s", 2, runs.NONE),
        ("ss", 1, runs.SUCCEEDED),
        ("fs", 1, runs.FAILED),
        ("sf", 1, runs.SUCCEEDED),
        ("sf", 2, runs.FAILED),
        ("f", 2, runs.FAILED),
        ("Rf", 2, runs.UNDER_WAY),
        ("Qs", 2, runs.UNDER_WAY),
        ("R", 3, runs.UNDER_WAY),
        ("?s", 2, runs.UNDER_WAY),
        ("X", 1, runs.FAILED),
        ("Xs", 1, runs.FAILED),
        ("x", 1, runs.FAILED),
        ("xs", 1, runs.SUCCEEDED),
        ("xxss", 2, runs.SUCCEEDED),
        ("xxs", 2, runs.FAILED),
        ("xxfs", 2, runs.FAILED),
    ],
)
def test_what_became_of_a_run(letters, replicas, state):
    assert run_of(letters, replicas).state == state


def test_only_results_that_tell_are_read():
    client = Recorder()
    found = runs.with_results(client, {"id": ID}, dataclasses.replace(run_of("Rs", 2), results={}), {})
    assert client.asked == ["job1"] and found.state == runs.UNDER_WAY
    assert runs.with_results(client, {"id": ID}, found, {}).results == found.results and client.asked == ["job1"]
    client = Recorder()
    runs.with_results(client, {"id": ID}, dataclasses.replace(run_of("sfs", 1), results={}), {})
    assert client.asked == ["job0"]
    client = Recorder()
    runs.with_results(client, {"id": ID}, dataclasses.replace(run_of("xs", 1), results={}), {})
    assert client.asked == ["job0", "job1"]


class Recorder:
    """Answers that each job has succeeded; ``asked`` are the jobs."""

    clock = fake_api.FastClock()

    def __init__(self):
        self.asked = []

    def call(self, name, **ids):
        assert name == "get_job" and ids["id"] == ID
        self.asked.append(ids["job"])
        return {"state": 2, "jobResult": {"opStates": [{"operationId": "work", "exitCode": 0, "status": "success"}]}}


class SilentHost:
    """Answers that a job has ended (at ``time_end``, None: it does not say when) and its host has posted no result."""

    def __init__(self, time_end):
        self.clock = fake_api.FastClock()
        self.time_end = time_end

    def call(self, name, **_ids):
        assert name == "get_job"
        return {"state": 2, "jobResult": None, "timeEnd": self.time_end}

    def server_time(self):
        return 1000.0 + self.clock.now()


@pytest.mark.parametrize(("time_end", "late_after"), [(1000, 60), (990, 50), (None, 60), (0, 60)])
def test_a_result_that_never_comes_counts_as_a_failure_a_minute_after_the_end(time_end, late_after):
    client, first_seen = SilentHost(time_end), {}
    run = dataclasses.replace(run_of("s", 1), results={})
    assert runs.with_results(client, {"id": ID}, run, first_seen).state == runs.UNDER_WAY
    client.clock.sleep(late_after - 1)
    assert runs.with_results(client, {"id": ID}, run, first_seen).state == runs.UNDER_WAY
    client.clock.sleep(1)
    late = runs.with_results(client, {"id": ID}, run, first_seen)
    assert late.state == runs.FAILED and "its host has not posted the result" in late.failure_reason()


def test_reports_have_the_end_of_the_log():
    lines = tuple("line %d" % number for number in range(50))
    operation = job_result.Operation("work", "failed", 1, failure="it ended with exit code 1", lines=lines)
    result = job_result.JobResult(
        "COMPLETED", job_result.FAILED, "operation work: it ended with exit code 1", operations=(operation,)
    )
    run = runs.Run(({"job": "job0", "state": "COMPLETED"}, {"job": "job1", "state": "RUNNING"}), 2, {"job0": result})
    first, second = run.reports()
    assert (
        first["logs"] == [{"operation": "work", "lines": list(lines[-20:])}] and first["result"]["verdict"] == "failed"
    )
    assert (second["logs"], second["result"]) == (None, None)
    assert run.failure_reason() == (
        "job job0 failed: operation work: it ended with exit code 1. Its log ends: line 47 | line 48 | line 49"
    )
    assert run.failure_reason_counted() == "1 of 2 jobs failed; " + run.failure_reason()
    told = dataclasses.replace(operation, lines=("image-pull: no such image", "no such image", "image"))
    pulled = dataclasses.replace(result, reason="image-pull: no such image", operations=(told,))
    text = "job job0 failed: image-pull: no such image. Its log ends: image"
    assert runs.failure_reason({"job": "job0"}, pulled) == text
    alone = runs.Run(run.jobs[:1], 1, run.results)
    assert alone.failure_reason_counted() == alone.failure_reason() == run.failure_reason()
    assert runs.Run(run.jobs, 2).failure_reason_counted() == "no job of it is known to have failed"


# --- planning ---

# run (None: a new revision), status, rerun: never, on_failure, always; "fails" is a failure without an action
PLANS = [
    ("", "DRAFT", ["start"], ["start"], ["start"]),
    ("", "STOPPED", ["start"], ["start"], ["start"]),
    ("s", "STOPPED", [], [], ["start"]),
    ("f", "STOPPED", "fails", ["start"], ["start"]),
    ("?", "STOPPED", [], [], ["start"]),
    ("R", "STOPPED", [], [], []),
    ("R", "RUNNING", [], [], []),
    ("s", "RUNNING", [], [], ["stop", "start"]),
    ("f", "RUNNING", "fails", ["stop", "start"], ["stop", "start"]),
    ("f", "STARTING", [], [], []),
    ("f", "INSUFFICIENT_FUNDS", [], [], []),
    ("R", "STOPPING", "fails", ["start"], ["start"]),
    ("s", "STOPPING", [], [], ["start"]),
    ("", "ERROR", ["start"], ["start"], ["start"]),
    ("R", "ERROR", "fails", ["stop", "start"], ["stop", "start"]),
]


@pytest.mark.parametrize("rerun", [0, 1, 2], ids=["never", "on_failure", "always"])
@pytest.mark.parametrize(("letters", "status", "never", "on_failure", "always"), PLANS)
def test_what_is_planned_on_a_run(letters, status, rerun, never, on_failure, always):
    run = run_of(letters, 1)
    live = [job for job in run.jobs if job["state"] in ("QUEUED", "RUNNING")]
    before = dataclasses.replace(snapshot(status, live=live), run=run)
    planned = plan(Desired("completed", ID, rerun=("never", "on_failure", "always")[rerun]), before)
    expected = (never, on_failure, always)[rerun]
    if expected == "fails":
        assert planned.actions == [] and "its last run failed, and is not run again" in planned.failure
        assert planned.failure.endswith("rerun: on_failure runs it again.")
    else:
        assert (planned.actions, planned.failure) == (expected, None)
    assert (planned.before == planned.after) == (not planned.actions)


@pytest.mark.parametrize("status", STATUSES[:-1])
def test_a_new_definition_is_run_from_every_status(status):
    planned = plan(desired("completed", definition("new")), dataclasses.replace(snapshot(status), run=None))
    assert planned.actions == (["stop"] if status == "INSUFFICIENT_FUNDS" else []) + ["create_revision", "start"]
    assert all(step.starts_run for step in planned.steps if step.kind in ("create_revision", "start"))
    assert planned.deployment["status"] == "STOPPED"


@pytest.mark.parametrize("status", ("STARTING", "RUNNING"))
def test_a_run_under_way_is_predicted_to_its_end(status):
    before = dataclasses.replace(snapshot(status, active_jobs=1), run=run_of("R", 1))
    planned = plan(Desired("completed", ID), before)
    assert (planned.actions, planned.before == planned.after) == ([], True)
    assert planned.deployment == before.deployment | {"status": "STOPPED", "active_jobs": 0, "updated_at": None}


@pytest.mark.parametrize("status", ("RUNNING", "INSUFFICIENT_FUNDS"))
def test_a_run_that_is_started_again_for_a_change_is_predicted_to_its_end(status):
    before = dataclasses.replace(snapshot(status, lists=[LIST]), run=run_of("R", 2), listing=True)
    planned = plan(desired("completed", replicas=2), before)
    assert planned.actions == ["stop", "update_replicas", "start"]
    assert (planned.before["status"], planned.after["status"]) == (status, "STOPPED (after a run)")
    assert planned.deployment["status"] == "STOPPED"


def test_what_waits_to_be_listed_is_under_way():
    before = dataclasses.replace(snapshot("RUNNING"), run=run_of("f", 1), listing=True)
    assert plan(Desired("completed", ID, rerun="always"), before).actions == []


def test_strays_of_another_revision_end_before_a_run_begins():
    before = dataclasses.replace(
        snapshot("STOPPED", live=[{"job": "stray", "state": "RUNNING", "revision": 1}]), run=run_of("", 1)
    )
    assert plan(Desired("completed", ID), before).actions == ["stop_jobs", "start"]


def test_an_archived_one_never_runs_again():
    with pytest.raises(InvalidOptions, match="ARCHIVED"):
        plan(Desired("completed", ID), snapshot("ARCHIVED"))

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Traces of what ran before a run was ended in the middle, and what the planner makes of them."""

from __future__ import annotations

import dataclasses

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._deployment import traces
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.plan import plan

from .test_plan import ID, deployment, desired, replacing, snapshot

OLDER, MADE, LATER, MUCH_LATER = ("2026-08-01T00:0%d:00.000Z" % minute for minute in range(4))
MOMENT = 1785542460.0  # MADE in Unix seconds


def job(created, updated, state="STOPPED", revision=1, market="m"):
    times = {"created_at": created, "updated_at": updated}
    return {"job": "j", "state": state, "revision": revision, "market": market, **times}


def one(updated_at=LATER, revision=2, market="m", **more):
    fields = {"active_revision": revision, "market": market, "updated_at": updated_at}
    return {"id": "1", "status": "STOPPED", **fields, **more}


REVISIONS = ({"revision": 1, "created_at": OLDER}, {"revision": 2, "created_at": MADE})


@pytest.mark.parametrize(
    ("found", "alive"),
    [
        (job(OLDER, LATER), True),
        (job(OLDER, OLDER, "RUNNING"), True),
        (job(OLDER, OLDER), False),
        (job(LATER, LATER), False),
        (job(LATER, LATER, "RUNNING"), False),
        ({"state": "STOPPED"}, False),
    ],
)
def test_jobs_that_lived_at_a_moment_were_listed_before_and_written_after_it(found, alive):
    assert bool(traces.alive_at([found], MOMENT)) == alive


@pytest.mark.parametrize(
    ("details", "after"),
    [({"timeEnd": MOMENT + 1}, True), ({"timeEnd": MOMENT}, False), ({"timeEnd": 0}, False), ({}, False)],
)
def test_the_end_of_a_job_is_what_its_own_answer_says(details, after):
    assert traces.ended_after(details, MOMENT + 0.5) == after


@pytest.mark.parametrize(
    ("jobs", "ran"),
    [
        ([job(OLDER, LATER)], True),
        ([job(OLDER, OLDER)], False),
        ([job(OLDER, LATER, revision=2)], False),
        ([], False),
    ],
)
def test_a_revision_that_was_made_while_jobs_of_another_ran(jobs, ran):
    assert traces.was_revised_while_it_ran(one(), REVISIONS, jobs) == ran


def test_a_revision_without_a_time_tells_nothing():
    assert not traces.was_revised_while_it_ran(one(), ({"revision": 2},), [job(OLDER, LATER)])
    assert not traces.was_revised_while_it_ran(one(revision=3), REVISIONS, [job(OLDER, LATER)])


@pytest.mark.parametrize(
    ("found", "jobs", "swapped"),
    [
        (one(LATER), [job(OLDER, LATER)], True),
        (one(LATER, revision=1, market="other"), [job(OLDER, LATER)], True),
        (one(MUCH_LATER), [job(OLDER, LATER)], False),
        (one(LATER, revision=1), [job(OLDER, LATER)], False),
        (one(None), [job(OLDER, LATER)], False),
        (one(), [], False),
    ],
)
def test_a_swap_in_which_it_stopped_ends_with_the_last_former_job(found, jobs, swapped):
    assert traces.stopped_in_a_swap(found, jobs) == swapped


@pytest.mark.parametrize(
    ("updated_at", "revision", "together"),
    [("2026-08-01T00:01:09Z", 2, True), (MUCH_LATER, 2, False), (OLDER, 2, False), (MADE, 1, False), (None, 2, False)],
)
def test_started_together_with_a_revision(updated_at, revision, together):
    assert traces.started_with_its_revision(one(updated_at, revision), REVISIONS) == together
    assert not traces.started_with_its_revision(one(updated_at, 1), REVISIONS[:1])


def test_nothing_has_run_since_the_last_change():
    assert traces.waits_for_its_first_job(one(), [job(OLDER, LATER)])
    assert traces.waits_for_its_first_job(one(market="other"), [job(OLDER, LATER, revision=2)])
    assert not traces.waits_for_its_first_job(one(), [job(LATER, LATER, revision=2), job(OLDER, LATER)])
    assert not traces.waits_for_its_first_job(one(), [])


@pytest.mark.parametrize(
    ("types", "failed"),
    [
        (["JOB_LIST_ERROR", "JOB_LIST_CONFIRMED"], True),
        (["JOB_STOPPED_CONFIRMED", "JOB_LIST_ERROR"], True),
        (["JOB_LIST_CONFIRMED", "JOB_LIST_ERROR"], False),
        (["JOB_STOPPED_CONFIRMED"], False),
        ([], False),
    ],
)
def test_the_last_listing_failed(types, failed):
    assert traces.last_listing_failed([{"type": kind} for kind in types]) == failed


@pytest.mark.parametrize(
    ("strategy", "jobs", "silent"), [("SIMPLE", [{}], False), ("SIMPLE", [], True), ("SCHEDULED", [{}], True)]
)
def test_what_no_job_tells_of(strategy, jobs, silent):
    assert traces.is_silent({"strategy": strategy}, jobs) == silent


# --- what the planner makes of them

DRAFT = dict(deployment("DRAFT"), id="9", strategy="INFINITE", timeout=120)


@pytest.mark.parametrize(
    ("state", "ran", "actions"),
    [
        ("present", True, ["archive", "start"]),
        ("present", False, ["archive"]),
        ("present", None, ["archive"]),
        ("started", None, ["archive", "start"]),
        ("stopped", True, ["archive"]),
    ],
)
def test_a_replacement_goes_on_by_what_its_old_one_left(state, ran, actions):
    found = dataclasses.replace(snapshot("STOPPED"), successor=DRAFT, former_ran=ran)
    planned = plan(replacing(state), found)
    assert planned.actions == actions
    assert planned.deployment["status"] == ("RUNNING" if "start" in actions else "DRAFT")
    unseen = state == "present" and ran is None
    assert any("{id: 9, state: started}" in warning for warning in planned.warnings) == unseen


@pytest.mark.parametrize(("status", "actions"), [("RUNNING", ["stop", "archive"]), ("STOPPED", ["archive"])])
def test_a_draft_that_was_to_be_replaced_is_no_reason_to_start(status, actions):
    """A DRAFT is walked to its end over RUNNING, without replicas."""
    found = dataclasses.replace(snapshot(status, replicas=0), successor=DRAFT)
    assert plan(replacing("present"), found).actions == actions


@pytest.mark.parametrize("status", ("STOPPED", "ERROR", "STOPPING"))
def test_what_does_not_run_is_quiet_before_its_successor_is_created(status):
    """Else its jobs would look like those of one that ran."""
    steps = plan(replacing("present"), snapshot(status)).steps
    kinds = [step.kind for step in steps]
    assert kinds.index("quiesce") < kinds.index("create") < kinds.index("archive") and "start" not in kinds


@pytest.mark.parametrize(
    ("state", "ran", "actions"),
    [
        ("present", True, ["start"]),
        ("present", False, []),
        ("present", None, []),
        ("stopped", True, []),
        ("started", None, ["start"]),
    ],
)
def test_a_draft_takes_over_from_one_that_is_archived(state, ran, actions):
    wanted = dataclasses.replace(desired(state), on_immutable_change="replace")
    planned = plan(wanted, dataclasses.replace(snapshot("DRAFT"), former_ran=ran))
    assert planned.actions == actions


def test_one_that_may_be_meant_to_run_is_left_and_told_of():
    planned = plan(desired("present"), dataclasses.replace(snapshot("STOPPED"), halted="of this"))
    assert planned.actions == []
    [warning] = planned.warnings
    assert "of this" in warning and "{id: %s, state: started}" % ID in warning


@pytest.mark.parametrize("status", ["STARTING", "RUNNING"])
def test_one_that_runs_since_its_revision_is_told_of(status):
    found = dataclasses.replace(snapshot(status, strategy="SCHEDULED"), roused=True)
    [warning] = plan(desired("present"), found).warnings
    assert "{id: %s, state: stopped}" % ID in warning


def test_a_swap_under_way_is_seen_through_without_an_action():
    found = dataclasses.replace(snapshot("RUNNING"), swapping=True)
    for state in ("present", "started"):
        planned = plan(desired(state), found)
        assert [step.kind for step in planned.steps] == ["level"]
        assert planned.deployment == found.deployment and planned.before == planned.after
    assert "level" not in [step.kind for step in plan(desired("stopped"), found).steps]

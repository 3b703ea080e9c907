# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans batch work that is to have run to its end (state: completed). Pure.

A revision that has run with success is done. Else a run that is under way is waited for, and a new one is started
where there is none, or where the last one failed and the task says that it shall be run again.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import ALWAYS, NEVER, only_ending
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.change import (
    listing_would_double,
    wait_out_transition,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.differences import differences
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.predict import prediction
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import REVISIONS, START, Steps
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import runs
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

#: The status in a diff that a run leads to.
_AFTER_A_RUN = "STOPPED (after a run)"


def completion(desired, snapshot):
    """The plan for a deployment that is there. Raises InvalidOptions for one that can't run to its end."""
    found = differences(desired, snapshot)
    _refuse(desired, snapshot)
    steps, last = Steps(snapshot.deployment.get("status")), _last_run(desired, snapshot)
    starts_run = _starts_run(desired, snapshot, last)
    start_again = _prepare(desired, snapshot, found, steps, starts_run)
    found.add_to(steps, desired.fields)
    if start_again or starts_run:
        steps.start()
    # as its last job leaves it
    awaited = d.STOPPED if last == runs.UNDER_WAY and steps.status in (d.STARTING, d.RUNNING) else None
    planned = prediction(desired, snapshot, found, steps, None if starts_run else awaited)
    return _with_run(planned, snapshot, last) if starts_run else _without_run(planned, desired, snapshot, last, awaited)


def _with_run(planned, snapshot, last):
    """The plan of a new run. Jobs that the server lists for a new revision are the run, then a START is needless."""
    return dataclasses.replace(
        planned,
        steps=tuple(dataclasses.replace(one, starts_run=one.kind in (START, *REVISIONS)) for one in planned.steps),
        before=dict(planned.before, status=snapshot.deployment.get("status"), last_run=last),
        after=dict(planned.after, status=_AFTER_A_RUN, last_run="started again"),
        deployment=dict(planned.deployment, status=d.STOPPED),
    )


def _without_run(planned, desired, snapshot, last, awaited):
    """The plan where the last run decides, or the one that is under way."""
    ended = snapshot.run if last in (runs.SUCCEEDED, runs.FAILED) else None
    after = planned.after
    if "status" in after and awaited:  # the run under way is stopped and started for another change
        after = dict(after, status=_AFTER_A_RUN)
    return dataclasses.replace(planned, after=after, run=ended, failure=_failure(snapshot, last))


def _last_run(desired, snapshot):
    """What became of the last run of the revision that is asked for."""
    if snapshot.run is None:  # a new revision
        return runs.NONE
    status = snapshot.deployment.get("status")
    if desired.markets and status in (d.STOPPING, d.STOPPED) and snapshot.run.was_never_taken:
        return runs.NONE  # left by a task that was killed between two markets
    # a LIST of one that does not run may come to nothing; START is left out when it does come to something
    listing = snapshot.listing and status not in (d.STOPPED, d.ERROR)
    if status in (d.STARTING, d.INSUFFICIENT_FUNDS) or listing:
        return runs.UNDER_WAY
    if desired.rerun == ALWAYS and snapshot.run.has_ended:  # what became of it does not matter
        return runs.SUCCEEDED
    return snapshot.run.state


def _starts_run(desired, snapshot, last):
    """Whether a new run has to start."""
    if _is_failed(snapshot, last):
        return desired.rerun != NEVER
    return last == runs.NONE or (last == runs.SUCCEEDED and desired.rerun == ALWAYS)


def _is_failed(snapshot, last):
    """Whether the last run failed, or is on and won't end well: somebody stops it, or the server gave it up."""
    ending = snapshot.deployment.get("status") in (d.STOPPING, d.ERROR)
    return last == runs.FAILED or (ending and last == runs.UNDER_WAY)


def _failure(snapshot, last):
    if not _is_failed(snapshot, last):
        return None
    reason = "it is %s" % snapshot.deployment.get("status")
    if last == runs.FAILED:
        reason = snapshot.run.failure_reason_counted()
    return "%s: its last run failed, and is not run again: %s. rerun: on_failure runs it again." % (
        d.describe(snapshot.deployment),
        reason.rstrip("."),
    )


def _refuse(desired, snapshot):
    strategy = snapshot.deployment.get("strategy")
    if strategy not in d.ENDING_STRATEGIES:
        raise InvalidOptions(only_ending(strategy))
    if not desired.fields.get("replicas", snapshot.deployment.get("replicas")):
        raise InvalidOptions("state: completed needs replicas of 1 or more; %s has 0" % d.describe(snapshot.deployment))


def _prepare(desired, snapshot, found, steps, starts_run):
    """Adds the steps that must come before the changes; returns whether to start again after them."""
    was_stopped = snapshot.deployment.get("status") == d.STOPPED
    wait_out_transition(steps, found.any, found.any or starts_run)
    if starts_run and _has_to_stop(snapshot, found, steps.status):
        steps.stop()
    elif starts_run and was_stopped and (snapshot.live_jobs or _has_waiting_list(snapshot)):
        steps.stop_jobs()
    elif listing_would_double(desired, snapshot, found, steps.status):
        steps.stop()
        return True
    return False


def _has_waiting_list(snapshot):
    """Whether a listing waits for a later time, which a start would double."""
    return any(not task.get("due") for task in snapshot.lists)


def _has_to_stop(snapshot, found, status):
    """Whether what is on has to end before a run starts; a new revision on a RUNNING one ends it by itself."""
    if status == d.ERROR:
        return bool(snapshot.live_jobs)
    return status == d.INSUFFICIENT_FUNDS or (status == d.RUNNING and not found.revises)

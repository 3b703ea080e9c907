# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the changes of a deployment that is there and stays: present, started, stopped, restarted. Pure."""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import (
    PRESENT,
    RESTARTED,
    STARTED,
    STOPPED,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.differences import differences
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.predict import prediction
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import START, STOP, STOP_JOBS, Steps
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


def change(desired, snapshot):
    """The plan of the changes. Raises InvalidOptions for what can't be changed so."""
    found = differences(desired, snapshot)
    steps = Steps(snapshot.deployment.get("status"))
    start_again = _prepare(desired, snapshot, found, steps)
    found.add_to(steps, desired.fields)
    if start_again or (desired.runs and steps.status in (d.DRAFT, d.STOPPED, d.ERROR)):
        steps.start()
    planned = prediction(
        desired, snapshot, found, steps, _awaited(desired, steps), _live_jobs_after(desired, snapshot, steps)
    )
    return dataclasses.replace(planned, warnings=(*planned.warnings, *_warnings(desired, snapshot, found, steps)))


def _prepare(desired, snapshot, found, steps):
    """Adds the steps that must come before the changes; returns whether to start again after them."""
    restarts, stops = desired.state == RESTARTED, desired.state == STOPPED
    was_stopped = snapshot.deployment.get("status") == d.STOPPED  # one that is STOPPING ends its jobs by itself
    wait_out_transition(steps, found.any or restarts or stops, found.any or desired.runs)
    if stops and steps.status in d.ALLOWED["stop"]:
        steps.stop()
    elif desired.runs and steps.status == d.ERROR and snapshot.live_jobs:
        steps.stop()
    elif restarts and (steps.status == d.INSUFFICIENT_FUNDS or (steps.status == d.RUNNING and not found.revises)):
        steps.stop()
    elif was_stopped and _unexpected_jobs_hinder(desired, snapshot, found):
        steps.stop_jobs()
    elif listing_would_double(desired, snapshot, found, steps.status):
        steps.stop()
        return True
    return False


def wait_out_transition(steps, starting, stopping):
    """Adds a wait for a status that does not last: STARTING or STOPPING, each where what follows needs it."""
    if steps.status == d.STARTING and starting:
        steps.wait_out(d.STARTING, d.RUNNING)
    if steps.status == d.STOPPING and stopping:
        steps.wait_out(d.STOPPING, d.STOPPED)


def _unexpected_jobs_hinder(desired, snapshot, found):
    """Whether what runs on a STOPPED deployment has to end before what the task wants."""
    live, lists = snapshot.live_jobs or (), snapshot.lists
    if desired.state == STOPPED:
        return bool(live or lists)
    if not desired.runs or not (live or lists):
        return False
    # a start lists what is missing on these, and doubles what is there on the others
    deployment = snapshot.deployment
    keeps = deployment.get("strategy") in d.ENDING_STRATEGIES and not lists and not found.revises
    replicas, active = _replicas(desired, snapshot), deployment.get("active_revision")
    return not (keeps and len(live) <= replicas and all(job.get("revision") in (active, None) for job in live))


def listing_would_double(desired, snapshot, found, status):
    """Whether the replicas change while a listing waits for its next try, which would come on top of the new one.

    A full stop drops it. But a job that runs is not stopped to raise a number: then it only may come to a surplus.
    """
    if not found.updates_field("replicas") or not _listing_waits(snapshot, status):
        return False
    runs = any(d.job_state(job) == "RUNNING" for job in snapshot.live_jobs or ())
    return not runs or desired.fields["replicas"] < (snapshot.deployment.get("replicas") or 0)


def _listing_waits(snapshot, status):
    deployment = snapshot.deployment
    if status == d.INSUFFICIENT_FUNDS:
        return True
    if status != d.RUNNING or deployment.get("strategy") == d.SCHEDULED or not snapshot.lists:
        return False
    # an INFINITE one has a LIST waiting for each running job: its rotation
    missing = len(snapshot.live_jobs or ()) < (deployment.get("replicas") or 0)
    return deployment.get("strategy") != d.INFINITE or missing


def _replicas(desired, snapshot):
    return desired.fields.get("replicas", snapshot.deployment.get("replicas") or 0)


def _awaited(desired, steps):
    """The status that the final wait alone leads to, None where there is none to be waited for."""
    if desired.state == STOPPED and steps.status == d.STOPPING:
        return d.STOPPED
    return d.RUNNING if desired.runs and steps.status == d.STARTING else None


def _live_jobs_after(desired, snapshot, steps):
    """How many jobs will live, None where the plan does not change that or nobody can know."""
    scheduled = snapshot.deployment.get("strategy") == d.SCHEDULED
    if steps.status == d.RUNNING and not scheduled and steps.kinds & {START, "update_replicas"}:
        return _replicas(desired, snapshot)
    return 0 if steps.kinds & {STOP, STOP_JOBS} and steps.status == d.STOPPED else None


# --- warnings ---


def _warnings(desired, snapshot, found, steps):
    deployment, live = snapshot.deployment, snapshot.live_jobs or ()
    who, key = d.describe(deployment), deployment.get("id")
    if desired.state == PRESENT and steps.status == d.STOPPED and live and not found.revises:
        yield "%s is STOPPED, but jobs of it run and cost credits: %s. This ends them: %s." % (
            who,
            job_names(live),
            d.task(id=key, state=STOPPED),
        )
    if desired.state in (PRESENT, STARTED) and steps.status == d.RUNNING and not steps.collected:
        yield from surplus(deployment, live)
    if desired.state == STARTED and snapshot.ran_to_end and START in steps.kinds and not found.revises:
        yield (
            "%s had run to its end; it was started again, and runs (and costs) once more. Each run of this task does "
            "that; state: completed runs it only once." % who
        )


def surplus(deployment, live):
    """A warning of more live jobs than replicas, in a list; an INFINITE one's server ends them by itself."""
    replicas = deployment.get("replicas")
    if not isinstance(replicas, (int, float)) or len(live) <= replicas:
        return []
    if deployment.get("strategy") not in d.ENDING_STRATEGIES:
        return []
    return [
        "%s has %d live jobs for %d replica%s, and all of them cost credits: %s. This ends the newest: "
        "nosana_job: {job: %s, state: stopped}."
        % (
            d.describe(deployment),
            len(live),
            replicas,
            "" if replicas == 1 else "s",
            job_names(live),
            live[0].get("job"),
        )
    ]


def job_names(jobs):
    return ", ".join(str(job.get("job")) for job in jobs)

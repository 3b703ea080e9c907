# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan of changes leads to: the two sides of the diff, and the deployment as it will be. Pure."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._definition.endpoints import endpoints_of
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.differences import contrast
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import (
    REVISIONS,
    START,
    STOP,
    STOP_JOBS,
    WAIT_FOR_STATUS_CHANGE,
    Plan,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


def prediction(desired, snapshot, found, steps, awaited=None, target=None):
    """The Plan of the steps (a Steps) that make the Differences ``found``.

    ``awaited`` is the status that the final wait leads to, if that is another one; ``target`` how many jobs will live,
    where that is known and may change.
    """
    before, after = _managed_fields(desired, snapshot, found)
    predicted = _deployment(desired, snapshot, found)
    kinds, was = steps.kinds, snapshot.deployment.get("status")
    if kinds & {START, STOP}:
        restarted = START in kinds and was in (d.STARTING, d.RUNNING)
        before["status"], after["status"] = was, steps.status + (" (restarted)" if restarted else "")
    live = snapshot.live_jobs
    if live is not None and target is not None and len(live) != target:
        before["live_jobs"], after["live_jobs"] = len(live), target
    if STOP_JOBS in kinds and snapshot.lists:
        before["pending_listings"], after["pending_listings"] = len(snapshot.lists), 0
    if awaited or any(step.changes for step in steps.collected):
        predicted.update(status=awaited or steps.status, updated_at=None)
    if "active_jobs" in predicted and (awaited or _swaps_jobs(steps)):
        # None: only the server knows
        predicted["active_jobs"] = 0 if predicted["status"] in (d.STOPPED, d.ERROR) else None
    return Plan(tuple(steps.collected), before, after, predicted, _warnings(desired, snapshot, found))


def _warnings(desired, snapshot, found):
    if not found.ignored:
        return ()
    left = contrast(desired, snapshot, found.ignored)
    return ("%s: left as it is: %s" % (d.describe(snapshot.deployment), left),)


def _managed_fields(desired, snapshot, found):
    shown = [field for field in d.FIELDS if field.name in desired.fields and field not in found.ignored]
    before = {field.name: snapshot.value(field) for field in shown}
    after = {field.name: field.normal(desired.fields[field.name]) for field in shown}
    if desired.job_definition is not None:
        before["job_definition"] = snapshot.active_definition
        after["job_definition"] = snapshot.active_definition if found.definition is None else desired.job_definition
    if desired.active_revision is not None:
        before["active_revision"] = snapshot.deployment.get("active_revision")
        after["active_revision"] = desired.active_revision
    return before, after


def _deployment(desired, snapshot, found):
    predicted = dict(snapshot.deployment)
    told = [field for field in found.updates if field.name != "ssh_public_keys"]
    predicted.update({field.name: field.stored(desired.fields[field.name]) for field in told})
    if desired.active_revision is not None:
        predicted["active_revision"] = desired.active_revision
    if found.definition is not None:
        predicted["active_revision"] = _next_revision(snapshot)
        predicted["endpoints"] = [dict(endpoint, url=None) for endpoint in endpoints_of(found.definition)]
    return predicted


def _next_revision(snapshot):
    """The number that a new revision gets in the end, None where the server does not say which is active.

    Servers of August 2026 count from the active one, and a number that is taken is made again with the next.
    """
    active = snapshot.deployment.get("active_revision")
    if not isinstance(active, int):
        return None
    numbers = {revision.get("revision", 0) for revision in snapshot.revisions or ()} | {active}
    if snapshot.numbers_after_highest:
        return max(numbers) + 1
    return next(number for number in range(active + 1, active + len(numbers) + 2) if number not in numbers)


def _swaps_jobs(steps):
    """Whether other jobs run after the plan than before, or none."""
    swaps = {START, STOP, STOP_JOBS, WAIT_FOR_STATUS_CHANGE, *REVISIONS, *d.SWAPPING_UPDATES}
    scales = steps.status == d.RUNNING and "update_replicas" in steps.kinds
    return steps.status not in (d.DRAFT, d.INSUFFICIENT_FUNDS) and bool(steps.kinds & swaps or scales)

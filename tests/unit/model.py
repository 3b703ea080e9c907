# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A model of the server: what a plan's steps make of a snapshot. It refuses what the API refuses."""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._deployment.snapshot import Snapshot
from ansible_collections.nosana.cloud.plugins.module_utils._jobs.result import FAILED, SUCCEEDED, JobResult
from ansible_collections.nosana.cloud.plugins.module_utils._jobs.runs import Run
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

ID = "8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ"
_FIELD_OF = {field.update: field.name for field in d.FIELDS if field.update}


def ended_run(verdict):
    """A run of one job that ended with the verdict."""
    return Run(({"job": "job1", "state": "COMPLETED"},), 1, {"job1": JobResult("COMPLETED", verdict, "for a reason")})


def apply(snapshot, steps):
    """The snapshot after the steps; AssertionError where the API would refuse one, or money would be lost.

    Steps for a former deployment are made on the snapshot's own, all others then on the one that replaces it.
    """
    if not any(step.old for step in steps):
        return _run(snapshot, steps)
    former = _run(snapshot, [step for step in steps if step.old]).deployment
    assert former["status"] == d.ARCHIVED
    draft = snapshot.replacement
    draft = draft and dataclasses.replace(snapshot, deployment=draft, live_jobs=(), lists=())
    begun = draft or Snapshot(archived=snapshot.archived)
    after = _run(begun, [step for step in steps if not step.old])
    return dataclasses.replace(after, archived=snapshot.archived + (former,), replacement=None)


def _run(snapshot, steps):
    for step in steps:
        snapshot = _HANDLERS.get(step.kind, _update)(snapshot, step)
    return snapshot


def _set(snapshot, live=None, **fields):
    deployment = dict(snapshot.deployment, **fields)
    run = snapshot.run  # a run that has ended stays what it is; one whose jobs are ended from outside has failed
    if live:
        run = Run(tuple(live)[:1], 1)
    elif live is not None and snapshot.live_jobs:
        run = ended_run(FAILED)
    live = snapshot.live_jobs if live is None else tuple(live)
    return dataclasses.replace(snapshot, deployment=deployment, live_jobs=live, run=run)


def _jobs(deployment):
    if deployment["strategy"] == d.SCHEDULED:
        return []
    numbers = range(deployment["replicas"])
    return [{"job": "job%d" % n, "state": "QUEUED", "revision": deployment["active_revision"]} for n in numbers]


def _create(snapshot, step):
    assert snapshot.deployment is None
    body = dict(step.value)
    definition = body.pop("job_definition")
    made = dict(body, id=ID, status=d.DRAFT, active_revision=1, updated_at="2026-01-01T00:00:00.000Z")
    made.setdefault("confidential", False)
    keys = tuple(made.pop("ssh_public_keys", ()))
    if made["strategy"] == d.INFINITE:
        made.setdefault("rotation_time", 20)
    revision = {"revision": 1, "job_definition": definition, "created_at": "1"}
    return Snapshot(made, snapshot.archived, revisions=(revision,), live_jobs=(), ssh_public_keys=keys)


def _update(snapshot, step):
    assert snapshot.deployment["status"] != d.ARCHIVED
    if step.kind == "update_ssh_keys":  # a deployment's own answer does not have them
        return dataclasses.replace(snapshot, ssh_public_keys=tuple(step.value))
    snapshot = _set(snapshot, **{_FIELD_OF[step.kind]: d.Field.stored(step.value)})
    scales = step.kind == "update_replicas" and snapshot.deployment["status"] == d.RUNNING
    return _set(snapshot, _jobs(snapshot.deployment)) if scales else snapshot


def _revise(snapshot, step):
    assert snapshot.deployment["status"] != d.ARCHIVED
    revisions = snapshot.revisions
    number = step.value
    if step.kind == "create_revision":
        number = max(revision["revision"] for revision in revisions) + 1
        revisions += ({"revision": number, "job_definition": step.value, "created_at": str(number)},)
    assert any(revision["revision"] == number for revision in revisions)
    run = Run((), 1) if step.kind == "create_revision" else snapshot.run
    snapshot = dataclasses.replace(_set(snapshot, active_revision=number), revisions=revisions, run=run)
    runs = snapshot.deployment["status"] == d.RUNNING
    return _set(snapshot, _jobs(snapshot.deployment)) if runs else dataclasses.replace(snapshot, live_jobs=())


def _transition(snapshot, step):
    status, active = snapshot.deployment["status"], snapshot.deployment["active_revision"]
    begun = step.starts_run and status == d.RUNNING and all(job["revision"] == active for job in snapshot.live_jobs)
    assert begun or status in d.ALLOWED[step.kind], "%s from %s" % (step.kind, status)
    if step.starts_run:  # a run that ends well
        return dataclasses.replace(
            _set(snapshot, [], status=d.STOPPED), lists=(), listing=False, run=ended_run(SUCCEEDED)
        )
    if step.kind == "start":
        return _set(snapshot, _jobs(snapshot.deployment), status=d.RUNNING)
    if step.kind == "stop":
        return dataclasses.replace(_set(snapshot, [], status=d.STOPPED), lists=(), listing=False)
    assert not snapshot.live_jobs, "its jobs would run on, and cost"
    if step.kind == "archive":
        return _set(snapshot, status=d.ARCHIVED)
    return Snapshot(archived=snapshot.archived)


def _wait_until_idle(snapshot, step):
    return snapshot


def _wait_for_status_change(snapshot, step):
    if snapshot.deployment["status"] != step.value:
        return snapshot
    if step.value == d.STARTING:
        return _set(snapshot, _jobs(snapshot.deployment), status=d.RUNNING)
    return _set(snapshot, [], status=d.STOPPED)


def _ensure_no_jobs(snapshot, step):
    assert snapshot.deployment["status"] in (d.STOPPED, d.ERROR)
    return dataclasses.replace(_set(snapshot, []), lists=())


_HANDLERS = {
    "create": _create,
    "create_revision": _revise,
    "switch_revision": _revise,
    "start": _transition,
    "stop": _transition,
    "archive": _transition,
    "delete": _transition,
    "stop_jobs": _ensure_no_jobs,
    "wait_until_idle": _wait_until_idle,
    "wait_for_status_change": _wait_for_status_change,
    "ensure_no_jobs": _ensure_no_jobs,
}

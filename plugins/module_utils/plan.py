# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``plan(desired, snapshot)``: what has to be done so that the deployment is as desired. Pure: no I/O.

Check mode shows a plan, the real run carries it out (apply.py): that is why both always agree. What depends on a
server's habits, and can't be known before, is a step without an action.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils import job_definition
from ansible_collections.nosana.cloud.plugins.module_utils.desired import (
    ARCHIVED,
    PRESENT,
    STARTED,
    STOPPED,
    foreign_option,
    late_rotation,
)
from ansible_collections.nosana.cloud.plugins.module_utils.errors import InvalidOptions

# Steps that change something; the name is also the action that the result lists.
CREATE = "create"
CREATE_REVISION = "create_revision"
SWITCH_REVISION = "switch_revision"
START = "start"
STOP = "stop"
STOP_JOBS = "stop_jobs"
ARCHIVE = "archive"
DELETE = "delete"
# ... and every field's update operation (deployment.FIELDS).

# Steps that only wait, or make sure of something.
SETTLE = "settle"  # until the server has nothing due
LEAVE = "leave"  # until the status is no longer the one named
QUIESCE = "quiesce"  # until nothing runs; jobs that appear meanwhile are stopped


@dataclasses.dataclass(frozen=True)
class Step:
    """One step. ``value`` is what it needs: a body, a number, a definition, a status."""

    kind: str
    value: object = None

    @property
    def changes(self):
        return self.kind not in (SETTLE, LEAVE, QUIESCE)


@dataclasses.dataclass(frozen=True)
class Plan:
    """The steps, and what they lead to. ``after`` is the deployment as it will be, {} when it will be gone."""

    steps: tuple
    before: dict  # managed fields, for the diff
    after: dict
    deployment: dict
    warnings: tuple = ()

    @property
    def actions(self):
        """What the result lists, in order."""
        return [step.kind for step in self.steps if step.changes]


def plan(desired, snapshot):
    """The plan that makes a deployment as desired. Raises InvalidOptions for what can't be done, naming the way out."""
    if desired.ends:
        return _Removal(desired, snapshot).plan()
    if snapshot.deployment is None:
        return _creation(desired)
    return _Change(desired, snapshot).plan()


# --- nothing there yet ---------------------------------------------------------------------------------------------


def missing_to_create(desired):
    """The names of the options that creating needs and the task does not give."""
    missing = [field.name for field in d.FIELDS if field.required and field.name not in desired.fields]
    if desired.fields.get("strategy") == d.SCHEDULED and "schedule" not in desired.fields:
        missing.append("schedule")
    if desired.job_definition is None:
        missing.append("job_definition")
    return missing


def _creation(desired):
    missing = missing_to_create(desired)
    if missing and desired.state == STOPPED:
        return Plan((), {}, {}, {})
    if missing:
        raise InvalidOptions(
            "no deployment is named %r, and to create it the task lacks: %s" % (desired.name, ", ".join(missing))
        )
    if desired.active_revision is not None:
        raise InvalidOptions("active_revision: a deployment that does not exist yet has no revision to go back to")
    if desired.fields["replicas"] < 1:
        raise InvalidOptions("replicas: a new deployment needs at least 1, not %d" % desired.fields["replicas"])
    body = dict(desired.fields, job_definition=desired.job_definition)
    steps = [Step(CREATE, body)]
    if desired.state == STARTED:
        steps.append(Step(START))
    status = d.RUNNING if desired.state == STARTED else d.DRAFT
    created = dict.fromkeys(d.SERVER_FIELDS)
    created.update(desired.fields, status=status, active_revision=1, active_jobs=0)
    created.setdefault("confidential", None)
    created["endpoints"] = [dict(found, url=None) for found in job_definition.endpoints(desired.job_definition)]
    return Plan(tuple(steps), {}, dict(body, status=status), created)


# --- one that is there ---------------------------------------------------------------------------------------------


class _Change:
    """Plans the states that keep a deployment: present, started, stopped.

    ``status`` follows what the status will be after the steps planned so far.
    """

    def __init__(self, desired, snapshot):
        self.desired = desired
        self.snapshot = snapshot
        self.deployment = snapshot.deployment
        self.status = snapshot.deployment.get("status")
        self.strategy = snapshot.deployment.get("strategy")
        self.steps = []
        self.warnings = []

    def plan(self):
        updates = self._updates()
        revision = self._revision()
        self._refuse(updates, revision)
        restart = self._prepare(bool(updates or revision), updates)
        for field in updates:
            self._add(Step(field.update, self.desired.fields[field.name]))
        if revision:
            self._add(revision)
        self._finish(restart)
        self._warn(bool(revision))
        return self._result(updates, revision)

    def _updates(self):
        fields = self.desired.fields
        return [f for f in d.FIELDS if f.name in fields and fields[f.name] != self.deployment.get(f.name)]

    def _revision(self):
        """The step that brings the desired revision, None when it is the active one already."""
        wanted = self.desired.active_revision
        if wanted is not None and wanted != self.deployment.get("active_revision"):
            numbers = sorted({revision.get("revision") for revision in self.snapshot.revisions})
            if wanted not in numbers:
                raise InvalidOptions(
                    "active_revision: %s has no revision %d, only %s"
                    % (d.describe(self.deployment), wanted, ", ".join(map(str, numbers)) or "none")
                )
            return Step(SWITCH_REVISION, wanted)
        definition = self.desired.job_definition
        if definition is not None and not job_definition.same(definition, self.snapshot.active_definition):
            return Step(CREATE_REVISION, definition)
        return None

    def _refuse(self, updates, revision):
        who, fields = d.describe(self.deployment), self.desired.fields
        if self.status == d.ARCHIVED and (updates or revision or self.desired.state != PRESENT):
            raise InvalidOptions(
                "%s is ARCHIVED: it can't be changed, started or stopped any more. Give the name without the id, and "
                "all options to create, to get a new one." % who
            )
        if self.status not in d.STATUSES:
            raise InvalidOptions(
                "%s has the status %s, which this version of the collection does not know: nothing was done. "
                "Is there a newer version?" % (who, self.status)
            )
        for field in d.FIELDS:
            if field.strategy and field.name in fields and self.strategy != field.strategy:
                raise InvalidOptions(foreign_option(field, "%s, which %s is" % (self.strategy, who)))
        fixed = [field for field in updates if field.update is None]
        if fixed:
            changes = ", ".join("%s (%s, not %s)" % (f.name, self.deployment.get(f.name), fields[f.name]) for f in fixed)
            raise InvalidOptions(
                "%s: what is fixed when a deployment is created can't be changed: %s. Leave it as it is, or make a new "
                "deployment: under another name, or after this one is archived (state: archived)." % (who, changes)
            )
        rotation = fields.get("rotation_time", self.deployment.get("rotation_time"))
        if "timeout" in fields and self.strategy == d.INFINITE and isinstance(rotation, (int, float)):
            if d.rotation_is_late(rotation, fields["timeout"]):
                raise InvalidOptions("%s: %s" % (who, late_rotation(rotation, fields["timeout"])))
        taken = self.snapshot.name_holders
        if taken and any(field.name == "name" for field in updates):
            raise InvalidOptions("name: %r is already the name of %s" % (fields["name"], ", ".join(taken)))

    def _prepare(self, changes, updates):
        """Steps that must come before the changes; returns whether to start again after them."""
        state = self.desired.state
        if self.status == d.STARTING and (changes or state == STOPPED):
            self._leave(d.STARTING, d.RUNNING)
        if self.status == d.STOPPING and (changes or state == STARTED):
            self._leave(d.STOPPING, d.STOPPED)
        if state == STOPPED and self.status in d.ALLOWED["stop"]:
            self._stop()
        elif state == STARTED and self.status == d.ERROR and self.snapshot.live_jobs:
            self._stop()
        elif self.status == d.STOPPED and self._strays_hinder():
            self._add(Step(STOP_JOBS))
            self._add(Step(QUIESCE))
        elif self._list_waits() and any(field.name == "replicas" for field in updates):
            self._stop()
            return True
        return False

    def _finish(self, restart):
        if self.desired.state == STARTED and self.status in (d.DRAFT, d.STOPPED, d.ERROR):
            restart = True
        if restart:
            self._add(Step(START))
            self.status = d.RUNNING

    def _strays_hinder(self):
        """Whether what runs on a STOPPED deployment has to end before what the task wants."""
        live, listing = self.snapshot.live_jobs, self.snapshot.lists
        if self.desired.state == STOPPED:
            return bool(live or listing)
        if self.desired.state != STARTED:
            return False
        # start lists what is missing on these, and doubles what is there on the others
        keeps = self.strategy in d.ENDING_STRATEGIES and not listing and not self._revision()
        active = self.deployment.get("active_revision")
        return bool(live or listing) and not (keeps and all(job.get("revision") == active for job in live))

    def _list_waits(self):
        """Whether a listing that failed waits for its next try: a change of replicas would add a second one."""
        if self.status == d.INSUFFICIENT_FUNDS:
            return True
        if self.status != d.RUNNING or self.strategy == d.SCHEDULED or not self.snapshot.lists:
            return False
        # an INFINITE one has a LIST waiting for each running job: its rotation
        return self.strategy != d.INFINITE or len(self.snapshot.live_jobs or ()) < self.deployment.get("replicas", 0)

    def _warn(self, revises):
        live = self.snapshot.live_jobs
        if self.desired.state == PRESENT and self.status == d.STOPPED and live and not revises:
            self.warnings.append(
                "%s is STOPPED, and yet jobs of it run and cost credits: %s. state: stopped ends them."
                % (d.describe(self.deployment), ", ".join(str(job.get("job")) for job in live))
            )
        if self.desired.state == STARTED and self.snapshot.ran_to_end and Step(START) in self.steps and not revises:
            self.warnings.append(
                "%s had run to its end; it was started again, and runs (and costs) once more. Each run of this task "
                "does that." % d.describe(self.deployment)
            )

    def _leave(self, status, then):
        self.steps.append(Step(LEAVE, status))
        self.status = then

    def _stop(self):
        self._add(Step(STOP))
        self._leave(d.STOPPING, d.STOPPED)
        self._add(Step(QUIESCE))

    def _add(self, step):
        """Adds a step; between changes of one that is no DRAFT the server has to settle first."""
        if step.changes and self.status != d.DRAFT:
            self.steps.append(Step(SETTLE))
        self.steps.append(step)

    def _result(self, updates, revision):
        fields = self.desired.fields
        before = {name: self.deployment.get(name) for name in fields}
        after = dict(fields)
        predicted = dict(self.deployment)
        predicted.update({field.name: fields[field.name] for field in updates})
        if self.desired.job_definition is not None:
            before["job_definition"] = self.snapshot.active_definition
            after["job_definition"] = self.desired.job_definition
        if self.desired.active_revision is not None:
            before["active_revision"] = self.deployment.get("active_revision")
            after["active_revision"] = predicted["active_revision"] = self.desired.active_revision
        if revision and revision.kind == CREATE_REVISION:
            predicted["active_revision"] = self._next_revision()
            predicted["endpoints"] = [dict(found, url=None) for found in job_definition.endpoints(revision.value)]
        kinds = {step.kind for step in self.steps}
        if kinds & {START, STOP}:
            before["status"], after["status"] = self.deployment.get("status"), self.status
        _count_jobs(before, after, self.snapshot.live_jobs, self._jobs_after(kinds))
        if STOP_JOBS in kinds and self.snapshot.lists:
            before["pending_listings"], after["pending_listings"] = len(self.snapshot.lists), 0
        if self.steps:
            predicted.update(status=self.status, updated_at=None)
        return Plan(tuple(self.steps), before, after, predicted, tuple(self.warnings))

    def _next_revision(self):
        """The number that a new revision gets, None where only the server knows (see the releases' two ways)."""
        active = self.deployment.get("active_revision")
        highest = max((revision.get("revision", 0) for revision in self.snapshot.revisions), default=active)
        return active + 1 if active == highest else None

    def _jobs_after(self, kinds):
        """How many jobs will live, None where the plan does not change that or nobody can know."""
        if self.status in (d.RUNNING,) and self.strategy != d.SCHEDULED and kinds & {START, "update_replicas"}:
            return self.desired.fields.get("replicas", self.deployment.get("replicas"))
        return 0 if kinds & {STOP, STOP_JOBS} and self.status == d.STOPPED else None


def _count_jobs(before, after, live, target):
    """Puts the number of live jobs into a diff, where it is known and changes."""
    if live is not None and target is not None and len(live) != target:
        before["live_jobs"], after["live_jobs"] = len(live), target


# --- one that is to go ---------------------------------------------------------------------------------------------


class _Removal:
    """Plans archived and absent: what lies between is walked."""

    def __init__(self, desired, snapshot):
        self.desired = desired
        self.snapshot = snapshot
        self.deployment = snapshot.deployment
        self.last = ARCHIVE if desired.state == ARCHIVED else DELETE

    def plan(self):
        deployment = self.deployment
        if deployment is None:
            return Plan((), {}, {}, self.snapshot.archived[0] if self._archived_already() else {})
        if self.desired.id and self.desired.name and deployment.get("name") != self.desired.name:
            raise InvalidOptions(
                "%s is not named %r: nothing was removed. Leave the name out, or give the id of the one that is meant."
                % (d.describe(deployment), self.desired.name)
            )
        status = deployment.get("status")
        if status == d.ARCHIVED and self.desired.state == ARCHIVED:
            return Plan((), {}, {}, deployment)
        if status == d.ARCHIVED:
            raise InvalidOptions(
                "%s is ARCHIVED, and the API never deletes an archived one. Nothing of it runs or costs: leave it, "
                "with state: archived." % d.describe(deployment)
            )
        return self._result(self._walk(status))

    def _archived_already(self):
        return self.desired.state == ARCHIVED and bool(self.snapshot.archived)

    def _walk(self, status):
        """The steps from the status to the end; what the API does not permit directly is gone around."""
        if status not in d.STATUSES:
            raise InvalidOptions(
                "%s has the status %s, which this version of the collection does not know: nothing was done."
                % (d.describe(self.deployment), status)
            )
        steps = []
        if status == d.DRAFT:
            # The API neither deletes nor archives a DRAFT. With no replicas, starting it lists no job and costs nothing.
            if self.deployment.get("replicas") != 0:
                steps.append(Step("update_replicas", 0))
            steps += [Step(START), Step(LEAVE, d.STARTING)]
            status = d.RUNNING
        elif status == d.STARTING:
            steps.append(Step(LEAVE, d.STARTING))
            status = d.RUNNING
        if status in d.ALLOWED["stop"]:
            steps += [Step(SETTLE), Step(STOP), Step(LEAVE, d.STOPPING)]
        elif status == d.STOPPING:
            steps.append(Step(LEAVE, d.STOPPING))
        elif self.snapshot.live_jobs or self.snapshot.lists:
            steps += [Step(SETTLE), Step(STOP_JOBS)]
        return steps + [Step(QUIESCE), Step(self.last)]

    def _result(self, steps):
        archives = self.last == ARCHIVE
        before = {
            field.name: self.deployment[field.name]
            for field in d.FIELDS
            if self.deployment.get(field.name) is not None
        }
        before["status"] = self.deployment.get("status")
        if self.snapshot.revisions is not None:
            before["job_definition"] = self.snapshot.active_definition
        after = dict(before, status=d.ARCHIVED) if archives else {}
        predicted = dict(self.deployment, status=d.ARCHIVED, active_jobs=0, updated_at=None) if archives else {}
        if Step("update_replicas", 0) in steps and archives:
            after["replicas"] = predicted["replicas"] = 0
        if self.snapshot.live_jobs:
            before["live_jobs"] = len(self.snapshot.live_jobs)
            after.update({"live_jobs": 0} if archives else {})
        return Plan(tuple(steps), before, after, predicted)

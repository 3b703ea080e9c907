# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the changes of a deployment that is there, and stays. Pure."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._definition import compare
from ansible_collections.nosana.cloud.plugins.module_utils._definition.endpoints import endpoints_of
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import (
    IGNORE,
    PRESENT,
    RESTARTED,
    STARTED,
    STOPPED,
    foreign_option,
    late_rotation,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import (
    CREATE_REVISION,
    LEAVE,
    LEVEL,
    QUIESCE,
    SETTLE,
    START,
    STOP,
    STOP_JOBS,
    SWITCH_REVISION,
    Plan,
    Step,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


class Change:
    """Plans the states that keep a deployment: present, started, stopped, restarted.

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
        self.ignored = []

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
        if self.snapshot.swapping and self.status == d.RUNNING and not revision and not self._swaps():
            self._add(Step(LEVEL))
        self._warn(bool(revision))
        return self._result(updates, revision)

    def _updates(self):
        """The fields that are to change; with on_immutable_change: ignore without those that can't."""
        changed = changed_fields(self.desired, self.snapshot)
        fixed = fixed_fields(changed, self.snapshot)
        if fixed and self.desired.on_immutable_change == IGNORE:
            self.ignored = [field.name for field in fixed]
            self.warnings.append("%s: left as it is: %s" % (d.describe(self.deployment), self._contrast(fixed)))
            return [field for field in changed if field not in fixed]
        return changed

    def _contrast(self, fields):
        """Fields in a message, with what is and what is asked for."""
        wanted = self.desired.fields
        return ", ".join("%s (%s, not %s)" % (f.name, self.snapshot.value(f), wanted[f.name]) for f in fields)

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
        if definition is not None and not compare.same(definition, self.snapshot.active_definition):
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
        fixed = fixed_fields(updates, self.snapshot)
        if fixed:
            raise InvalidOptions(
                "%s: what is fixed when a deployment is created can't be changed: %s. Leave it as it is, or say with "
                "on_immutable_change what shall happen: replace (a new deployment takes its place), or ignore."
                % (who, self._contrast(fixed))
            )
        if any(field.name == "startup_timeout" for field in updates) and not self._will_expose():
            raise InvalidOptions("startup_timeout: needs a job definition that exposes a port")
        rotation = fields.get("rotation_time", self.deployment.get("rotation_time"))
        if "timeout" in fields and self.strategy == d.INFINITE and isinstance(rotation, (int, float)):
            if d.rotation_is_late(rotation, fields["timeout"]):
                raise InvalidOptions("%s: %s" % (who, late_rotation(rotation, fields["timeout"])))
        taken = self.snapshot.name_holders
        if taken and any(field.name == "name" for field in updates):
            raise InvalidOptions("name: %r is already the name of %s" % (fields["name"], ", ".join(taken)))

    def _will_expose(self):
        if self.desired.job_definition is not None:
            return bool(endpoints_of(self.desired.job_definition))
        return bool(self.deployment.get("endpoints"))

    def _prepare(self, changes, updates):
        """Steps that must come before the changes; returns whether to start again after them."""
        desired = self.desired
        restarts = desired.state == RESTARTED
        if self.status == d.STARTING and (changes or restarts or desired.state == STOPPED):
            self._leave(d.STARTING, d.RUNNING)
        if self.status == d.STOPPING and (changes or desired.runs):
            self._leave(d.STOPPING, d.STOPPED)
        if desired.state == STOPPED and self.status in d.ALLOWED["stop"]:
            self._stop()
        elif desired.runs and self.status == d.ERROR and self.snapshot.live_jobs:
            self._stop()
        elif restarts and (self.status == d.INSUFFICIENT_FUNDS or (self.status == d.RUNNING and not self._revision())):
            self._stop()
        elif self._was_stopped() and self._strays_hinder():
            self._add(Step(STOP_JOBS))
            self._add(Step(QUIESCE))
        elif self._goes_around_a_listing(updates):
            self._stop()
            return True
        return False

    def _was_stopped(self):
        """Whether jobs that were found are strays; those of one that is still STOPPING end by themselves."""
        return self.deployment.get("status") == d.STOPPED

    def _finish(self, restart):
        takes_over = self.status == d.DRAFT and self.snapshot.former_ran and self.desired.state == PRESENT
        if restart or takes_over or (self.desired.runs and self.status in (d.DRAFT, d.STOPPED, d.ERROR)):
            self._add(Step(START))
            self.status = d.RUNNING

    def _swaps(self):
        """Whether a step planned so far swaps, lists or ends jobs, and so sees to what runs in the end itself."""
        kinds = {step.kind for step in self.steps}
        return bool(kinds & {START, STOP, "update_replicas", *d.SWAPPING_UPDATES})

    def _strays_hinder(self):
        """Whether what runs on a STOPPED deployment has to end before what the task wants."""
        live, listing = self.snapshot.live_jobs, self.snapshot.lists
        if self.desired.state == STOPPED:
            return bool(live or listing)
        if not self.desired.runs:
            return False
        # start lists what is missing on these, and doubles what is there on the others
        keeps = self.strategy in d.ENDING_STRATEGIES and not listing and not self._revision()
        active = self.deployment.get("active_revision")
        keeps = keeps and len(live or ()) <= self.desired.fields.get("replicas", self.deployment.get("replicas") or 0)
        return bool(live or listing) and not (keeps and all(job.get("revision") == active for job in live))

    def _goes_around_a_listing(self, updates):
        """Whether the replicas change while a listing that failed waits for its next try: it would add a second one."""
        return any(field.name == "replicas" for field in updates) and self._list_waits()

    def _list_waits(self):
        if self.status == d.INSUFFICIENT_FUNDS:
            return True
        if self.status != d.RUNNING or self.strategy == d.SCHEDULED or not self.snapshot.lists:
            return False
        # an INFINITE one has a LIST waiting for each running job: its rotation
        return self.strategy != d.INFINITE or len(self.snapshot.live_jobs or ()) < (
            self.deployment.get("replicas") or 0
        )

    def _warn(self, revises):
        if self.desired.state == PRESENT and self.status == d.STOPPED:
            self._warn_of_rest(revises)
        if self.snapshot.roused and self.status in (d.STARTING, d.RUNNING) and not revises:
            self.warnings.append(
                "%s runs since its last revision was made. Was it STOPPED before, a run that was ended in the middle "
                "left it so: {id: %s, state: stopped} stops it again."
                % (d.describe(self.deployment), self.deployment["id"])
            )
        if self.desired.state == STARTED and self.snapshot.ran_to_end and Step(START) in self.steps and not revises:
            self.warnings.append(
                "%s had run to its end; it was started again, and runs (and costs) once more. Each run of this task "
                "does that; state: completed runs it only once." % d.describe(self.deployment)
            )

    def _warn_of_rest(self, revises):
        """What present leaves as it is on a STOPPED one, though it may not be meant so."""
        who, key, live = d.describe(self.deployment), self.deployment.get("id"), self.snapshot.live_jobs
        if live and not revises:
            ran = " They took over while it ran, so it may be meant to run: {id: %s, state: started} keeps them." % key
            self.warnings.append(
                "%s is STOPPED, and yet jobs of it run and cost credits: %s. {id: %s, state: stopped} ends them.%s"
                % (who, ", ".join(str(job.get("job")) for job in live), key, ran if self.snapshot.halted else "")
            )
        elif self.snapshot.lists and not revises:
            self.warnings.append(
                "%s is STOPPED, and yet its server is about to list jobs for it, which cost credits. "
                "{id: %s, state: stopped} prevents that." % (who, key)
            )
        elif self.snapshot.halted:
            self.warnings.append(
                "%s is STOPPED, though it may be meant to run: %s, as it looks after a run that was ended in the "
                "middle. It is left as it is; {id: %s, state: started} starts it." % (who, self.snapshot.halted, key)
            )

    def _leave(self, status, then):
        self.steps.append(Step(LEAVE, status))
        self.status = then

    def _stop(self):
        """A full stop drops whatever is due, so that it need not be waited for (it may never end)."""
        self.steps.append(Step(STOP))
        self._leave(d.STOPPING, d.STOPPED)
        self._add(Step(QUIESCE))

    def _add(self, step):
        """Adds a step; between changes of one that is no DRAFT the server has to settle first."""
        if step.changes and self.status != d.DRAFT:
            self.steps.append(Step(SETTLE))
        self.steps.append(step)

    def _result(self, updates, revision):
        shown = [field for field in d.FIELDS if field.name in self.desired.fields and field.name not in self.ignored]
        before = {field.name: self.snapshot.value(field) for field in shown}
        after = {field.name: field.normal(self.desired.fields[field.name]) for field in shown}
        predicted = dict(self.deployment)
        told = [field for field in updates if field.name != "ssh_public_keys"]
        predicted.update({field.name: field.stored(self.desired.fields[field.name]) for field in told})
        if self.desired.job_definition is not None:
            before["job_definition"] = self.snapshot.active_definition
            after["job_definition"] = self.desired.job_definition
        if self.desired.active_revision is not None:
            before["active_revision"] = self.deployment.get("active_revision")
            after["active_revision"] = predicted["active_revision"] = self.desired.active_revision
        if revision and revision.kind == CREATE_REVISION:
            predicted["active_revision"] = self._next_revision()
            predicted["endpoints"] = [dict(found, url=None) for found in endpoints_of(revision.value)]
        kinds = {step.kind for step in self.steps}
        if kinds & {START, STOP}:
            again = (
                " (restarted)" if START in kinds and self.deployment.get("status") in (d.STARTING, d.RUNNING) else ""
            )
            before["status"], after["status"] = self.deployment.get("status"), self.status + again
        _count_jobs(before, after, self.snapshot.live_jobs, self._jobs_after(kinds))
        if STOP_JOBS in kinds and self.snapshot.lists:
            before["pending_listings"], after["pending_listings"] = len(self.snapshot.lists), 0
        awaited = self._awaited()
        if awaited or any(step.changes for step in self.steps):
            predicted.update(status=awaited or self.status, updated_at=None)
        if "active_jobs" in predicted and (awaited or self._swaps_jobs(kinds)):
            # None: only the server knows
            predicted["active_jobs"] = 0 if predicted["status"] in (d.STOPPED, d.ERROR) else None
        return Plan(tuple(self.steps), before, after, predicted, tuple(self.warnings))

    def _awaited(self):
        """The status that the final wait alone leads to, None where there is none to be waited for."""
        if self.desired.state == STOPPED and self.status == d.STOPPING:
            return d.STOPPED
        return d.RUNNING if self.desired.runs and self.status == d.STARTING else None

    def _swaps_jobs(self, kinds):
        """Whether other jobs run after the plan than before, or none."""
        swaps = kinds & {START, STOP, STOP_JOBS, LEAVE, CREATE_REVISION, SWITCH_REVISION, *d.SWAPPING_UPDATES}
        scales = self.status == d.RUNNING and "update_replicas" in kinds
        return self.status not in (d.DRAFT, d.INSUFFICIENT_FUNDS) and bool(swaps or scales)

    def _next_revision(self):
        """The number that a new revision gets, None where only the server knows (see the releases' two ways)."""
        active = self.deployment.get("active_revision")
        highest = max((revision.get("revision", 0) for revision in self.snapshot.revisions), default=active)
        return active + 1 if active == highest else None

    def _jobs_after(self, kinds):
        """How many jobs will live, None where the plan does not change that or nobody can know."""
        if self.status == d.RUNNING and self.strategy != d.SCHEDULED and kinds & {START, "update_replicas"}:
            return self.desired.fields.get("replicas", self.deployment.get("replicas"))
        return 0 if kinds & {STOP, STOP_JOBS} and self.status == d.STOPPED else None


def _count_jobs(before, after, live, target):
    """Puts the number of live jobs into a diff, where it is known and changes."""
    if live is not None and target is not None and len(live) != target:
        before["live_jobs"], after["live_jobs"] = len(live), target


def changed_fields(desired, snapshot):
    """The fields whose value differs from what the task gives, in the order in which they are to change."""
    given = [field for field in d.FIELDS if field.name in desired.fields and not _is_untold(field, snapshot)]
    return [field for field in given if snapshot.value(field) != field.normal(desired.fields[field.name])]


def _is_untold(field, snapshot):
    """Whether the server does not say what is fixed anyway: that is no difference."""
    return field.update is None and snapshot.deployment.get(field.name) is None


def fixed_fields(fields, snapshot):
    """Those of the fields that can't change in place, on this server."""
    return [field for field in fields if field.update is None or field.name in snapshot.fixed]

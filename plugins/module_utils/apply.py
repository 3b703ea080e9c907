# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out a plan, one change at a time, and proves what a request of unknown end left behind."""

from __future__ import annotations

import uuid

from ansible_collections.nosana.cloud.plugins.module_utils import answers, job_definition, snapshot
from ansible_collections.nosana.cloud.plugins.module_utils import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils.create import Creation
from ansible_collections.nosana.cloud.plugins.module_utils.errors import (
    NosanaError,
    NotFound,
    Refused,
    TimedOut,
    UnknownOutcome,
)
from ansible_collections.nosana.cloud.plugins.module_utils.steps import (
    ARCHIVE,
    CREATE,
    CREATE_REVISION,
    DELETE,
    LEAVE,
    LEVEL,
    QUIESCE,
    SETTLE,
    START,
    STOP,
    STOP_JOBS,
    SWITCH_REVISION,
)
from ansible_collections.nosana.cloud.plugins.module_utils.wait import PACE, Watch

#: The statuses that show that a change of status was done.
DONE = {
    START: (d.STARTING, d.RUNNING),
    STOP: (d.STOPPING, d.STOPPED),
    ARCHIVE: (d.ARCHIVED,),
    DELETE: (),
}
#: How often a change is tried whose end stays unknown.
MOST_TRIES = 3

_UPDATES = {field.update: field for field in d.FIELDS if field.update}


class Adopted(Exception):
    """The deployment to be created was made meanwhile, by a lost request or another run: read it and plan again."""


class Applier:
    """Carries out steps. ``actions`` holds what was done so far, ``watch`` the deployment as last seen, ``former``
    the one that it replaces."""

    def __init__(self, client):
        self.client = client
        self.actions = []
        self.warnings = []
        self.before = self.watch = self.former = None

    def look_at(self, before, replaces):
        """Takes a snapshot as what to start from; with ``replaces``, its deployment is to be replaced."""
        self.before = before
        found = Watch(self.client, before.deployment) if before.deployment else None
        self.watch, self.former = (None, found) if replaces else (found, None)
        if replaces and before.successor:
            self.watch = Watch(self.client, before.successor)

    def run(self, steps):
        """Carries out the steps in order. Raises NosanaError at the first that fails, Adopted instead of creating."""
        for step in steps:
            if step.changes and self.client.deadline.passed():
                raise TimedOut(
                    "%s: wait_timeout (%d s) was over before %s was begun. Run the task again to go on."
                    % (self._who(), self.client.deadline.seconds, step.kind)
                )
            if step.former:
                self.watch, self.former = self.former, self.watch
            try:
                self._step(step)
            finally:
                if step.former:
                    self.watch, self.former = self.former, self.watch

    def _who(self):
        watch = self.watch or self.former
        return d.describe(watch.deployment) if watch else "the deployment"

    def _step(self, step):
        kind = step.kind
        if kind == SETTLE:
            self._settle()
        elif kind == LEAVE:
            self.watch.leave(step.value)
        elif kind == QUIESCE:
            self.quiesce()
        elif kind == LEVEL:
            self._level()
        elif kind == CREATE:
            self._create(step.value)
        elif kind in (CREATE_REVISION, SWITCH_REVISION):
            self._revise(step)
        elif kind == STOP_JOBS:
            self._stop_jobs(self.watch.live_jobs())
            self._did(kind)
        elif kind in _UPDATES:
            self._update(_UPDATES[kind], step.value)
        elif step.begins:
            self._begin_run()
            self._did(kind)
        else:
            self._transition(kind)
            self._did(kind)

    def _did(self, action):
        """Notes an action once it took effect; what failed after it is reported together with it."""
        if action not in self.actions[-1:]:
            self.actions.append(action)
        self.watch.unsettled = True

    def _settle(self):
        return self.watch.settle()

    # --- creating ---

    def _create(self, body):
        creation = Creation(self.client, body, self.before)
        made = creation.run()
        self.watch = Watch(self.client, made)
        self._did(CREATE)
        if creation.adopted:
            raise Adopted()
        creation.look_again(made)

    # --- fields ---

    def _update(self, field, value):
        was, swaps = self.watch.status, field.update in d.SWAPPING_UPDATES
        levels = was == d.RUNNING and (swaps or field.name == "replicas")
        lowers = field.name == "replicas" and value < self.watch.replicas
        if levels:
            self.watch.remember_ended()
        self._send_update(field, value)
        self._did(field.update)
        if levels:
            self._settle()
            self._level(lowers=lowers)
        elif swaps and was in (d.STOPPED, d.ERROR):
            self.quiesce()

    def _send_update(self, field, value):
        """Sends one update; where its answers were lost, the deployment tells whether it was done."""
        try:
            self.watch.note(self.client.call(field.update, body=field.body(value), id=self.watch.id))
        except UnknownOutcome:
            found = self.watch.read()
            if field.name == "ssh_public_keys":
                found = dict(found, ssh_public_keys=snapshot.ssh_keys(self.client, self.watch.id))
            if field.name not in found or field.normal(found[field.name]) != field.normal(value):
                raise

    # --- revisions ---

    def _revise(self, step):
        """A new revision, or one gone back to: leaves running what ran, and stopped what was stopped."""
        was = self.watch.status
        if was != d.DRAFT:
            self.watch.remember_ended()
        if step.kind == CREATE_REVISION:
            self._create_revision(step.value)
        else:
            self._switch_revision(step.value)
            self._did(SWITCH_REVISION)
        if step.begins and was != d.DRAFT:
            self._settle()
            self.watch.read()
            self._await_swap()
        elif was in (d.STOPPED, d.ERROR):
            self.quiesce()
        elif was != d.DRAFT:
            self._settle()
            self._level()

    def _create_revision(self, definition):
        """Makes revisions until the newest has a number of its own: else the server would run an older definition."""
        numbers = [revision["revision"] for revision in snapshot.revisions_of(self.client, self.watch.id)]
        most = max(numbers, default=0) - (self.watch.deployment.get("active_revision") or 0) + 2
        for _attempt in range(max(2, most)):
            self._post_revision(definition)
            self._did(CREATE_REVISION)
            numbers = [revision["revision"] for revision in snapshot.revisions_of(self.client, self.watch.id)]
            if numbers and numbers.count(numbers[-1]) == 1:
                return
            if self.watch.status != d.DRAFT:
                self._settle()
        raise NosanaError(
            "%s: the server numbers each new revision like an older one, so that it runs the older definition. Make "
            "a new deployment instead." % d.describe(self.watch.deployment)
        )

    def _post_revision(self, definition):
        known = {_identity(revision) for revision in snapshot.revisions_of(self.client, self.watch.id)}
        for attempt in range(MOST_TRIES):
            try:
                answer = self.client.call("create_revision", body=definition, id=self.watch.id)
                if isinstance(answer, dict) and isinstance(answer.get("active_revision"), int):
                    self.watch.note(answer)
                else:
                    self.watch.read()
                return
            except UnknownOutcome as problem:
                if self._revision_arrived(definition, known):
                    return
                if attempt == MOST_TRIES - 1:
                    raise
                self.client.pause_before_again(problem, PACE)

    def _revision_arrived(self, definition, known):
        """Whether a revision that was sent is there; if it is not the active one, it is made so."""
        revisions = snapshot.revisions_of(self.client, self.watch.id)
        new = [one for one in revisions if _identity(one) not in known]
        new = [one for one in new if job_definition.same(one.get("job_definition"), definition)]
        if not new:
            return False
        if self.watch.read().get("active_revision") != new[-1].get("revision"):
            self._switch_revision(new[-1].get("revision"))
        return True

    def _switch_revision(self, number):
        for attempt in range(MOST_TRIES):
            try:
                self.watch.note(self.client.call("switch_revision", body={"active_revision": number}, id=self.watch.id))
                return
            except UnknownOutcome as problem:
                if self.watch.read().get("active_revision") == number:
                    return
                if attempt == MOST_TRIES - 1:
                    raise
                self.client.pause_before_again(problem, PACE)

    # --- what runs ---

    def _level(self, lowers=False):
        """After a change of one that runs: it goes on running, with as many jobs of the active revision as asked for.

        A server of August 2026 lets the status of a SIMPLE one fall to STOPPED while it swaps the jobs, and may list
        nothing at all when the old jobs end late; a start then lists just what is missing.
        """
        watch = self.watch
        watch.read()
        if watch.strategy == d.SCHEDULED or watch.status == d.INSUFFICIENT_FUNDS:
            return
        self._await_swap()
        current = watch.current_jobs()
        live = sum(d.is_live(job) for job in current)
        done = sum(job.get("state") == "COMPLETED" for job in current)
        if watch.status == d.STOPPED and (live or not done):
            self._restart()
        elif watch.status == d.RUNNING and watch.strategy in d.ENDING_STRATEGIES and live + done < watch.replicas:
            if not any(task.get("task") == "LIST" for task in watch.tasks()):
                self._transition(STOP)
                watch.leave(d.STOPPING)
                self._settle_surely()
                self._restart()
        if lowers:
            watch.until_at_most(watch.replicas)
        self._warn_of_surplus()

    def _await_swap(self):
        """Waits until the jobs that a new revision or market replaces are gone; reads what there is then."""
        watch = self.watch
        old = {job.get("job") for job in watch.live_jobs() if not watch.is_current(job)}
        if old:
            watch.until_gone(old, "the jobs of the former revision or market")
            self._settle_surely()
            watch.read()
        watch.read_jobs()

    def _begin_run(self):
        """Begins a run of batch work, unless the server began it by itself, for this task's revision or a killed one's."""
        watch = self.watch
        if watch.status != d.DRAFT:
            watch.read()
            watch.read_jobs()
            known = {job.get("job") for job in self.before.run.jobs} if self.before.run else set()
            if sum(job.get("job") not in known for job in watch.current_jobs()) >= watch.replicas:
                return
        if watch.status == d.RUNNING:
            self._transition(STOP)
            watch.leave(d.STOPPING)
            self._settle_surely()
        self._transition(START)

    def _restart(self):
        self._transition(START)
        self.watch.leave(d.STARTING)
        self._settle_surely()

    def _settle_surely(self):
        self.watch.unsettled = True
        return self._settle()

    def _warn_of_surplus(self):
        watch = self.watch
        live = watch.live_jobs()
        if len(live) <= watch.replicas:
            return
        remedy = "the server ends the surplus by itself once they run"
        if watch.strategy in d.ENDING_STRATEGIES:
            remedy = "state: stopped ends them all"
        self.warnings.append(
            "%s has %d live jobs for %d replicas; %s."
            % (d.describe(watch.deployment), len(live), watch.replicas, remedy)
        )

    # --- what must not run ---

    def quiesce(self):
        """Makes sure that nothing runs, and nothing is about to. Returns whether anything had to be stopped for it.

        On a server of August 2026 a new revision lists jobs even on a STOPPED one, a moment later.
        """
        stopped_any = False
        while True:
            waiting = [task for task in self._settle() if task.get("task") == "LIST"]
            live = self.watch.live_jobs()
            if not live and not waiting:
                self._recount()
                return stopped_any
            stopped_any = True
            if live:  # what they leave behind goes with them, so look again before anything else is done
                self._stop_jobs(live)
            else:
                self._drop_lists()
            self.watch.unsettled = True

    def _stop_jobs(self, jobs):
        try:
            for job in jobs:
                self._stop_job(str(job.get("job")))
            if jobs:
                self.watch.until_gone({job.get("job") for job in jobs}, "its jobs")
        except NosanaError as problem:
            problem.add(
                "Jobs of %s still run, and cost: {id: %s, state: stopped} ends them."
                % (d.describe(self.watch.deployment), self.watch.id)
            )
            raise
        self._recount()

    def _recount(self):
        """Reads a deployment anew that counted running jobs when it was read: they are gone, and it is returned."""
        if self.watch.deployment.get("active_jobs"):
            self.watch.read()

    def _stop_job(self, address):
        """Stops one job; with a fresh key should the server no longer know the one that it was asked with."""
        for attempt in range(MOST_TRIES):
            try:
                self.client.call("stop_job", job=address, headers={"Idempotency-Key": str(uuid.uuid4())})
                return
            except Refused as problem:
                if problem.code != answers.KEY_EXPIRED or attempt == MOST_TRIES - 1:
                    raise
            except UnknownOutcome:
                if any(job.get("job") == address for job in self.watch.live_jobs()):
                    raise
                return

    def _drop_lists(self):
        """Drops listings that lie ahead of one that is stopped: only a full stop does, and it wants a start before."""
        try:
            if self.watch.read().get("status") == d.STOPPED:
                self._transition(START)
                self.watch.leave(d.STARTING)
            self._transition(STOP)
            self.watch.leave(d.STOPPING)
        except NosanaError as problem:
            problem.add("It may run or fire now: {id: %s, state: stopped} ends that." % self.watch.id)
            raise

    # --- changes of status ---

    def _transition(self, operation):
        """Starts, stops, archives or deletes; after an unknown end or a refusal the status tells what became of it."""
        watch = self.watch
        if operation == START and watch.status != d.DRAFT:
            watch.remember_ended()
        before = watch.deployment
        for attempt in range(MOST_TRIES):
            try:
                watch.note(self.client.call(operation, id=watch.id))
                break
            except (Refused, UnknownOutcome) as problem:
                if self._is_done(operation, problem, before):
                    break
                if attempt == MOST_TRIES - 1:
                    raise
                self.client.pause_before_again(problem, PACE)
        self.watch.unsettled = True
        if operation == DELETE:
            watch.deployment = {}

    def _is_done(self, operation, problem, before):
        """Whether the change took place all the same. Raises when it can't, saying from which status and the way out.

        A start shows by any trace that it left since ``before``: a short run may have ended by now, or credits lack.
        """
        gone = isinstance(problem, NotFound)
        if isinstance(problem, Refused) and not gone and not answers.is_refusal(problem.message):
            raise problem
        try:
            status = self.watch.read().get("status")
        except NotFound:
            if operation == DELETE:
                return True
            raise
        if status in DONE[operation]:
            return True
        if operation == START and isinstance(problem, UnknownOutcome) and _moved(before, self.watch.deployment):
            return True
        if status not in d.ALLOWED[operation] + (d.STARTING, d.STOPPING):
            raise NosanaError(
                "%s: %s is not possible while it is %s (somebody else changed it meanwhile?). Run the task again: it "
                "starts from what it finds then." % (d.describe(self.watch.deployment), operation, status)
            ) from None
        return False


def _moved(before, after):
    """Whether a deployment's status was written in between."""
    return any(before.get(key) != after.get(key) for key in ("status", "updated_at"))


def _identity(revision):
    return revision.get("revision"), revision.get("created_at")

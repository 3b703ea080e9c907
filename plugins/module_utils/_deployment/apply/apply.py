# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out a plan, one change at a time.

A kind of change is imported where it is made: Python compiles each file of a module anew for each task.
"""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.again import send_once
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import TimedOut
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import (
    CREATE,
    CREATE_REVISION,
    ENSURE_NO_JOBS,
    REVISIONS,
    START,
    STOP_JOBS,
    WAIT_FOR_STATUS_CHANGE,
    WAIT_UNTIL_IDLE,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.watch import IDLE_AFTER_A_LISTING, Watch
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

_UPDATES = {field.update: field for field in d.FIELDS if field.update}


class PlanAgain(Exception):
    """The deployment is not as the plan assumes: read it and plan again.

    The one to be created was made meanwhile, by a lost request or another run; or the server left a listing waiting.
    """


class Applier:
    """Carries out steps. ``actions`` holds what was done so far, ``watch`` the deployment as last seen, ``old`` the one
    that it replaces."""

    def __init__(self, client):
        self.client = client
        self.actions = []
        self.warnings = []
        self.before = self.watch = self.old = None

    def look_at(self, before, replaces):
        """Takes a snapshot as what to start from; with ``replaces``, its deployment is to be replaced."""
        self.before = before
        found = Watch(self.client, before.deployment) if before.deployment else None
        self.watch, self.old = (None, found) if replaces else (found, None)
        if replaces and before.replacement:
            self.watch = Watch(self.client, before.replacement)

    def run(self, steps):
        """Carries out the steps in order. Raises NosanaError for one that fails, PlanAgain where they don't fit."""
        for index, step in enumerate(steps):
            if step.changes and self.client.deadline.passed():
                raise TimedOut(
                    "%s: wait_timeout (%d s) was over before %s was begun. Run the task again to go on."
                    % (self._who(), self.client.deadline.seconds, step.kind)
                )
            if step.old:
                self.watch, self.old = self.old, self.watch
            try:
                self._step(step, steps[index + 1 :])
            finally:
                if step.old:
                    self.watch, self.old = self.old, self.watch

    def _who(self):
        watch = self.watch or self.old
        return d.describe(watch.deployment) if watch else "the deployment"

    def _step(self, step, following):
        kind = step.kind
        if kind == WAIT_UNTIL_IDLE:
            self._wait_until_idle(following)
        elif kind == WAIT_FOR_STATUS_CHANGE:
            self.watch.wait_for_status_change(step.value)
        elif kind == ENSURE_NO_JOBS:
            self._ensure_no_jobs()
        elif kind == CREATE:
            self._create(step.value)
        elif kind in REVISIONS:
            self._revise(step)
        elif kind == STOP_JOBS:
            self._stop_jobs()
        elif kind in _UPDATES:
            self._update(_UPDATES[kind], step.value, following)
        elif step.starts_run:
            self._start_run()
        else:
            self._change_status(kind)

    def _did(self, action):
        """Notes an action once it took effect; what failed after it is reported together with it.

        A revision that takes several requests is one action.
        """
        if action != CREATE_REVISION or action not in self.actions[-1:]:
            self.actions.append(action)
        self.watch.unsettled = True

    def _wait_until_idle(self, following):
        """Waits; before a change of replicas, a listing that failed meanwhile and waits for its next try needs a plan
        of its own: it would come on top of what the change lists."""
        waiting = [task for task in self.watch.wait_until_idle() if task.get("task") == "LIST"]
        scales = following and following[0].kind == "update_replicas" and self.watch.strategy != d.SCHEDULED
        if scales and len(waiting) > len(self.before.lists):
            raise PlanAgain()

    def _ensure_no_jobs(self, *idle_after):
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.no_jobs import ensure_no_jobs

        ensure_no_jobs(self.watch, *idle_after)

    def _stop_jobs(self):
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.no_jobs import stop_jobs

        stop_jobs(self.watch, self.watch.live_jobs(), lambda: self._did(STOP_JOBS))

    def _start_run(self):
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.replicas import start_run

        run = self.before.run
        start_run(self.watch, {job.get("job") for job in run.jobs} if run else set())
        self._did(START)

    def _change_status(self, kind):
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.status import change_status

        change_status(self.watch, kind)
        self._did(kind)

    def _create(self, body):
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.create import Creation

        creation = Creation(self.client, body, self.before)
        made = creation.run()
        self.watch = Watch(self.client, made)
        self._did(CREATE)
        if creation.adopted:
            raise PlanAgain()
        creation.look_again(made)

    def _update(self, field, value, following):
        was, swaps = self.watch.status, field.update in d.SWAPPING_UPDATES
        changes_jobs = was == d.RUNNING and (swaps or field.name == "replicas")
        lowers = field.name == "replicas" and value < self.watch.replicas
        if changes_jobs:
            self.watch.remember_ended()
        if field.name == "ssh_public_keys":
            self._set_ssh_keys(value)
        else:
            self._send_update(field, value, following)
        self._did(field.update)
        if changes_jobs:
            self._ensure_replicas(lowers)
        elif swaps and was in (d.STOPPED, d.ERROR):
            self._ensure_no_jobs(IDLE_AFTER_A_LISTING)

    def _send_update(self, field, value, following):
        """Sends one update; where its answers were lost, the deployment tells whether it was done."""
        body = field.body(value)
        if field.beside:  # as it will be, if a later step changes it: the two may only go together
            later = {_UPDATES[step.kind].name: step.value for step in following if step.kind in _UPDATES}
            body[field.beside] = later.get(field.beside, self.watch.deployment.get(field.beside))

        def send():
            self.watch.note(self.client.call(field.update, body=body, id=self.watch.id))
            if field.stored(value) is None:  # an answer's null says nothing elsewhere
                self.watch.deployment = dict(self.watch.deployment, **{field.name: None})
            return True

        def read_back(problem):
            if problem.reason != "unknown_outcome":
                raise problem
            found = self.watch.read()
            return (field.name in found and field.normal(found[field.name]) == field.normal(value)) or None

        send_once(self.client, send, read_back)

    def _set_ssh_keys(self, keys):
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.ssh_keys import set_ssh_keys

        set_ssh_keys(self.client, self.watch.id, keys)

    def _revise(self, step):
        """A new revision, or one gone back to: leaves running what ran, and stopped what was stopped."""
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.replicas import wait_for_swap
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.revision import (
            create_revision,
            switch_revision,
        )

        was = self.watch.status
        if was != d.DRAFT:
            self.watch.remember_ended()
        if step.kind == CREATE_REVISION:
            self.warnings += create_revision(self.watch, step.value, lambda: self._did(CREATE_REVISION))
        else:
            switch_revision(self.watch, step.value)
            self._did(step.kind)
        if step.starts_run and was != d.DRAFT:
            self.watch.wait_until_idle(IDLE_AFTER_A_LISTING)
            self.watch.read()
            wait_for_swap(self.watch)
        elif was in (d.STOPPED, d.ERROR):
            self._ensure_no_jobs(IDLE_AFTER_A_LISTING)
        elif was != d.DRAFT:
            self._ensure_replicas()

    def _ensure_replicas(self, lowers=False):
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.replicas import ensure_replicas

        self.watch.wait_until_idle()
        self.warnings += ensure_replicas(self.watch, lowers)

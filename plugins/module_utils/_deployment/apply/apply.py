# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out a plan, one change at a time."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api import reads
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import TimedOut, UnknownOutcome
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.create import Creation
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.level import await_swap, begin_run, level
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.quiet import quiesce, stop_jobs
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.revision import (
    create_revision,
    switch_revision,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.transition import transition
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import (
    CREATE,
    CREATE_REVISION,
    LEAVE,
    LEVEL,
    QUIESCE,
    REVISIONS,
    SETTLE,
    STOP_JOBS,
    SWITCH_REVISION,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.wait import Watch
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

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
            self.watch.settle()
        elif kind == LEAVE:
            self.watch.leave(step.value)
        elif kind == QUIESCE:
            quiesce(self.watch)
        elif kind == LEVEL:
            self._level()
        elif kind == CREATE:
            self._create(step.value)
        elif kind in REVISIONS:
            self._revise(step)
        elif kind == STOP_JOBS:
            stop_jobs(self.watch, self.watch.live_jobs())
            self._did(kind)
        elif kind in _UPDATES:
            self._update(_UPDATES[kind], step.value)
        elif step.begins:
            run = self.before.run
            begin_run(self.watch, {job.get("job") for job in run.jobs} if run else set())
            self._did(kind)
        else:
            transition(self.watch, kind)
            self._did(kind)

    def _did(self, action):
        """Notes an action once it took effect; what failed after it is reported together with it."""
        if action not in self.actions[-1:]:
            self.actions.append(action)
        self.watch.unsettled = True

    def _create(self, body):
        creation = Creation(self.client, body, self.before)
        made = creation.run()
        self.watch = Watch(self.client, made)
        self._did(CREATE)
        if creation.adopted:
            raise Adopted()
        creation.look_again(made)

    def _update(self, field, value):
        was, swaps = self.watch.status, field.update in d.SWAPPING_UPDATES
        levels = was == d.RUNNING and (swaps or field.name == "replicas")
        lowers = field.name == "replicas" and value < self.watch.replicas
        if levels:
            self.watch.remember_ended()
        self._send_update(field, value)
        self._did(field.update)
        if levels:
            self.watch.settle()
            self._level(lowers=lowers)
        elif swaps and was in (d.STOPPED, d.ERROR):
            quiesce(self.watch)

    def _send_update(self, field, value):
        """Sends one update; where its answers were lost, the deployment tells whether it was done."""
        try:
            self.watch.note(self.client.call(field.update, body=field.body(value), id=self.watch.id))
        except UnknownOutcome:
            found = self.watch.read()
            if field.name == "ssh_public_keys":
                found = dict(found, ssh_public_keys=reads.ssh_keys(self.client, self.watch.id, value))
            if field.name not in found or field.normal(found[field.name]) != field.normal(value):
                raise

    def _revise(self, step):
        """A new revision, or one gone back to: leaves running what ran, and stopped what was stopped."""
        was = self.watch.status
        if was != d.DRAFT:
            self.watch.remember_ended()
        if step.kind == CREATE_REVISION:
            create_revision(self.watch, step.value, lambda: self._did(CREATE_REVISION))
        else:
            switch_revision(self.watch, step.value)
            self._did(SWITCH_REVISION)
        if step.begins and was != d.DRAFT:
            self.watch.settle()
            self.watch.read()
            await_swap(self.watch)
        elif was in (d.STOPPED, d.ERROR):
            quiesce(self.watch)
        elif was != d.DRAFT:
            self.watch.settle()
            self._level()

    def _level(self, lowers=False):
        self.warnings += level(self.watch, lowers)

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan is made of, and the builder that puts steps together in a safe order. Pure."""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

# Steps that change something; the name is also the operation, and the action that the result lists.
CREATE = "create"
CREATE_REVISION = "create_revision"
SWITCH_REVISION = "switch_revision"
START = "start"
STOP = "stop"
STOP_JOBS = "stop_jobs"
ARCHIVE = "archive"
DELETE = "delete"
REVISIONS = (CREATE_REVISION, SWITCH_REVISION)
# ... and every field's update operation (deployment.FIELDS).

# Steps that only wait, or make sure of something.
WAIT_UNTIL_IDLE = "wait_until_idle"  # until the server has nothing due
WAIT_FOR_STATUS_CHANGE = "wait_for_status_change"  # until the status is no longer the one named
ENSURE_NO_JOBS = "ensure_no_jobs"  # until nothing runs; jobs that appear meanwhile are stopped


@dataclasses.dataclass(frozen=True)
class Step:
    """One step. ``value`` is what it needs: a body, a number, a definition, a status.

    ``old`` steps are for the deployment that is being replaced, all others for the one that the task is about.
    ``starts_run`` ones start a run: jobs that the server lists for a new revision are wanted, and make a start
    needless.
    """

    kind: str
    value: object = None
    old: bool = False
    starts_run: bool = False

    @property
    def changes(self):
        return self.kind not in (WAIT_UNTIL_IDLE, WAIT_FOR_STATUS_CHANGE, ENSURE_NO_JOBS)


class Steps:
    """Collects steps. ``status`` is what the deployment's status will be after those collected so far."""

    def __init__(self, status):
        self.status = status
        self.collected = []

    @property
    def kinds(self):
        return {step.kind for step in self.collected}

    def change(self, kind, value=None, starts_run=False):
        """Adds a change. Between two of them the server has to be idle, unless the deployment is a DRAFT."""
        if self.status != d.DRAFT:
            self.collected.append(Step(WAIT_UNTIL_IDLE))
        self.collected.append(Step(kind, value, starts_run=starts_run))

    def start(self, starts_run=False):
        self.change(START, starts_run=starts_run)
        self.status = d.RUNNING

    def stop(self):
        """Adds a full stop. It drops whatever is due, so that this need not be waited for (it may never end)."""
        self.collected.append(Step(STOP))
        self.wait_out(d.STOPPING, d.STOPPED)
        self.collected.append(Step(ENSURE_NO_JOBS))

    def stop_jobs(self):
        """Adds the end of jobs that a STOPPED deployment has."""
        self.change(STOP_JOBS)
        self.collected.append(Step(ENSURE_NO_JOBS))

    def wait_out(self, status, then):
        """Adds a wait until the status, which does not last, has become another one."""
        self.collected.append(Step(WAIT_FOR_STATUS_CHANGE, status))
        self.status = then


@dataclasses.dataclass(frozen=True)
class Plan:
    """The steps, and what they lead to.

    ``run`` is the run that was there already and has ended, where a run is asked for; ``failure`` says why the steps
    don't lead to what is asked for, if they don't.
    """

    steps: tuple
    before: dict  # managed fields, for the diff
    after: dict
    deployment: dict  # as it will be, {} when it will be gone
    warnings: tuple = ()
    replaced_id: str | None = None
    run: object = None
    failure: str | None = None

    @property
    def actions(self):
        """What the result lists, in order."""
        return [step.kind for step in self.steps if step.changes]

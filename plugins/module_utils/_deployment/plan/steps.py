# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan is made of. Pure."""

from __future__ import annotations

import dataclasses

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
SETTLE = "settle"  # until the server has nothing due
LEAVE = "leave"  # until the status is no longer the one named
QUIESCE = "quiesce"  # until nothing runs; jobs that appear meanwhile are stopped
LEVEL = "level"  # until a swap of jobs is over; what ran goes on running, whatever the server makes of it


@dataclasses.dataclass(frozen=True)
class Step:
    """One step. ``value`` is what it needs: a body, a number, a definition, a status.

    ``former`` steps are for the deployment that is being replaced, all others for the one that the task is about.
    ``begins`` ones begin a run: jobs that the server lists for a new revision are wanted, and make a start needless.
    """

    kind: str
    value: object = None
    former: bool = False
    begins: bool = False

    @property
    def changes(self):
        return self.kind not in (SETTLE, LEAVE, QUIESCE, LEVEL)


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

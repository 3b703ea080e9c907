# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the end of a deployment: what lies between its status and being archived or deleted is walked. Pure."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import ARCHIVED
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import (
    ARCHIVE,
    DELETE,
    LEAVE,
    QUIESCE,
    SETTLE,
    START,
    STOP,
    STOP_JOBS,
    Plan,
    Step,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


class Removal:
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
            # The API neither deletes nor archives a DRAFT. With no replicas, starting it lists no job, at no cost.
            if self.deployment.get("replicas") != 0:
                steps.append(Step("update_replicas", 0))
            steps += [Step(START), Step(LEAVE, d.STARTING)]
            status = d.RUNNING
        elif status == d.STARTING:
            steps.append(Step(LEAVE, d.STARTING))
            status = d.RUNNING
        if status in d.ALLOWED["stop"]:
            steps += [Step(STOP), Step(LEAVE, d.STOPPING)]  # drops whatever is due
        elif status == d.STOPPING:
            steps.append(Step(LEAVE, d.STOPPING))
        elif self.snapshot.live_jobs or self.snapshot.lists:
            steps += [Step(SETTLE), Step(STOP_JOBS)]
        return steps + [Step(QUIESCE), Step(self.last)]

    def _result(self, steps):
        archives = self.last == ARCHIVE
        before = {
            field.name: self.deployment[field.name] for field in d.FIELDS if self.deployment.get(field.name) is not None
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

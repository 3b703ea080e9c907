# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans the end of a deployment (archived, absent), with all steps that the API wants before it. Pure."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import ARCHIVED
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.differences import refuse_unknown_status
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import (
    ARCHIVE,
    DELETE,
    ENSURE_NO_JOBS,
    Plan,
    Step,
    Steps,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


def removal(desired, snapshot):
    """The plan for archived and absent. Raises InvalidOptions for what can't be removed so."""
    deployment, archives = snapshot.deployment, desired.state == ARCHIVED
    if deployment is None:
        return Plan((), {}, {}, snapshot.archived[0] if archives and snapshot.archived else {})
    if desired.id and desired.name and deployment.get("name") != desired.name:
        raise InvalidOptions(
            "%s is not named %r: nothing was removed. Leave the name out, or give the id of the one that is meant."
            % (d.describe(deployment), desired.name)
        )
    if d.is_archived(deployment) and archives:
        return Plan((), {}, {}, deployment)
    if d.is_archived(deployment):
        raise InvalidOptions(
            "%s is ARCHIVED, and the API never deletes an archived one. Nothing of it runs or costs: leave it, with "
            "state: archived." % d.describe(deployment),
            "refused",
        )
    refuse_unknown_status(deployment)
    return _prediction(snapshot, _steps(snapshot, ARCHIVE if archives else DELETE), archives)


def _steps(snapshot, last):
    """The steps from the status to the end, since the API archives and deletes only what is STOPPED."""
    deployment = snapshot.deployment
    steps = Steps(deployment.get("status"))
    if steps.status == d.DRAFT:
        # The API neither deletes nor archives a DRAFT. With no replicas, starting it lists no job, at no cost.
        if deployment.get("replicas") != 0:
            steps.change("update_replicas", 0)
        steps.start()
        steps.wait_out(d.STARTING, d.RUNNING)
    if steps.status == d.STARTING:
        steps.wait_out(d.STARTING, d.RUNNING)
    if steps.status in d.ALLOWED["stop"]:
        steps.stop()
    elif steps.status == d.STOPPED and (snapshot.live_jobs or snapshot.lists):
        steps.stop_jobs()
    else:
        if steps.status == d.STOPPING:
            steps.wait_out(d.STOPPING, d.STOPPED)
        steps.collected.append(Step(ENSURE_NO_JOBS))
    return (*steps.collected, Step(last))


def _prediction(snapshot, steps, archives):
    deployment = snapshot.deployment
    before = {field.name: deployment[field.name] for field in d.FIELDS if deployment.get(field.name) is not None}
    before["status"] = deployment.get("status")
    if snapshot.revisions is not None:
        before["job_definition"] = snapshot.active_definition
    after = dict(before, status=d.ARCHIVED) if archives else {}
    predicted = dict(deployment, status=d.ARCHIVED, active_jobs=0, updated_at=None) if archives else {}
    if Step("update_replicas", 0) in steps and archives:
        after["replicas"] = predicted["replicas"] = 0
    if snapshot.live_jobs:
        before["live_jobs"] = len(snapshot.live_jobs)
        after.update({"live_jobs": 0} if archives else {})
    return Plan(steps, before, after, predicted)

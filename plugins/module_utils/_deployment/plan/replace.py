# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans that a new deployment takes the place of one that can't change as asked (on_immutable_change). Pure.

The new one is created first, as a DRAFT, which validates it and costs nothing; then the old one is stopped and
archived; then the new one is started, if the task asks for it or the old one runs at that moment. A run that finds one
old one and one DRAFT as desired goes on from there.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import Ambiguous, InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import (
    ARCHIVED,
    COMPLETED,
    STOPPED,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.create import (
    create_body,
    created,
    created_fields,
    jobs_of_new,
    missing_to_create,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.differences import (
    changed_fields,
    fixed_fields,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.remove import removal
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import CREATE, START, Plan, Step
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


def is_replacement(desired, snapshot):
    """Whether the deployment has to be replaced, if it may be. Raises Ambiguous for two of a name that are none."""
    if d.is_archived(snapshot.deployment):
        return False
    fixed = fixed_fields(changed_fields(desired, snapshot), snapshot)
    if snapshot.replacement and not fixed:
        both = "%s and %s" % (snapshot.deployment.get("id"), snapshot.replacement.get("id"))
        raise Ambiguous("name: two deployments are named %r: %s. Remove one, by its id." % (desired.name, both))
    return bool(fixed)


def replacement(desired, snapshot):
    """The plan of a replacement, or of what is left of one that was begun. Raises InvalidOptions."""
    old = snapshot.deployment
    missing = missing_to_create(desired)
    if missing:
        raise InvalidOptions(
            "%s: to replace it, the task needs all options to create the new one; it lacks: %s"
            % (d.describe(old), ", ".join(missing))
        )
    steps = [] if snapshot.replacement else [Step(CREATE, create_body(desired))]
    removed = removal(dataclasses.replace(desired, state=ARCHIVED), snapshot)
    steps += [dataclasses.replace(step, old=True) for step in removed.steps]
    # one with a replacement and without replicas is a DRAFT whose removal an earlier run began
    old_runs = old.get("status") in d.RUNNING_STATUSES and not (snapshot.replacement and old.get("replicas") == 0)
    completes = desired.state == COMPLETED
    runs = desired.runs or completes or (desired.state != STOPPED and old_runs)
    if runs:
        steps.append(Step(START, starts_run=completes))
    status = d.STOPPED if completes else d.RUNNING if runs else d.DRAFT
    made = snapshot.replacement and dict(
        snapshot.replacement, status=status, updated_at=None, active_jobs=jobs_of_new(status)
    )
    return Plan(
        tuple(steps),
        _before(desired, snapshot),
        created_fields(desired, status),
        made or created(desired, status),
        replaced_id=old.get("id"),
    )


def _before(desired, snapshot):
    before = {field.name: snapshot.value(field) for field in d.FIELDS if field.name in desired.fields}
    before["status"] = snapshot.deployment.get("status")
    if snapshot.revisions is not None:
        before["job_definition"] = snapshot.active_definition
    return before

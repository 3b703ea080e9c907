# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans that a new deployment takes the place of one that can't change as asked (on_immutable_change). Pure.

The new one is created first, as a DRAFT, which validates it and costs nothing; then the old one is stopped and
archived; then the new one is started, if the task asks for it or the old one ran. Where the old one does not run,
whatever jobs it still has are ended before the new one is created: so a job that lived on beside the DRAFT is a trace
of an old one that ran, by which a run that was ended in the middle is made up for.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import (
    ARCHIVED,
    COMPLETED,
    REPLACE,
    STOPPED,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.change import changed_fields, fixed_fields
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.create import (
    create_body,
    created,
    created_fields,
    jobs_of_new,
    missing_to_create,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.remove import Removal
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import CREATE, START, Plan, Step
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


def is_replacement(desired, snapshot):
    """Whether the deployment has to be replaced. Raises InvalidOptions for two of a name that are no replacement."""
    if desired.on_immutable_change != REPLACE or snapshot.deployment.get("status") == d.ARCHIVED:
        return False
    fixed = fixed_fields(changed_fields(desired, snapshot), snapshot)
    if snapshot.successor and not fixed:
        both = "%s and %s" % (snapshot.deployment.get("id"), snapshot.successor.get("id"))
        raise InvalidOptions("name: two deployments are named %r: %s. Remove one, by its id." % (desired.name, both))
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
    body = create_body(desired)
    removal = Removal(dataclasses.replace(desired, state=ARCHIVED), snapshot).plan()
    creates = [] if snapshot.successor else [Step(CREATE, body)]
    removes = [dataclasses.replace(step, former=True) for step in removal.steps]
    # one with a successor and without replicas is a DRAFT that an earlier run began to walk to its end
    ran = old.get("status") in d.RUNNING_STATUSES and not (snapshot.successor and old.get("replicas") == 0)
    first = ran or old.get("status") == d.DRAFT
    steps = creates + removes if first else removes[:-1] + creates + removes[-1:]
    completes = desired.state == COMPLETED
    runs = desired.runs or completes or (desired.state != STOPPED and (ran or bool(snapshot.former_ran)))
    if runs:
        steps.append(Step(START, begins=completes))
    status = d.STOPPED if completes else d.RUNNING if runs else d.DRAFT
    before = {field.name: snapshot.value(field) for field in d.FIELDS if field.name in desired.fields}
    before["status"] = old.get("status")
    if snapshot.revisions is not None:
        before["job_definition"] = snapshot.active_definition
    made = snapshot.successor and dict(
        snapshot.successor, status=status, updated_at=None, active_jobs=jobs_of_new(status)
    )
    return Plan(
        tuple(steps),
        before,
        created_fields(desired, status),
        made or created(desired, status),
        _warnings(desired, snapshot, runs),
        replaced_id=old.get("id"),
    )


def _warnings(desired, snapshot, runs):
    """What can't be seen: whether one ran that an earlier run was about to replace, and stopped."""
    if runs or desired.state == STOPPED or not snapshot.successor or snapshot.former_ran is not None:
        return ()
    return (
        "%s takes over from %s, of which can't be seen whether it ran before an earlier run of this task stopped it: "
        "{id: %s, state: started} starts it."
        % (d.describe(snapshot.successor), snapshot.deployment.get("id"), snapshot.successor.get("id")),
    )

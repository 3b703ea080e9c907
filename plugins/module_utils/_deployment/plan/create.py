# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans a deployment that is not there yet. Pure."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions, NoSuch
from ansible_collections.nosana.cloud.plugins.module_utils._definition.endpoints import endpoints_of
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import COMPLETED, RESTARTED, STOPPED
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import CREATE, START, Plan, Step
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


def missing_to_create(desired):
    """The names of the options that creating needs and the task does not give."""
    missing = [field.name for field in d.FIELDS if field.required and field.name not in desired.fields]
    if desired.fields.get("strategy") == d.SCHEDULED and "schedule" not in desired.fields:
        missing.append("schedule")
    if desired.job_definition is None:
        missing.append("job_definition")
    return missing


def creation(desired, archived=()):
    """The plan for a name that no live deployment has; ``archived`` are those that had it. Raises InvalidOptions."""
    nobody = "no deployment is named %r%s" % (desired.name, " (one is ARCHIVED)" if archived else "")
    if desired.state == RESTARTED:
        raise NoSuch("%s, so there is nothing to restart; state: started makes one" % nobody)
    completes = desired.state == COMPLETED
    missing = missing_to_create(desired)
    if missing and desired.state == STOPPED:
        return Plan((), {}, {}, {})
    if missing:
        raise NoSuch("%s, and to create it the task lacks: %s" % (nobody, ", ".join(missing)))
    steps = [Step(CREATE, create_body(desired))]
    if desired.runs or completes:
        steps.append(Step(START, starts_run=completes))
    status = d.STOPPED if completes else d.RUNNING if desired.runs else d.DRAFT
    return Plan(tuple(steps), {}, created_fields(desired, status), created(desired, status))


def create_body(desired):
    """The body of the create. Raises InvalidOptions for what a new deployment can't have."""
    fields = desired.fields
    if desired.active_revision is not None:
        raise InvalidOptions("active_revision: a deployment that does not exist yet has no revision to go back to")
    if fields["replicas"] < 1:
        raise InvalidOptions("replicas: a new deployment needs at least 1, not %d" % fields["replicas"])
    if "startup_timeout" in fields and not endpoints_of(desired.job_definition):
        raise InvalidOptions("startup_timeout: needs a job definition that exposes a port")
    given = {
        name: value for name, value in fields.items() if value not in ({}, [])
    }  # these say "none", as is the default
    return dict(given, job_definition=desired.job_definition)


def created_fields(desired, status):
    """The managed fields of a new deployment, for the diff."""
    shown = {field.name: field.normal(desired.fields[field.name]) for field in d.FIELDS if field.name in desired.fields}
    return dict(shown, job_definition=desired.job_definition, status=status)


def jobs_of_new(status):
    """How many jobs of a new deployment run in the end: none of a DRAFT, else None, as only the server knows."""
    return 0 if status == d.DRAFT else None


def created(desired, status):
    """A new deployment as it will be; what only the server can know is None."""
    told = [field for field in d.FIELDS if field.name in desired.fields and field.name != "ssh_public_keys"]
    fields = {field.name: field.stored(desired.fields[field.name]) for field in told}
    own = [field.name for field in d.FIELDS if field.strategy == fields["strategy"] and not field.newer]
    endpoints = [dict(found, url=None) for found in endpoints_of(desired.job_definition)]
    return dict(
        dict.fromkeys([*d.SERVER_FIELDS, "confidential", *own]),  # what a task leaves out, the server chooses
        **fields,
        status=status,
        active_revision=1,
        active_jobs=jobs_of_new(status),
        endpoints=endpoints,
    )

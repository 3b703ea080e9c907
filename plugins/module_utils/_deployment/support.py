# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the server can do what a plan takes, and the requirements are such as it knows. Reads only."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions, Unsupported
from ansible_collections.nosana.cloud.plugins.module_utils._api.routes import OPERATIONS
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import ROLL_BACK
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import (
    CREATE,
    REVISIONS,
    SWITCH_REVISION,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


def require_support(client, planned, desired):
    """Raises Unsupported, before anything is changed, for a plan with operations or fields that the server lacks, or
    that could not be rolled back as desired."""
    revises = any(step.kind in REVISIONS for step in planned.steps)
    if revises and desired.on_failure == ROLL_BACK and not client.supports(SWITCH_REVISION):
        raise Unsupported(
            "on_failure: roll_back can't go back: %s is an operation that the API at %s does not offer (by its OpenAPI "
            "document). Leave it out, or ask for a newer server. Nothing was changed." % (SWITCH_REVISION, client.base)
        )
    for step in planned.steps:
        if step.kind == CREATE:
            _require_fields(client, step.value)
            _require_known_keys(client, step.value.get("requirements"))
        if step.kind == "update_requirements":
            _require_known_keys(client, step.value)
        optional = step.kind in OPERATIONS and OPERATIONS[step.kind].optional
        if optional and not client.can_do(step.kind):
            raise Unsupported(
                "%s: the API at %s can't change it: %s is an operation that it does not offer (by its "
                "OpenAPI document). Leave it out, or ask for a newer server. Nothing was changed."
                % (_option_of(step.kind), client.base, step.kind)
            )


def _option_of(kind):
    """The option that asks for a step."""
    return next((field.name for field in d.FIELDS if field.update == kind), "active_revision")


def _require_fields(client, body):
    """A server ignores the fields that it does not know: the deployment would come out other than asked for."""
    for field in d.FIELDS:
        if field.newer and field.name in body and not client.takes(CREATE, field.name):
            raise Unsupported(
                "%s: the API at %s does not know it (by its OpenAPI document). Leave it out, or ask for a newer "
                "server. Nothing was changed." % (field.name, client.base)
            )


def _require_known_keys(client, requirements):
    """A server that lists the keys of requirements refuses others; one that does not, ignores what it does not know."""
    if not requirements:
        return
    # imported here: Python compiles each file of a module anew for each task, and few of them have requirements
    from ansible_collections.nosana.cloud.plugins.module_utils._model.requirements import problems
    from ansible_collections.nosana.cloud.plugins.module_utils._model.text import joined_problems
    from ansible_collections.nosana.cloud.plugins.module_utils._offers.gpus import requirement_keys

    wrong = problems(requirements, requirement_keys(client) or [])
    if wrong:
        raise InvalidOptions(joined_problems(wrong))


def require_sense(desired, before, wait_for):
    """Raises InvalidOptions where a SCHEDULED deployment would be waited for by jobs that it does not have."""
    strategy = (before.deployment or desired.fields).get("strategy")
    if wait_for in ("jobs", "endpoints") and strategy == d.SCHEDULED and desired.runs:
        raise InvalidOptions(
            "wait_for: a SCHEDULED deployment has no jobs until its time comes; use status, or leave wait_for out"
        )

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a task's options to what is desired; what can't be is refused here, before the first request. Pure."""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils import cron, job_definition
from ansible_collections.nosana.cloud.plugins.module_utils.deployment import (
    FIELDS,
    LEAST_TIMEOUT,
    ROTATION_MARGIN,
    is_address,
    is_id,
    rotation_is_late,
)
from ansible_collections.nosana.cloud.plugins.module_utils.errors import InvalidOptions

PRESENT = "present"
STARTED = "started"
STOPPED = "stopped"
ARCHIVED = "archived"
ABSENT = "absent"
STATES = (PRESENT, STARTED, STOPPED, ARCHIVED, ABSENT)
#: These end a deployment: options that configure it are ignored, and not judged.
ENDING_STATES = (ARCHIVED, ABSENT)

#: Characters of the longest name; the API takes thousands, which no listing can show.
LONGEST_NAME = 255


@dataclasses.dataclass(frozen=True)
class Desired:
    """What a task asks for. ``fields`` holds only the options that were given, by their names."""

    state: str
    id: str | None = None
    name: str | None = None
    fields: dict = dataclasses.field(default_factory=dict)
    job_definition: dict | None = None
    active_revision: int | None = None

    @property
    def ends(self):
        """Whether the deployment is to be archived or deleted."""
        return self.state in ENDING_STATES


def desired_of(options):
    """The desired state that a module's options describe. Raises InvalidOptions with all that is wrong."""
    options = job_definition.plain(options)
    problems = _who(options)
    if options["state"] in ENDING_STATES:
        _refuse(problems)
        return Desired(options["state"], options.get("id"), options.get("name"))
    fields = {field.name: options[field.name] for field in FIELDS if options.get(field.name) is not None}
    if isinstance(fields.get("market"), str):
        fields["market"] = fields["market"].strip()
    problems += field_problems(fields)
    definition = options.get("job_definition")
    if definition is not None:
        problems += ["job_definition: " + problem for problem in job_definition.problems(definition)]
    _refuse(problems)
    return Desired(
        options["state"],
        options.get("id"),
        options.get("name"),
        fields,
        None if definition is None else job_definition.normalise(definition),
        options.get("active_revision"),
    )


def _refuse(problems):
    if problems:
        raise InvalidOptions("; ".join(problems))


def _who(options):
    problems = []
    if options.get("id") is None and options.get("name") is None:
        problems.append("one of id and name is needed to say which deployment is meant")
    if options.get("id") is not None and not is_id(options["id"]):
        problems.append("id: %r is no deployment's id (43 or 44 base58 characters)" % options["id"])
    name = options.get("name")
    if name is not None and not name.strip():
        problems.append("name: must not be empty")
    elif name is not None and not name.isprintable():
        problems.append("name: must not hold line breaks or control characters")
    elif name is not None and len(name) > LONGEST_NAME:
        problems.append("name: is longer than %d characters" % LONGEST_NAME)
    return problems


def field_problems(fields):
    """What can't be in the fields that a task gives (a dict by their names), as messages."""
    problems = []
    timeout, rotation = fields.get("timeout"), fields.get("rotation_time")
    strategy = fields.get("strategy")
    if fields.get("replicas", 0) < 0:
        problems.append("replicas: must be 0 or more, not %d" % fields["replicas"])
    if timeout is not None and timeout < LEAST_TIMEOUT:
        problems.append(
            "timeout: must be at least %d minutes, not %d (the API would take less, and then never run it)"
            % (LEAST_TIMEOUT, timeout)
        )
    if "market" in fields and not is_address(fields["market"]):
        problems.append("market: %r is no market's address (32 to 44 base58 characters)" % fields["market"])
    if "schedule" in fields:
        problems += ["schedule: " + problem for problem in cron.problems(fields["schedule"])]
    if rotation is not None and rotation < 1:
        problems.append("rotation_time: must be at least 1 minute, not %d" % rotation)
    elif rotation is not None and timeout is not None and rotation_is_late(rotation, timeout):
        problems.append(late_rotation(rotation, timeout))
    for field in FIELDS:
        if field.strategy and field.name in fields and strategy and strategy != field.strategy:
            problems.append(foreign_option(field, strategy))
    return problems


def late_rotation(rotation, timeout):
    """The message for a rotation that leaves a job less time than the API wants."""
    return "rotation_time: must be more than %d minutes below the timeout, %d is not (timeout: %d)" % (
        ROTATION_MARGIN,
        rotation,
        timeout,
    )


def foreign_option(field, strategy):
    """The message for an option that another strategy has."""
    return "%s: is only for strategy %s, not for %s" % (field.name, field.strategy, strategy)

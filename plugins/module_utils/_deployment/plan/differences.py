# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs between a deployment and what is desired of it, and which differences are refused. Pure."""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    Ambiguous,
    InvalidOptions,
    Unsupported,
)
from ansible_collections.nosana.cloud.plugins.module_utils._definition import compare
from ansible_collections.nosana.cloud.plugins.module_utils._definition.endpoints import endpoints_of
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import (
    IGNORE,
    PRESENT,
    foreign_option,
    late_rotation,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import (
    CREATE_REVISION,
    SWITCH_REVISION,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


@dataclasses.dataclass(frozen=True)
class Differences:
    """The fields that are to change, in order; the revision that is to be made (``definition``) or gone back to
    (``number``); the fixed fields that are left as they are (``ignored``)."""

    updates: tuple = ()
    definition: dict | None = None
    number: int | None = None
    ignored: tuple = ()

    @property
    def revises(self):
        return self.definition is not None or self.number is not None

    @property
    def any(self):
        return bool(self.updates) or self.revises

    def updates_field(self, name):
        return any(field.name == name for field in self.updates)

    def add_to(self, steps, fields):
        """Adds the changes to the steps (a Steps): fields first, the revision last."""
        for field in self.updates:
            steps.change(field.update, fields[field.name])
        if self.definition is not None:
            steps.change(CREATE_REVISION, self.definition)
        elif self.number is not None:
            steps.change(SWITCH_REVISION, self.number)


def differences(desired, snapshot):
    """The Differences of a deployment that is there. Raises InvalidOptions for those that can't be made so."""
    changed = changed_fields(desired, snapshot)
    fixed = fixed_fields(changed, snapshot)
    ignored = tuple(fixed) if desired.on_immutable_change == IGNORE else ()
    number = desired.active_revision
    found = Differences(
        tuple(field for field in changed if field not in ignored),
        _new_definition(desired, snapshot),
        None if number == snapshot.deployment.get("active_revision") else number,
        ignored,
    )
    _refuse(desired, snapshot, found)
    return found


def contrast(desired, snapshot, fields):
    """Fields in a message, with what is and what is asked for."""
    return ", ".join("%s (%s, not %s)" % (f.name, snapshot.value(f), desired.fields[f.name]) for f in fields)


def changed_fields(desired, snapshot):
    """The fields whose value differs from what the task gives, in the order in which they are to change."""
    given = [field for field in d.FIELDS if field.name in desired.fields and not _is_untold(field, snapshot)]
    return [field for field in given if snapshot.value(field) != field.normal(desired.fields[field.name])]


def fixed_fields(fields, snapshot):
    """Those of the fields that can't change in place, on this server."""
    return [field for field in fields if field.update is None or field.name in snapshot.fixed]


def refuse_unknown_status(deployment):
    """Raises Unsupported for a status of which nothing is known here."""
    if deployment.get("status") not in d.STATUSES:
        raise Unsupported(
            "%s has the status %s, which this version of the collection does not know: nothing was done. "
            "Is there a newer version?" % (d.describe(deployment), deployment.get("status"))
        )


def _new_definition(desired, snapshot):
    definition = desired.job_definition
    if definition is None or compare.same(definition, snapshot.active_definition):
        return None
    return definition


def _is_untold(field, snapshot):
    """Whether the server does not say what is fixed anyway: that is no difference."""
    return field.update is None and snapshot.deployment.get(field.name) is None


def _refuse(desired, snapshot, found):
    deployment, fields = snapshot.deployment, desired.fields
    who = d.describe(deployment)
    if d.is_archived(deployment) and (found.any or desired.state != PRESENT):
        raise InvalidOptions(
            "%s is ARCHIVED: it can't be changed, started or stopped any more. Give the name without the id, and all "
            "options to create, to get a new one." % who,
            "refused",
        )
    refuse_unknown_status(deployment)
    for field in d.FIELDS:
        if field.strategy and field.name in fields and deployment.get("strategy") != field.strategy:
            raise InvalidOptions(foreign_option(field, "%s, which %s is" % (deployment.get("strategy"), who)))
    fixed = fixed_fields(found.updates, snapshot)
    if fixed:
        raise InvalidOptions(
            "%s: what is fixed when a deployment is created can't be changed: %s. Leave it as it is, or say with "
            "on_immutable_change what to do: replace (a new deployment takes its place), or ignore."
            % (who, contrast(desired, snapshot, fixed))
        )
    _refuse_revision(desired, snapshot, found)
    if found.updates_field("startup_timeout") and not _will_expose(desired, deployment):
        raise InvalidOptions("startup_timeout: needs a job definition that exposes a port")
    rotation = fields.get("rotation_time", deployment.get("rotation_time"))
    if "timeout" in fields and deployment.get("strategy") == d.INFINITE and isinstance(rotation, (int, float)):
        if d.rotation_is_late(rotation, fields["timeout"]):
            raise InvalidOptions("%s: %s" % (who, late_rotation(rotation, fields["timeout"])))
    if snapshot.name_holders and found.updates_field("name"):
        raise Ambiguous("name: %r is already the name of %s" % (fields["name"], ", ".join(snapshot.name_holders)))


def _refuse_revision(desired, snapshot, found):
    numbers = sorted({revision.get("revision") for revision in snapshot.revisions or ()})
    if found.number is not None and found.number not in numbers:
        raise InvalidOptions(
            "active_revision: %s has no revision %d, only %s"
            % (d.describe(snapshot.deployment), found.number, ", ".join(map(str, numbers)) or "none")
        )


def _will_expose(desired, deployment):
    if desired.job_definition is not None:
        return bool(endpoints_of(desired.job_definition))
    return bool(deployment.get("endpoints"))

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a deployment is: the table of its fields, the table of its statuses, and small questions about both. Pure."""

from __future__ import annotations

import dataclasses
import datetime
import re
import typing

DRAFT = "DRAFT"
STARTING = "STARTING"
RUNNING = "RUNNING"
STOPPING = "STOPPING"
STOPPED = "STOPPED"
INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
ERROR = "ERROR"
ARCHIVED = "ARCHIVED"
STATUSES = (DRAFT, STARTING, RUNNING, STOPPING, STOPPED, INSUFFICIENT_FUNDS, ERROR, ARCHIVED)

SIMPLE = "SIMPLE"
SIMPLE_EXTEND = "SIMPLE-EXTEND"
SCHEDULED = "SCHEDULED"
INFINITE = "INFINITE"
STRATEGIES = (SIMPLE, SIMPLE_EXTEND, SCHEDULED, INFINITE)
#: These run their replicas once, and become STOPPED by themselves when the last job ends.
ENDING_STRATEGIES = (SIMPLE, SIMPLE_EXTEND)

#: In these a deployment runs, or does so as soon as it can.
RUNNING_STATUSES = (RUNNING, STARTING, INSUFFICIENT_FUNDS)

#: From which statuses the API permits a change of status (recorded answers of its August 2026 server).
ALLOWED = {
    "start": (DRAFT, STOPPED, INSUFFICIENT_FUNDS, ERROR),
    "stop": (RUNNING, INSUFFICIENT_FUNDS, ERROR),
    "archive": (STOPPED,),
    "delete": (STOPPED,),
}

#: States of a job that cost money, or are about to.
LIVE_JOB_STATES = ("QUEUED", "RUNNING")
#: What the API gives for the host of a job that none has taken.
_NO_NODE = "1" * 32
_NUMBERED_STATES = {0: "QUEUED", 1: "RUNNING", 2: "COMPLETED", 3: "STOPPED"}

#: Minutes that a job paid with credits has to have; a shorter deployment can be created and never runs.
LEAST_TIMEOUT = 60
#: Minutes that a rotation has to come before the timeout: with less the API refuses it.
ROTATION_MARGIN = 10


def _as_it_is(value):
    return value


def key_material(keys):
    """SSH public keys as the API tells them apart: type and material, without comments, in a stable order."""
    return sorted({" ".join(key.split()[:2]) for key in keys or ()})


@dataclasses.dataclass(frozen=True)
class Field:
    """A field that tasks manage: an option, a key of the create body and of the deployment, all of one name.

    ``update`` is the operation that changes it, None when it is fixed at creation; ``key`` what its body calls the
    field, where that is another name; ``beside`` a field that the body has as well, since the server sets both in one
    write. ``required`` fields must be given to create; ``strategy`` is the only one that
    the field is for, if there is one; ``newer`` ones are not known to every server. ``normal`` makes two values
    comparable, and is what diffs show.
    """

    name: str
    update: str | None = None
    required: bool = False
    strategy: str | None = None
    newer: bool = False
    key: str | None = None
    beside: str | None = None
    normal: typing.Callable = _as_it_is

    def body(self, value):
        """The body of the update."""
        return {self.key or self.name: self.stored(value)}

    @staticmethod
    def stored(value):
        """A value as the API takes and shows it: an empty map is null."""
        return None if value == {} else value


#: In the order in which changes are made: what needs no jobs first, what swaps jobs last.
FIELDS = (
    Field("name", "update_name", required=True),
    Field("timeout", "update_timeout", required=True),
    Field("schedule", "update_schedule", strategy=SCHEDULED),
    Field("startup_timeout", "update_startup_timeout", strategy=INFINITE, newer=True),
    Field("ssh_public_keys", "update_ssh_keys", newer=True, key="public_keys", normal=key_material),
    Field("replicas", "update_replicas", required=True),
    Field("requirements", "update_requirements", newer=True, beside="market", normal=lambda value: value or {}),
    Field("market", "update_market", required=True),
    Field("strategy", required=True),
    Field("rotation_time", strategy=INFINITE),
    Field("confidential"),
)

#: Updates that replace the jobs of a running deployment by others, as a new revision does.
SWAPPING_UPDATES = ("update_requirements", "update_market")

#: What only the server knows of a deployment before it exists.
SERVER_FIELDS = ("id", "vault", "owner", "created_at", "updated_at")

#: All fields of a deployment that are known, whatever its strategy and its server.
KNOWN_FIELDS = (
    *SERVER_FIELDS,
    *(field.name for field in FIELDS if field.name != "ssh_public_keys"),  # which have a route of their own
    "status",
    "active_revision",
    "active_jobs",
    "endpoints",
)

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ID = re.compile("[%s]{43,44}" % _BASE58)
_ADDRESS = re.compile("[%s]{32,44}" % _BASE58)


def is_id(text):
    """Whether the text has the form of a deployment's id: a base58 public key of 43 or 44 characters."""
    return bool(_ID.fullmatch(text))


def no_id(text):
    """The message for a text that is no deployment's id."""
    return "%r is no deployment's id (43 or 44 base58 characters)" % text


def is_address(text):
    """Whether the text has the form of an address on Solana, as a market's is: base58, 32 to 44 characters."""
    return bool(_ADDRESS.fullmatch(text))


def seconds_of(time):
    """The Unix seconds of a time as the API writes it (ISO 8601), None when it can't be read."""
    try:
        parsed = datetime.datetime.fromisoformat(time)
    except (TypeError, ValueError):
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=datetime.timezone.utc)).timestamp()


def active_revision(deployment, revisions):
    """The revision that runs: numbered ``active_revision``, the oldest of that number should it occur twice.

    ``revisions`` are the oldest first. None when it is not among them.
    """
    number = deployment.get("active_revision")
    return next((revision for revision in revisions if revision.get("revision") == number), None)


def complete(deployment):
    """The deployment with every known field, None where it, or its server, has none; {} of one that is gone."""
    return dict(dict.fromkeys(KNOWN_FIELDS), **deployment) if deployment else {}


def is_archived(deployment):
    return deployment.get("status") == ARCHIVED


def job_state(job):
    """A job's state as text; some answers number it."""
    state = job.get("state")
    return _NUMBERED_STATES.get(state, state) if isinstance(state, int) else state


def node_of(job):
    """The address of the host that took a job, None when none has."""
    node = job.get("node")
    return node if isinstance(node, str) and node not in ("", _NO_NODE) else None


def is_live(job):
    return job_state(job) in LIVE_JOB_STATES


def is_current(job, deployment):
    """Whether a job is of the active revision, in the deployment's market, as far as the server says."""
    pairs = [(job.get("market"), deployment.get("market")), (job.get("revision"), deployment.get("active_revision"))]
    return all(None in pair or pair[0] == pair[1] for pair in pairs)


def rotation_is_late(rotation_time, timeout):
    """Whether rotation would not leave a job its 10 minutes: the API refuses it, but not when the timeout changes."""
    return rotation_time >= timeout - ROTATION_MARGIN


def describe(deployment):
    """A deployment in a message: its name and its id."""
    return "%s (%s)" % (deployment.get("name"), deployment.get("id"))


def task(**options):
    """A task that a message proposes, to be pasted below a task's name."""
    return "nosana_deployment: {%s}" % ", ".join("%s: %s" % pair for pair in options.items())

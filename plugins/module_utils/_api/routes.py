# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of API operations: where each is, what it sends, and how it may be repeated.

Each operation lists its routes, newest form first: the one of the vendor's OpenAPI document, then the form of
the vendor's first guide. A later route is only tried when the server says that it does not know the earlier one.

This table is the one place that knows a path. Sources: the vendor's OpenAPI document and guide, August 2026.
"""

from __future__ import annotations

import dataclasses

#: Sent again after any failure that may pass: the answer is the same however often it is asked.
REPEAT_ALWAYS = "always"
#: Sent again only when it surely did not arrive; otherwise the caller reads back what became of it.
REPEAT_UNSENT = "unsent"


@dataclasses.dataclass(frozen=True)
class Route:
    """One way to call an operation.

    ``wrap`` names the key that the body is wrapped in; without it the body is sent as it is.
    """

    method: str
    path: str
    wrap: str | None = None


@dataclasses.dataclass(frozen=True)
class Operation:
    """One operation of the API.

    ``mutating`` also holds for the guide's GETs that change things. ``optional`` ones are not on every server: its
    OpenAPI document is asked before a task counts on them. ``instead`` are operations that together do the same, on
    servers that have those.
    """

    name: str
    routes: tuple
    mutating: bool
    repeat: str
    optional: bool = False
    instead: tuple = ()


def _read(name, path):
    return Operation(name, (Route("GET", path),), mutating=False, repeat=REPEAT_ALWAYS)


def _update(name, path, older=None, optional=False, instead=()):
    """A PATCH that sets one field: sending it twice does no harm."""
    routes = (Route("PATCH", path),) + ((Route("PATCH", older),) if older else ())
    return Operation(name, routes, mutating=True, repeat=REPEAT_ALWAYS, optional=optional, instead=instead)


def _edit(name, method, path):
    """Adds to a set, or takes from it: sending it twice does no harm."""
    return Operation(name, (Route(method, path),), mutating=True, repeat=REPEAT_ALWAYS, optional=True)


def _act(name, *routes, optional=False):
    return Operation(name, routes, mutating=True, repeat=REPEAT_UNSENT, optional=optional)


_ONE = "/deployments/{id}"

OPERATIONS = {
    operation.name: operation
    for operation in (
        _read("list_deployments", "/deployments"),
        _read("get_deployment", _ONE),
        _read("list_revisions", _ONE + "/revisions"),
        _read("list_jobs", _ONE + "/jobs"),
        _read("get_job", _ONE + "/jobs/{job}"),
        _read("list_events", _ONE + "/events"),
        _read("list_tasks", _ONE + "/tasks"),
        _read("stream", _ONE + "/stream"),
        _read("get_header", _ONE + "/header"),
        _read("list_ssh_keys", _ONE + "/ssh-keys"),
        _read("list_markets", "/markets/"),
        _read("get_market", "/markets/{market}/"),
        _read("get_required_resources", "/markets/{market}/required-resources"),
        _read("get_credits", "/credits/balance"),
        _read("get_job_by_address", "/jobs/{job}"),
        _read("list_templates", "/templates/"),
        _read("get_template", "/templates/{template}"),
        _read("get_template_variant", "/templates/{template}/{variant}"),
        _read("list_gpus", "/reservations/gpus"),
        _read("list_requirements", "/reservations/requirements"),
        # A read, although it is sent with a body.
        Operation("find_hosts", (Route("POST", "/reservations/available"),), mutating=False, repeat=REPEAT_ALWAYS),
        _act("create", Route("POST", "/deployments/create")),
        _act(
            "create_revision",
            Route("POST", _ONE + "/create-revision"),
            Route("POST", _ONE + "/revisions", wrap="job_definition"),
        ),
        _act("switch_revision", Route("PATCH", _ONE + "/update-active-revision"), optional=True),
        _update("update_replicas", _ONE + "/update-replica-count", older=_ONE + "/update-replicas"),
        _update("update_timeout", _ONE + "/update-timeout"),
        _update("update_schedule", _ONE + "/update-schedule"),
        _update("update_name", _ONE + "/update-name", optional=True),
        _update("update_market", _ONE + "/update-market", optional=True),
        _update("update_requirements", _ONE + "/update-requirements", optional=True),
        _update("update_startup_timeout", _ONE + "/update-startup-timeout", optional=True),
        _update(
            "update_ssh_keys", _ONE + "/update-ssh-keys", optional=True, instead=("add_ssh_keys", "remove_ssh_keys")
        ),
        _edit("add_ssh_keys", "POST", _ONE + "/ssh-keys"),
        _edit("remove_ssh_keys", "DELETE", _ONE + "/ssh-keys"),
        _act("start", Route("POST", _ONE + "/start"), Route("GET", _ONE + "/start")),
        _act("stop", Route("POST", _ONE + "/stop"), Route("GET", _ONE + "/stop")),
        _act("archive", Route("POST", _ONE + "/archive"), Route("GET", _ONE + "/archive")),
        _act("delete", Route("DELETE", _ONE)),
        _act("extend_job", Route("POST", "/jobs/{job}/extend")),
        # Honours an Idempotency-Key header, so that a repeat is not done twice.
        Operation("stop_job", (Route("POST", "/jobs/{job}/stop"),), mutating=True, repeat=REPEAT_ALWAYS),
    )
}

#: The OpenAPI document, which tells what a server can do: the server's own place, then the vendor's gateway's.
OPENAPI_PATHS = ("/swagger/json", "/openapi.json")

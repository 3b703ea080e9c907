# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of routes: which operation each release serves where, what it needs, and who answers it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from . import routes_account, routes_catalogue, routes_deployments, routes_jobs, schemas
from .releases import RELEASES, Release

Handler = Callable[..., object]
READ, WRITE = "deployments:read", "deployments:write"


@dataclass(frozen=True)
class Operation:
    """One operation. ``body`` makes the check of the body for a release; ``scope`` is what a key needs."""

    name: str
    method: str
    path: str
    handler: Handler
    scope: str | None = None
    body: Callable[[Release], Callable[[object], object]] | None = None
    offered: Callable[[Release], bool] = field(default=lambda release: True)
    mutating: bool = False
    public: bool = False


def _always(check: Callable[[object], object]) -> Callable[[Release], Callable[[object], object]]:
    return lambda release: check


def _openapi_forms(release: Release) -> bool:
    return not release.guide_forms


def _guide_forms(release: Release) -> bool:
    return release.guide_forms


def _newer(release: Release) -> bool:
    return release.newer_routes


def _streams(release: Release) -> bool:
    return release.stream


def _gateway(release: Release) -> bool:
    return release.gateway


D = "/deployments/{deployment}"
_dep, _job, _acc, _cat = routes_deployments, routes_jobs, routes_account, routes_catalogue


def _change(name: str, path: str, body, offered=lambda release: True, method: str = "PATCH", handler=None) -> Operation:
    return Operation(name, method, D + path, handler or getattr(_dep, name), WRITE, body, offered, mutating=True)


def _action(name: str) -> list[Operation]:
    handler = getattr(_dep, name)
    return [Operation(name, "POST", f"{D}/{name}", handler, WRITE, offered=_openapi_forms, mutating=True),
            Operation(name, "GET", f"{D}/{name}", handler, WRITE, offered=_guide_forms, mutating=True)]


OPERATIONS: list[Operation] = [
    Operation("list", "GET", "/deployments", _dep.list_deployments, READ),
    Operation("create", "POST", "/deployments/create", _dep.create, WRITE, schemas.create_body, mutating=True),
    Operation("vaults", "GET", "/deployments/vaults", _dep.vaults, READ),
    Operation("get", "GET", D, _dep.get, READ),
    Operation("delete", "DELETE", D, _dep.delete, WRITE, mutating=True),
    _change("create_revision", "/create-revision", schemas.definition_body, _openapi_forms, "POST"),
    _change("create_revision", "/revisions", schemas.wrapped_definition_body, _guide_forms, "POST"),
    _change("switch_revision", "/update-active-revision", _always(schemas.active_revision_body), _openapi_forms),
    _change("update_replicas", "/update-replica-count", _always(schemas.number_body("replicas", 0)), _openapi_forms),
    _change("update_replicas", "/update-replicas", _always(schemas.number_body("replicas", 0)), _guide_forms),
    _change("update_timeout", "/update-timeout", _always(schemas.number_body("timeout", 60))),
    _change("update_schedule", "/update-schedule", _always(schemas.schedule_body)),
    _change("update_name", "/update-name", _always(schemas.text_body("name")), _openapi_forms),
    _change("update_market", "/update-market", _always(schemas.market_body), _newer),
    _change("update_requirements", "/update-requirements", _always(schemas.terms_body), _newer),
    _change("update_startup_timeout", "/update-startup-timeout", _always(schemas.number_body("startup_timeout", 1)),
            _newer),
    _change("update_ssh_keys", "/update-ssh-keys", _always(schemas.ssh_keys_body), _newer),
    _change("add_ssh_keys", "/ssh-keys", _always(schemas.changed_ssh_keys_body), _newer, "POST"),
    _change("remove_ssh_keys", "/ssh-keys", _always(schemas.changed_ssh_keys_body), _newer, "DELETE"),
    _change("duplicate", "/duplicate", _always(schemas.duplicate_body), _newer, "POST"),
    *_action("start"), *_action("stop"), *_action("archive"),
    Operation("ssh_keys", "GET", D + "/ssh-keys", _dep.ssh_keys, READ, offered=_newer),
    Operation("revisions", "GET", D + "/revisions", _dep.revisions, READ),
    Operation("jobs", "GET", D + "/jobs", _job.jobs, READ),
    Operation("job", "GET", D + "/jobs/{job}", _job.job, READ),
    Operation("events", "GET", D + "/events", _dep.events, READ),
    Operation("tasks", "GET", D + "/tasks", _dep.tasks, READ),
    Operation("header", "GET", D + "/header", _dep.header, READ),
    Operation("stream", "GET", D + "/stream", _dep.stream, READ, offered=_streams),
    Operation("job_by_address", "GET", "/jobs/{address}", _job.job_by_address, "jobs:read"),
    Operation("extend_job", "POST", "/jobs/{address}/extend", _job.extend_job, "jobs:write",
              _always(schemas.seconds_body), mutating=True),
    Operation("stop_job", "POST", "/jobs/{address}/stop", _job.stop_job, "jobs:write", mutating=True),
    Operation("markets", "GET", "/markets/", _cat.markets),
    Operation("market", "GET", "/markets/{id}/", _cat.market),
    Operation("required_resources", "GET", "/markets/{id}/required-resources", _cat.required_resources),
    Operation("templates", "GET", "/templates/", _cat.templates, offered=_newer),
    Operation("templates_grouped", "GET", "/templates/grouped", _cat.templates_grouped, offered=_newer),
    Operation("template", "GET", "/templates/{id}", _cat.template, offered=_newer),
    Operation("template_variant", "GET", "/templates/{id}/{variant}", _cat.template_variant, offered=_newer),
    Operation("gpus", "GET", "/reservations/gpus", _cat.gpus, offered=_newer),
    Operation("available", "POST", "/reservations/available", _cat.available,
              body=_always(schemas.wanted_hosts_body), offered=_newer, public=True),
    Operation("requirement_keys", "GET", "/reservations/requirements", _cat.requirement_keys, offered=_newer,
              public=True),
    Operation("find_requirement_keys", "POST", "/reservations/requirements", _cat.requirement_keys,
              body=_always(schemas.requirement_keys_body), offered=_newer, public=True),
    Operation("credits", "GET", "/credits/balance", _acc.credits_balance, "credits:read"),
    Operation("validate_key", "POST", "/auth/validate-api-key", _acc.validate_key, offered=_newer),
    Operation("openapi", "GET", "/swagger/json", _acc.openapi, public=True),
    Operation("openapi_page", "GET", "/swagger", _acc.docs_page, public=True),
    Operation("openapi", "GET", "/openapi.json", _acc.openapi, offered=_gateway, public=True),
    Operation("openapi_page", "GET", "/docs", _acc.docs_page, offered=_gateway, public=True),
]
# Both spellings are met; elsewhere a trailing slash is another, unknown route.
_SPELLINGS = {"/markets/": "/markets", "/markets/{id}/": "/markets/{id}", "/templates/": "/templates"}

# Path parameters that are addresses.
ADDRESSES = ("deployment", "job", "address")

# Requests that mean a change on some release, whatever this one makes of them.
_GUIDE_ACTION = re.compile(r"/deployments/[^/]+/(start|stop|archive)$")
_READING_POSTS = ("/reservations/available", "/reservations/requirements", "/auth/validate-api-key")


def offered_by(release: Release) -> list[Operation]:
    """The operations of a release."""
    return [operation for operation in OPERATIONS if operation.offered(release)]


class Router:
    """Finds the operation of a request for one release."""

    def __init__(self, release: Release) -> None:
        self._routes: dict[tuple[str, int], list[tuple[list[str], Operation]]] = {}
        for operation in offered_by(release):
            for path in filter(None, (operation.path, _SPELLINGS.get(operation.path))):
                segments = path.split("/")
                self._routes.setdefault((operation.method, len(segments)), []).append((segments, operation))

    def find(self, method: str, segments: list[str]) -> tuple[Operation, dict[str, str]] | None:
        """The operation and its path parameters, or None: there is no such route.

        What has a GET has a HEAD, if it changes nothing and ends. An address may be missing (``/deployments/``): then
        it is a wrong address, not another route.
        """
        for pattern, operation in self._routes.get(("GET" if method == "HEAD" else method, len(segments)), []):
            params = {wanted[1:-1]: given for wanted, given in zip(pattern, segments) if wanted.startswith("{")}
            fits = all(wanted == given or wanted.startswith("{") for wanted, given in zip(pattern, segments))
            missing = any(not given and name not in ADDRESSES for name, given in params.items())
            headless = operation.mutating or operation.name == "stream"
            if fits and not missing and not (method == "HEAD" and headless):
                return operation, params
        return None


_ROUTERS = {release.name: Router(release) for release in RELEASES.values()}


def find(release: Release, method: str, segments: list[str]) -> tuple[Operation, dict[str, str]] | None:
    """The operation of a request to a release, with its path parameters."""
    return _ROUTERS[release.name].find(method, segments)


def may_change(method: str, path: str) -> bool:
    """Whether a request means a change, on whatever release: for the log, which check mode is judged by."""
    if method in ("GET", "HEAD", "OPTIONS"):
        return bool(_GUIDE_ACTION.search(path))
    return not path.endswith(_READING_POSTS)

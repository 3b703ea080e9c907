# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The OpenAPI document: true for the release, so that a client can read what a server can do."""

from __future__ import annotations

from functools import lru_cache

from . import operations
from .openapi_answers import TEXT, answer, components, record, ref
from .openapi_requests import OPTIONAL_BODIES, body, parameters
from .releases import Release

_REFUSALS = {"400": "What was sent is wrong.", "404": "There is no such thing.", "409": "Done already, or being done.",
             "413": "Too large.", "422": "Nobody knows such a requirement.",
             "415": "Not announced as JSON.", "503": "The state can't be read.",
             "500": "Refused in this state, or something went wrong."}


def _json(description: str, schema: dict, media: str = "application/json") -> dict:
    return {"description": description, "content": {media: {"schema": schema}}}


def _responses(operation: operations.Operation, release: Release) -> dict:
    name = operation.name
    if name == "delete":
        found = {"204": {"description": "Gone."}}
    elif name == "stream":
        found = {"200": _json("Server-sent events.", TEXT, "text/event-stream")}
    else:
        found = {"200": _json("Success.", answer(name, release))}
    for status in _refusals(operation):
        found[status] = _json(_REFUSALS[status], ref("Error"))
    if not operation.public:
        media = "application/json" if release.unauthorized_as_json else "text/plain"
        found["401"] = _json("No good key.", {"const": release.unauthorized}, media)
    if operation.scope is not None and release.scopes:
        found["403"] = _json("The key may not.", record({"message": TEXT, "code": {"const": "INSUFFICIENT_SCOPE"}}))
    return found


def _refusals(operation: operations.Operation) -> list[str]:
    """The statuses, other than success, 401 and 403, that an operation may have."""
    found = []
    takes_body = operation.method not in ("GET", "HEAD")
    if takes_body:
        found += ["400", "413", "415", "500"]
    if operation.path.startswith("/deployments") or "{address}" in operation.path:
        found += ["400", "500"]
    if "{" in operation.path:
        found.append("404")
    if operation.name in ("create", "extend_job", "stop_job"):
        found.append("409")
    if operation.name in ("create", "update_requirements", "available", "requirement_keys", "find_requirement_keys"):
        found.append("422")
    if operation.name == "stream":
        found.append("503")
    return sorted(set(found))


def _describe(operation: operations.Operation, release: Release) -> dict:
    name, path = operation.name, operation.path
    text = (operation.handler.__doc__ or name).strip().splitlines()[0]
    entry: dict = {"operationId": name, "summary": text, "responses": _responses(operation, release)}
    given, wanted = parameters(name, path, release), body(name, path, release)
    if given:
        entry["parameters"] = given
    if wanted is not None:
        entry["requestBody"] = {"required": name not in OPTIONAL_BODIES,
                                "content": {"application/json": {"schema": wanted}}}
    if not operation.public:
        entry["security"] = [{"bearer": []}]
    return entry


@lru_cache
def document(release: Release, hidden: tuple[str, ...] = ()) -> dict:
    """The OpenAPI 3.1 document of a release, less operations that are hidden; its paths begin with ``/api``."""
    paths: dict[str, dict] = {}
    for operation in operations.offered_by(release):
        if not operation.name.startswith("openapi") and operation.name not in hidden:
            paths.setdefault("/api" + operation.path, {})[operation.method.lower()] = _describe(operation, release)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Nosana API (simulated)", "version": release.name},
        "paths": paths,
        "components": {"schemas": components(release),
                       "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    }

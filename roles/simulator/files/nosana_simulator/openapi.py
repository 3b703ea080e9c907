# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The OpenAPI document: true for the release, so that a client can read what a server can do."""

from __future__ import annotations

from functools import lru_cache

from . import operations
from .model import STATUSES, STRATEGIES
from .releases import Release

_TEXT, _NUMBER, _BOOLEAN = {"type": "string"}, {"type": "number"}, {"type": "boolean"}
_CREATE = {
    "name": _TEXT, "market": _TEXT, "replicas": {"type": "number", "minimum": 1},
    "timeout": {"type": "number", "minimum": 1}, "strategy": {"type": "string", "enum": list(STRATEGIES)},
    "job_definition": {"type": "object"}, "schedule": _TEXT, "rotation_time": _NUMBER, "confidential": _BOOLEAN,
    "autostart": _BOOLEAN, "vault": _TEXT,
}
_CREATE_NEWER = {
    "idempotency_key": _TEXT, "requirements": {"type": "object"}, "startup_timeout": {"type": "number", "minimum": 1},
    "ssh_public_keys": {"type": "array", "items": _TEXT, "maxItems": 10},
}
_BODIES = {
    "update_replicas": {"replicas": {"type": "number", "minimum": 0}},
    "update_timeout": {"timeout": {"type": "number", "minimum": 60}},
    "update_schedule": {"schedule": _TEXT}, "update_name": {"name": {"type": "string", "minLength": 1}},
    "switch_revision": {"active_revision": _NUMBER}, "update_market": {"market": _TEXT},
    "update_requirements": {"requirements": {"type": ["object", "null"]}},
    "update_startup_timeout": {"startup_timeout": {"type": "number", "minimum": 1}},
    "update_ssh_keys": {"public_keys": {"type": "array", "items": _TEXT, "maxItems": 10}},
    "extend_job": {"seconds": _NUMBER},
}
_LIST_FILTERS = ("limit", "sort_order", "cursor", "status", "strategy", "id", "vault", "search", "created_after",
                 "created_before")


def _body(operation: operations.Operation, release: Release) -> dict | None:
    if operation.name == "create":
        fields = {**_CREATE, **(_CREATE_NEWER if release.newer_fields else {})}
        required = ["name", "market", "replicas", "timeout", "strategy", "job_definition"]
        return {"type": "object", "properties": fields, "required": required}
    if operation.name == "create_revision":
        if release.guide_forms:
            return {"type": "object", "properties": {"job_definition": {"type": "object"}},
                    "required": ["job_definition"]}
        return {"type": "object"}
    if operation.name in _BODIES:
        return {"type": "object", "properties": _BODIES[operation.name], "required": list(_BODIES[operation.name])}
    return None


def _parameters(operation: operations.Operation, release: Release) -> list[dict]:
    names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    parameters = [{"name": name, "in": "path", "required": True, "schema": _TEXT} for name in names]
    if operation.name == "list":
        filters = _LIST_FILTERS + (("name",) if release.filters_by_name else ())
        filters += ("idempotency_key",) if release.idempotency_keys else ()
        parameters += [{"name": name, "in": "query", "required": False, "schema": _TEXT} for name in filters]
    return parameters


def _describe(operation: operations.Operation, release: Release) -> dict:
    text = (operation.handler.__doc__ or operation.name).strip().splitlines()[0]
    entry: dict = {"operationId": operation.name, "summary": text,
                   "responses": {"204" if operation.name == "delete" else "200": {"description": "Success"}}}
    parameters, body = _parameters(operation, release), _body(operation, release)
    if parameters:
        entry["parameters"] = parameters
    if body is not None:
        entry["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    if not operation.public:
        entry["security"] = [{"bearer": []}]
    return entry


@lru_cache
def document(release: Release) -> dict:
    """The OpenAPI 3.1 document of a release; its paths begin with ``/api``."""
    paths: dict[str, dict] = {}
    for operation in operations.offered_by(release):
        if not operation.name.startswith("openapi"):
            paths.setdefault("/api" + operation.path, {})[operation.method.lower()] = _describe(operation, release)
    deployment: dict = {"id": _TEXT, "name": _TEXT, "status": {"type": "string", "enum": list(STATUSES)}}
    if release.newer_fields:
        deployment["requirements"] = {"type": ["object", "null"]}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Nosana API (simulated)", "version": release.name},
        "paths": paths,
        "components": {"schemas": {"Deployment": {"type": "object", "properties": deployment}},
                       "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    }

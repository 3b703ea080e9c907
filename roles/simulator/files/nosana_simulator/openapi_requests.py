# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes of request bodies and parameters, as JSON schemas."""

from __future__ import annotations

from .cron import SCHEDULE_PATTERN
from .model import STRATEGIES
from .openapi_answers import BOOLEAN, KEY, NUMBER, TEXT, TIME, array, nullable, one_of, ref
from .releases import Release
from .schemas import LIMITS, LONGEST_NAME, REQUIRED, SHORTEST_INFINITE
from .ssh_keys import MOST_SSH_KEYS

_FILLED = {"type": "string", "minLength": 1}
_VAULT = {"type": "string", "minLength": 43, "maxLength": 44}
_CRON = {"type": "string", "pattern": SCHEDULE_PATTERN.pattern}
_SSH_KEYS = {**array(TEXT), "maxItems": MOST_SSH_KEYS}
_REQUIREMENTS = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
_FILLED_REQUIREMENTS = {**_REQUIREMENTS, "minProperties": 1,
                        "propertyNames": {"minLength": 1, "maxLength": LONGEST_NAME}}


def at_least(number: int) -> dict:
    """A number that is not smaller."""
    return {"type": "number", "minimum": number}


def _open(fields: dict, required: list[str] | None = None) -> dict:
    """An object with these fields; others are ignored."""
    return {"type": "object", "properties": fields, "required": list(fields) if required is None else required}


_CREATE = {
    "name": TEXT, "market": TEXT, "replicas": at_least(1), "timeout": at_least(1), "strategy": one_of(*STRATEGIES),
    "job_definition": ref("JobDefinition"), "schedule": {}, "rotation_time": {}, "confidential": BOOLEAN,
    "autostart": BOOLEAN, "vault": _VAULT,
}
_CREATE_NEWER = {"idempotency_key": TEXT, "requirements": _FILLED_REQUIREMENTS, "startup_timeout": at_least(1),
                 "ssh_public_keys": _SSH_KEYS}
_DUPLICATE = {"name": _FILLED, "market": TEXT, "autostart": BOOLEAN}
_BODIES = {
    "update_replicas": _open({"replicas": at_least(0)}), "update_timeout": _open({"timeout": at_least(60)}),
    "update_schedule": _open({"schedule": _CRON}), "update_name": _open({"name": _FILLED}),
    "switch_revision": _open({"active_revision": at_least(1)}), "update_market": _open({"market": KEY}),
    "update_requirements": _open({"requirements": nullable(_FILLED_REQUIREMENTS), "market": KEY}),
    "update_startup_timeout": _open({"startup_timeout": at_least(1)}),
    "add_ssh_keys": _open({"public_keys": array(_FILLED)}), "remove_ssh_keys": _open({"public_keys": array(_FILLED)}),
    "update_ssh_keys": _open({"public_keys": _SSH_KEYS}), "extend_job": _open({"seconds": at_least(1)}),
    "find_requirement_keys": _open({"metrics": array(TEXT), "requirements": _REQUIREMENTS}, []),
    "duplicate": _open(_DUPLICATE, []), "available": _open({"requirements": _REQUIREMENTS}),
}
OPTIONAL_BODIES = ("duplicate", "find_requirement_keys")


def _create(release: Release) -> dict:
    fields = {**_CREATE, **(_CREATE_NEWER if release.newer_fields else {})}
    # Which strategy asks for what.
    scheduled = {"properties": {"strategy": {"const": "SCHEDULED"}, "schedule": _CRON}, "required": ["schedule"]}
    infinite = {"properties": {"strategy": {"const": "INFINITE"}, "timeout": at_least(SHORTEST_INFINITE),
                               "rotation_time": NUMBER}}
    simple = {"properties": {"strategy": one_of("SIMPLE", "SIMPLE-EXTEND")}}
    return {**_open(fields, [*REQUIRED, "job_definition"]), "anyOf": [simple, scheduled, infinite]}


def body(name: str, path: str, release: Release) -> dict | None:
    """The body that an operation takes on a release; None when it takes none."""
    if name == "create":
        return _create(release)
    if name == "create_revision":
        wrapped = path.endswith("/revisions")
        return _open({"job_definition": ref("JobDefinition")}) if wrapped else ref("JobDefinition")
    return _BODIES.get(name)


# -- parameters --------------------------------------------------------------------------------------------------------

_PAGES = {"limit": one_of(*LIMITS), "sort_order": one_of("asc", "desc"), "cursor": TEXT}
_CREATED = {"created_after": TIME, "created_before": TIME}
_QUERIES: dict[str, dict[str, dict]] = {
    "list": {**_PAGES, **_CREATED, "status": TEXT, "strategy": TEXT, "id": TEXT, "vault": TEXT, "search": TEXT},
    "jobs": {**_PAGES, **_CREATED, "state": TEXT, "job": TEXT}, "revisions": {**_PAGES, **_CREATED},
    "events": {**_PAGES, **_CREATED, "category": TEXT, "type": TEXT},
    "tasks": {**_PAGES, "task": TEXT, "due_after": TIME, "due_before": TIME},
    "markets": {"type": TEXT, "limit": TEXT, "filterKey": TEXT, "filterValue": TEXT},
    "requirement_keys": {"metrics": TEXT}, "header": {"includeTime": one_of("true", "false"), "message": _FILLED},
}
_KEYS_IN_PATHS = ("deployment", "job", "address")


def _query(name: str, release: Release) -> dict[str, dict]:
    known = dict(_QUERIES.get(name, {}))
    if name == "list" and release.filters_by_name:
        known["name"] = TEXT
    if name == "list" and release.idempotency_keys:
        known["idempotency_key"] = TEXT
    return known


def parameters(name: str, path: str, release: Release) -> list[dict]:
    """The parameters of an operation: of its path, its query and its headers."""
    in_path = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    found = [{"name": part, "in": "path", "required": True, "schema": KEY if part in _KEYS_IN_PATHS else _FILLED}
             for part in in_path]
    found += [{"name": field, "in": "query", "required": False, "schema": schema}
              for field, schema in _query(name, release).items()]
    if name in ("extend_job", "stop_job"):
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": TEXT})
    return found

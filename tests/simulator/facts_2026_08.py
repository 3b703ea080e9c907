# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server of August 2026 answered when it was asked: the recorded answers, condensed into tables."""

from __future__ import annotations

from simulator_api import CREATE, DEFINITION, MARKET

BAD = {"error": "Bad Request"}
BROKEN = {"error": "Internal Server Error"}
WRONG_STATE = {"error": "Deployment is in the incorrect state."}
ARCHIVED = {"error": "Cannot modify an archived deployment."}
NO_PAGES = {"cursor_next": None, "cursor_prev": None, "total_items": 0}


def invalid(message: str) -> dict:
    """A schema violation as the web framework tells of it."""
    return {"statusCode": 400, "code": "FST_ERR_VALIDATION", "error": "Bad Request", "message": message}


def no_route(method: str, path: str) -> dict:
    """An unknown route."""
    return {"message": f"Route {method}:{path} not found", "error": "Not Found", "statusCode": 404}


def without(*names: str) -> dict:
    """The body of a create less some fields."""
    return {name: value for name, value in CREATE.items() if name not in names}


# What a create was asked for beside (or instead of) the usual body, and the fields of the answer that tell.
CREATED = {
    "replicas 2.5": ({"replicas": 2.5}, {"replicas": 2.5}),
    "timeout 1": ({"timeout": 1}, {"timeout": 1}),
    "empty name": ({"name": ""}, {"name": ""}),
    "INFINITE": ({"strategy": "INFINITE"}, {"strategy": "INFINITE", "rotation_time": 20}),
    "cron out of range": ({"strategy": "SCHEDULED", "schedule": "99 0 * * *"},
                          {"strategy": "SCHEDULED", "schedule": "99 0 * * *"}),
    "SCHEDULED": ({"strategy": "SCHEDULED", "schedule": "0 0 * * *"},
                  {"strategy": "SCHEDULED", "schedule": "0 0 * * *"}),
    "schedule on SIMPLE": ({"schedule": "0 0 * * *"}, {"strategy": "SIMPLE"}),
    "unknown field": ({"foo": 1}, {}),
    "market with spaces": ({"market": f" {MARKET} "}, {"market": MARKET}),
    "market that is none": ({"market": "nowhere"}, {"market": "nowhere"}),
    "autostart": ({"autostart": True}, {"status": "STARTING"}),
    "not confidential": ({"confidential": False}, {"confidential": False}),
}

# Creates that were refused, and how.
REFUSED = {
    "replicas as text": ({**CREATE, "replicas": "3"}, BAD),
    "replicas 0": ({**CREATE, "replicas": 0}, BAD),
    "timeout 0": ({**CREATE, "timeout": 0}, BAD),
    "no name": (without("name"), BAD),
    "INFINITE, 30 minutes": ({**CREATE, "strategy": "INFINITE", "timeout": 30}, BAD),
    "rotation too late": ({**CREATE, "strategy": "INFINITE", "rotation_time": 55},
                          {"error": "Rotation time must be at least 10 minutes less than timeout."}),
    "SCHEDULED without schedule": ({**CREATE, "strategy": "SCHEDULED"}, BAD),
    "three cron fields": ({**CREATE, "strategy": "SCHEDULED", "schedule": "0 0 *"}, BAD),
    "six cron fields": ({**CREATE, "strategy": "SCHEDULED", "schedule": "0 0 0 * * *"}, BAD),
    "cron name": ({**CREATE, "strategy": "SCHEDULED", "schedule": "@daily"}, BAD),
    "unknown strategy": ({**CREATE, "strategy": "X"}, BAD),
    "definition: unknown key": ({**CREATE, "job_definition": {**DEFINITION, "x": 1}}, BAD),
    "definition null": ({**CREATE, "job_definition": None}, BAD),
    "definition empty": ({**CREATE, "job_definition": {}}, BAD),
    "confidential as text": ({**CREATE, "confidential": "no"}, BAD),
    "a list": ([1], BAD),
}

_LIMIT = invalid(
    "querystring/limit must be number, querystring/limit must be equal to constant, "
    "querystring/limit must be number, querystring/limit must be equal to constant, "
    "querystring/limit must be number, querystring/limit must be equal to constant, "
    "querystring/limit must be number, querystring/limit must be equal to constant, "
    "querystring/limit must be equal to constant, querystring/limit must be equal to constant, "
    "querystring/limit must be equal to constant, querystring/limit must be equal to constant, "
    "querystring/limit must match a schema in anyOf")
_DATE = invalid('querystring/created_after must match format "date-time"')

# Of the 13 deployments above, the plain one included: how many a query shows of how many, or the refusal.
LISTED = {
    "": (10, 13), "limit=10": (10, 13), "limit=20": (13, 13), "limit=50": (13, 13), "limit=100": (13, 13),
    "limit=5": _LIMIT, "limit=1000": _LIMIT,
    "name=a&limit=100": (12, 12), "name=A&limit=100": (0, 0),
    "status=DRAFT,RUNNING&limit=100": (13, 13), "status=DRAFT,%20RUNNING&limit=100": (13, 13), "status=NOPE": (0, 0),
    "strategy=INFINITE,SCHEDULED": (3, 3), "sort_order=asc": (10, 13),
    "sort_order=up": invalid("querystring/sort_order must be equal to constant, querystring/sort_order must be equal "
                             "to constant, querystring/sort_order must match a schema in anyOf"),
    "unknown=1": (10, 13), "created_after=2030-01-01T00:00:00.000Z": (0, 0),
    "created_after=2030-01-01": _DATE, "created_after=foo": _DATE,
}

# Changes of a DRAFT, in order: path, body, status, answer (without updated_at).
PATCHED = [
    ("update-replica-count", {"replicas": 3}, 200, {"replicas": 3}),
    ("update-replica-count", {"replicas": 3}, 200, {"replicas": 3}),
    ("update-replica-count", {"replicas": "3"}, 400, invalid("body/replicas must be number")),
    ("update-replica-count", {"replicas": 0}, 200, {"replicas": 0}),
    ("update-replica-count", {"replicas": -1}, 400, invalid("body/replicas must be >= 0")),
    ("update-replica-count", {"replicas": 2.5}, 200, {"replicas": 2.5}),
    ("update-replica-count", {}, 400, invalid("body must have required property 'replicas'")),
    ("update-replica-count", {"replicas": 2, "x": 1}, 200, {"replicas": 2}),
    ("update-timeout", {"timeout": 120}, 200, {"timeout": 120}),
    ("update-timeout", {"timeout": 59}, 400, invalid("body/timeout must be >= 60")),
    ("update-schedule", {"schedule": "0 0 * * *"}, 400, {"error": "Deployment is using an incorrect strategy."}),
    ("update-name", {"name": "b"}, 200, {"name": "b"}),
    ("update-name", {"name": ""}, 400, invalid("body/name must NOT have fewer than 1 characters")),
    ("update-active-revision", {"active_revision": 9}, 400, {"error": "The specified revision does not exist."}),
    ("update-active-revision", {"active_revision": "1"}, 400, BAD),
]

SECOND = {"version": "0.1", "type": "container", "ops": [
    {"type": "container/run", "id": "hello", "args": {"image": "debian", "expose": [80, {"port": 90, "type": "web"}]}},
    {"type": "container/create-volume", "id": "v", "args": {"name": "d"}}]}
WRAPPED = invalid('$input.type: "container", $input.version: "0.1", $input.ops: (Ops & UniqueById), '
                  '$input.job_definition: undefined')

# The thirteen requests that each status was asked: what the answer is where it is no success.
_YES = (200, None)
_NO = (500, WRONG_STATE)
_GONE = (500, ARCHIVED)
OPERATIONS: dict[str, tuple[str, str, object]] = {
    "start": ("POST", "/start", None), "stop": ("POST", "/stop", None), "archive": ("POST", "/archive", None),
    "delete": ("DELETE", "", None), "replicas": ("PATCH", "/update-replica-count", {"replicas": 2}),
    "timeout": ("PATCH", "/update-timeout", {"timeout": 70}), "revision": ("POST", "/create-revision", DEFINITION),
    "switch": ("PATCH", "/update-active-revision", {"active_revision": 1}),
    "name": ("PATCH", "/update-name", {"name": "n"}), "get": ("GET", "", None), "tasks": ("GET", "/tasks", None),
    "jobs": ("GET", "/jobs", None), "events": ("GET", "/events", None),
}
_ALWAYS = dict.fromkeys(OPERATIONS, _YES)
_LIVE = {**_ALWAYS, "archive": _NO, "delete": _NO}
STATUS_TABLE: dict[str, dict[str, tuple[int, object]]] = {
    "DRAFT": {**_LIVE, "stop": _NO},
    "STARTING": {**_LIVE, "start": _NO, "stop": _NO},
    "RUNNING": {**_LIVE, "start": _NO},
    "STOPPING": {**_LIVE, "start": _NO, "stop": _NO},
    "STOPPED": {**_ALWAYS, "stop": _NO, "delete": (204, None)},
    "INSUFFICIENT_FUNDS": _LIVE,
    "ERROR": _LIVE,
    "ARCHIVED": {**_ALWAYS, **dict.fromkeys(("stop", "archive", "replicas", "timeout", "revision", "switch", "tasks"),
                                            _GONE), "start": _NO, "delete": _NO},
}

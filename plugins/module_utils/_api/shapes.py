# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which types the fields of an answer have, checked where answers come in: behind it all may count on them. Pure.

Any field may be missing or null, and fields that are not known here may be anything.
"""

from __future__ import annotations

import math
import re

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import BadAnswer

#: Levels of an answer that is nested deeper than any job definition that could run.
MAX_DEPTH = 100
#: Beyond it a float no longer tells one whole number from the next.
_LARGEST = 2**53
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")

TEXT, ID, NUMBER, FLAG, LIST, MAP, STATE = (
    "text",
    "an id",
    "a number",
    "true or false",
    "a list",
    "a map",
    "a job's state",
)

_DEPLOYMENT = {
    **dict.fromkeys(("name", "vault", "owner", "market", "status", "strategy", "schedule"), TEXT),
    **dict.fromkeys(("created_at", "updated_at"), TEXT),
    **dict.fromkeys(
        ("replicas", "timeout", "rotation_time", "startup_timeout", "active_revision", "active_jobs"), NUMBER
    ),
    "id": ID,
    "confidential": FLAG,
    "endpoints": LIST,
    "requirements": MAP,
}
_JOB = {"job": ID, "state": STATE, "revision": NUMBER, "market": TEXT, "node": TEXT, "created_at": TEXT}
_REVISION = {"revision": NUMBER, "job_definition": MAP, "created_at": TEXT}
_TASK = {"task": TEXT, "due_at": TEXT}

#: What an operation answers, by its name.
_ITEMS = {
    "list_deployments": ("a deployment", _DEPLOYMENT),
    "list_jobs": ("a job", _JOB),
    "list_revisions": ("a revision", _REVISION),
    "list_tasks": ("a task", _TASK),
}


def is_part_of_path(value):
    """Whether a value, quoted, can be a part of a request's path (dots alone would lead elsewhere)."""
    return isinstance(value, str) and re.fullmatch(r"[\x20-\x7e]{1,200}", value) is not None and value.strip(".") != ""


def listed(operation, items):
    """The items of a list with their numbers as numbers. Raises BadAnswer for one with a field of a wrong type."""
    if operation not in _ITEMS:
        return items
    what, fields = _ITEMS[operation]
    if operation == "list_jobs" and not all(item.get("job") for item in items):
        raise BadAnswer("%s: the server lists a job without its address; check api_url" % operation)
    return [_checked(operation, what, fields, item) for item in items]


def deployment(answer, wanted):
    """The answer for the deployment of the id ``wanted``, numbers as numbers. Raises BadAnswer when it is none."""
    if not isinstance(answer, dict) or answer.get("id") != wanted:
        raise BadAnswer("GET /deployments/%s: the answer is not this deployment; check api_url" % wanted)
    return _checked("get_deployment", "a deployment", _DEPLOYMENT, answer)


def told_of_deployment(answer):
    """What the answer to a change tells of a deployment, null for what can't be right: it is read again later."""
    found = answer if isinstance(answer, dict) else {}
    return {key: _value(_DEPLOYMENT[key], value) if key in _DEPLOYMENT else value for key, value in found.items()}


def is_too_deep(value):
    """Whether a JSON value is nested deeper than MAX_DEPTH. (No recursion: it may be far deeper.)"""
    level = [value]
    for _depth in range(MAX_DEPTH + 1):
        level = [inner for outer in level if isinstance(outer, (dict, list)) for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(outer):
    return outer.values() if isinstance(outer, dict) else outer


def _checked(operation, what, fields, item):
    found = {key: _value(fields[key], value) if key in fields else value for key, value in item.items()}
    wrong = [key for key in fields if item.get(key) is not None and found[key] is None]
    if wrong:
        raise BadAnswer(
            "%s: the server returns %s whose %s is not %s; check api_url"
            % (operation, what, wrong[0], fields[wrong[0]])
        )
    return found


def _value(kind, value):
    """The value of a field of the kind, None for one that can't be."""
    if kind in (ID, NUMBER):
        return (value if isinstance(value, str) and _ID.fullmatch(value) else None) if kind == ID else _number(value)
    if kind == STATE:
        return value if isinstance(value, (str, int)) and not isinstance(value, bool) else None
    types = {TEXT: str, FLAG: bool, LIST: list, MAP: dict}
    return value if isinstance(value, types[kind]) else None


def _number(value):
    """A number that counts something; one that is written as text is taken for what it says."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < _LARGEST:
        return None
    return int(value) if value == math.floor(value) else value

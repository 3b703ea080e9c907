# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a request has the shape that an OpenAPI document asks for."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import unquote

import jsonschema
from nosana_simulator.definition import problems
from schemathesis.core import NotSet

FORMATS = jsonschema.FormatChecker(formats=())
NOTHING = object()


@FORMATS.checks("date-time")
def _is_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    if not re.fullmatch(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)", value, re.ASCII):
        return False
    try:
        datetime.fromisoformat(value.upper())
    except ValueError:
        return False
    return True


def _judge(document: dict, schema: dict, value: object) -> bool:
    whole = {**schema, "components": document["components"]}
    return jsonschema.Draft202012Validator(whole, format_checker=FORMATS).is_valid(value)


def body_of(case) -> object:
    """The body of a case; NOTHING when it has none."""
    return NOTHING if isinstance(case.body, NotSet) else case.body


def fits(document: dict, case, query: list[tuple[str, str]]) -> bool:
    """Whether the path, the query (as it was sent) and the body of a case are what the document asks for."""
    operation = document["paths"][case.operation.path][case.method.lower()]
    wanted, body = operation.get("requestBody"), body_of(case)
    if wanted is not None:
        schema = wanted["content"]["application/json"]["schema"]
        if body is NOTHING:
            if wanted["required"]:
                return False
        elif not _judge(document, schema, body):
            return False
    parameters = operation.get("parameters", [])
    for entry in parameters:
        value = unquote(str(case.path_parameters.get(entry["name"], "")))
        if entry["in"] == "path" and not _judge(document, entry["schema"], value):
            return False
    known = {entry["name"]: entry["schema"] for entry in parameters if entry["in"] == "query"}
    given = [pair for pair in query if pair[0] in known]
    return len({name for name, _value in given}) == len(given) and all(
        _judge(document, known[name], value) for name, value in given)


def only_unlike(case) -> bool:
    """Whether a definition in the body is refused for what a schema can't say: that names and ports are not unique."""
    body = body_of(case)
    definition = body.get("job_definition", body) if isinstance(body, dict) else body
    found = problems(definition, newer=True)
    return bool(found) and all("Unique" in entry or "TagBase" in entry for entry in found)

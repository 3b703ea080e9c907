# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes of request bodies and queries, with the messages of the real server's validator."""

from __future__ import annotations

import re
from collections.abc import Callable

from .clock import unix
from .cron import SCHEDULE_PATTERN
from .definition import problems
from .errors import ApiError, bad_request, error, invalid
from .ids import KEY_PATTERN
from .kinds import is_number
from .model import STRATEGIES
from .releases import Release
from .ssh_keys import MOST_SSH_KEYS

_DATE_TIME = re.compile(r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)$")
LONGEST_NAME = 256  # of a requirement
LIMITS = ("10", "20", "50", "100")
ORDERS = ("asc", "desc")


# -- paths and queries -------------------------------------------------------------------------------------------------


def check_key(name: str, value: str) -> None:
    """A text that must be a public key; ``name`` is where it stands, as in ``params/deployment``."""
    if len(value) < 43:
        raise invalid(f"{name} must NOT have fewer than 43 characters")
    if len(value) > 44:
        raise invalid(f"{name} must NOT have more than 44 characters")
    if not KEY_PATTERN.fullmatch(value):
        raise invalid(f'{name} must match pattern "^[1-9A-HJ-NP-Za-km-z]{{43,44}}$"')


def query_of(pairs: list[tuple[str, str]], text: tuple[str, ...] = (), dates: tuple[str, ...] = (),
             numbers: tuple[str, ...] = ()) -> dict[str, str]:
    """Check a listing's query and return its known parameters; unknown ones are ignored."""
    known = ("limit", "sort_order", "cursor", *text, *dates, *numbers)
    query: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            continue
        if name in query and name not in ("limit", "sort_order"):
            raise invalid(f"querystring/{name} must be string")
        if name == "limit" and (value not in LIMITS or name in query):
            raise _no_literal(name, ["number"] * len(LIMITS) + ["string"] * len(LIMITS), name in query)
        if name == "sort_order" and (value not in ORDERS or name in query):
            raise _no_literal(name, ["string"] * len(ORDERS), name in query)
        if name in dates and not _is_date_time(value):
            raise invalid(f'querystring/{name} must match format "date-time"')
        if name in numbers:
            raise invalid(f"querystring/{name} must be number")
        query[name] = value
    return query


def _no_literal(name: str, kinds: list[str], repeated: bool) -> ApiError:
    """A parameter that is none of some constants of these types; one that is repeated is no text either."""
    found: list[str] = []
    for kind in kinds:
        if kind != "string" or repeated:
            found.append(f"querystring/{name} must be {kind}")
        found.append(f"querystring/{name} must be equal to constant")
    return invalid(", ".join([*found, f"querystring/{name} must match a schema in anyOf"]))


def header_query(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Check the parameters of the header; unknown ones are ignored."""
    query: dict[str, str] = {}
    for name, value in pairs:
        if name == "includeTime" and (value not in ("true", "false") or name in query):
            raise _no_literal(name, ["string", "string"], name in query)
        if name == "message" and name in query:
            raise invalid("querystring/message must be string")
        if name == "message" and not value:
            raise invalid("querystring/message must NOT have fewer than 1 characters")
        query[name] = value
    return query


def _is_date_time(value: str) -> bool:
    if not _DATE_TIME.match(value):
        return False
    try:
        unix(value)
    except ValueError:
        return False
    return True


# -- bodies of the small changes ---------------------------------------------------------------------------------------


def _object_with(body: object, name: str) -> object:
    if not isinstance(body, dict):
        raise invalid("body must be object")
    if name not in body:
        raise invalid(f"body must have required property '{name}'")
    return body[name]


def number_body(name: str, least: int) -> Callable[[object], float]:
    """A body whose one field is a number of at least ``least``."""
    def check(body: object):
        value = _object_with(body, name)
        if not is_number(value):
            raise invalid(f"body/{name} must be number")
        if value < least:
            raise invalid(f"body/{name} must be >= {least}")
        return value
    return check


def text_body(name: str) -> Callable[[object], str]:
    """A body whose one field is a text that is not empty."""
    def check(body: object):
        value = _object_with(body, name)
        if not isinstance(value, str):
            raise invalid(f"body/{name} must be string")
        if not value:
            raise invalid(f"body/{name} must NOT have fewer than 1 characters")
        return value
    return check


def market_body(body: object) -> str:
    """A body with the address of a market; spaces around it make it another text, which is none."""
    value = _object_with(body, "market")
    if not isinstance(value, str):
        raise invalid("body/market must be string")
    check_key("body/market", value)
    return value


def schedule_body(body: object) -> str:
    """A body with a cron expression; why it is refused is lost on the way."""
    value = body.get("schedule") if isinstance(body, dict) else None
    if not isinstance(value, str) or not SCHEDULE_PATTERN.match(value):
        raise bad_request()
    return value


def active_revision_body(body: object) -> float:
    """A body with the number of a revision; why it is refused is lost on the way."""
    value = body.get("active_revision") if isinstance(body, dict) else None
    if not is_number(value) or value < 1:
        raise bad_request()
    return value


def definition_body(release: Release) -> Callable[[object], dict]:
    """A bare job definition; a refusal lists everything that is wrong."""
    def check(body: object):
        found = problems(body, release.newer_fields)
        if found:
            raise invalid(", ".join(found))
        return body
    return check


def wrapped_definition_body(release: Release) -> Callable[[object], dict]:
    """The seed document's form: the definition inside ``job_definition``."""
    def check(body: object):
        return definition_body(release)(_object_with(body, "job_definition"))
    return check


def ssh_keys_body(body: object) -> list[str]:
    """The whole set of SSH keys."""
    value = _object_with(body, "public_keys")
    if not isinstance(value, list) or not all(isinstance(key, str) for key in value):
        raise invalid("body/public_keys must be array")
    if len(value) > MOST_SSH_KEYS:
        raise invalid(f"body/public_keys must NOT have more than {MOST_SSH_KEYS} items")
    return value


def changed_ssh_keys_body(body: object) -> list[str]:
    """SSH keys to add or to take away; how many and which are fine is looked at later."""
    value = _object_with(body, "public_keys")
    if not isinstance(value, list):
        raise invalid("body/public_keys must be array")
    for number, key in enumerate(value):
        if not isinstance(key, str):
            raise invalid(f"body/public_keys/{number} must be string")
        if not key:
            raise invalid(f"body/public_keys/{number} must NOT have fewer than 1 characters")
    return value


def terms_body(body: object) -> tuple[dict | None, str]:
    """The requirements (None: none any more) and the market whose hosts meet them; neither may be missing."""
    value = _object_with(body, "requirements")
    _object_with(body, "market")
    if value is not None and not _is_filled_requirements(value):
        wrong = "NOT have fewer than 1 properties" if value == {} else "be object"
        raise invalid(f"body/requirements must {wrong}, body/requirements must be null, "
                      "body/requirements must match a schema in anyOf")
    return value, market_body(body)


def wanted_hosts_body(body: object) -> dict:
    """The requirements that hosts are looked for with."""
    value = _object_with(body, "requirements")
    if not is_requirements(value):
        raise invalid("body/requirements must be object")
    return value


def requirement_keys_body(body: object) -> dict:
    """Which keys are asked for (all, where none are named), and what hosts must have; no body is all of them."""
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise invalid("body must be object")
    names = body.get("metrics", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise invalid("body/metrics must be array")
    if not is_requirements(body.get("requirements", {})):
        raise invalid("body/requirements must be object")
    return body


def is_requirements(value: object) -> bool:
    """A map of numbers, texts and booleans."""
    return isinstance(value, dict) and all(isinstance(entry, (str, bool, int, float)) for entry in value.values())


def _is_filled_requirements(value: object) -> bool:
    """Such a map as a deployment may have: with entries, under names that are neither empty nor endless."""
    return is_requirements(value) and bool(value) and all(1 <= len(name) <= LONGEST_NAME for name in value)


# -- create --------------------------------------------------------------------------------------------------------

_TYPES: dict[str, Callable[[object], bool]] = {
    "name": lambda value: isinstance(value, str),
    "market": lambda value: isinstance(value, str),
    "replicas": lambda value: is_number(value) and value >= 1,
    "timeout": lambda value: is_number(value) and value >= 1,
    "strategy": lambda value: value in STRATEGIES,
    "confidential": lambda value: isinstance(value, bool),
    "autostart": lambda value: isinstance(value, bool),
    "vault": lambda value: isinstance(value, str) and 43 <= len(value) <= 44,
    "new_vault": lambda value: isinstance(value, bool),
}
_NEWER_TYPES: dict[str, Callable[[object], bool]] = {
    "idempotency_key": lambda value: isinstance(value, str),
    "requirements": _is_filled_requirements,
    "startup_timeout": lambda value: is_number(value) and value >= 1,
    "ssh_public_keys": lambda value: isinstance(value, list) and len(value) <= MOST_SSH_KEYS
    and all(isinstance(key, str) for key in value),
}
REQUIRED = ("name", "market", "replicas", "timeout", "strategy")
DEFAULT_ROTATION = 20
SHORTEST_INFINITE = 60
ROTATION_MARGIN = 10


def create_body(release: Release) -> Callable[[object], dict]:
    """The body of a create; fields that the release does not know are left out in silence."""
    types = {**_TYPES, **(_NEWER_TYPES if release.newer_fields else {})}
    if not release.idempotency_keys:
        types.pop("idempotency_key", None)

    def check(body: object):
        if not isinstance(body, dict) or any(name not in body for name in REQUIRED):
            raise bad_request()
        if any(name in body and not accepts(body[name]) for name, accepts in types.items()):
            raise bad_request()
        if "vault" in body and "new_vault" in body:
            raise bad_request()
        if problems(body.get("job_definition"), release.newer_fields):
            raise bad_request()
        known = {name: body[name] for name in (*types, "schedule", "rotation_time") if name in body}
        _check_strategy(known)
        return {**known, "job_definition": body["job_definition"]}
    return check


def _check_strategy(body: dict) -> None:
    """What a strategy asks for; the fields of the others may hold anything."""
    schedule, rotation = body.get("schedule"), body.get("rotation_time", DEFAULT_ROTATION)
    if body["strategy"] == "SCHEDULED" and not (isinstance(schedule, str) and SCHEDULE_PATTERN.match(schedule)):
        raise bad_request()
    if body["strategy"] == "INFINITE":
        if body["timeout"] < SHORTEST_INFINITE or not is_number(rotation):
            raise bad_request()
        if rotation >= body["timeout"] - ROTATION_MARGIN:
            raise error(400, "Rotation time must be at least 10 minutes less than timeout.")


def duplicate_body(body: object) -> dict:
    """What a copy shall have other than the original; no body is none of it."""
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise invalid("body must be object")
    for name, kind, expected in (("name", str, "string"), ("market", str, "string"), ("autostart", bool, "boolean")):
        if name in body and not isinstance(body[name], kind):
            raise invalid(f"body/{name} must be {expected}")
    if body.get("name") == "":
        raise invalid("body/name must NOT have fewer than 1 characters")
    return body


def seconds_body(body: object) -> float:
    """By how much a job is extended."""
    return number_body("seconds", 1)(body)

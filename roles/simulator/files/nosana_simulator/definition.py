# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is it a job definition? The server's structural check, with its messages.

Messages look like ``$input.type: "container"``: the path of what is wrong, and what was expected there. Unknown
keys are expected to be ``undefined``. As on the real server nothing is checked that is not structure: empty
texts, impossible ports and dependencies on nobody pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable

Found = list[str]
Check = Callable[[object, str, Found], None]

_PLAIN_NAME = re.compile(r"^[A-Za-z_$][A-Za-z0-9_$]*$")


def _member(path: str, name: str) -> str:
    return f"{path}.{name}" if _PLAIN_NAME.match(name) else f'{path}["{name}"]'


def _is(expected: str, accepts: Callable[[object], bool]) -> Check:
    def check(value: object, path: str, found: Found) -> None:
        if not accepts(value):
            found.append(f"{path}: {expected}")
    return check


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


TEXT = _is("string", lambda value: isinstance(value, str))
NUMBER = _is("number", _number)
BOOLEAN = _is("boolean", lambda value: isinstance(value, bool))
ANY_OBJECT = _is("object", lambda value: isinstance(value, dict))
ANYTHING = _is("any", lambda value: value is not None)


def _one_of(*values: str) -> Check:
    return _is(" | ".join(f'"{value}"' for value in values), lambda value: value in values)


def _list_of(item: Check, expected: str) -> Check:
    def check(value: object, path: str, found: Found) -> None:
        if not isinstance(value, list):
            found.append(f"{path}: {expected}")
            return
        for index, entry in enumerate(value):
            item(entry, f"{path}[{index}]", found)
    return check


def _map_of(item: Check, expected: str) -> Check:
    def check(value: object, path: str, found: Found) -> None:
        if not isinstance(value, dict):
            found.append(f"{path}: {expected}")
            return
        for name, entry in value.items():
            item(entry, _member(path, name), found)
    return check


def _record(expected: str, required: dict[str, Check], optional: dict[str, Check]) -> Check:
    def check(value: object, path: str, found: Found) -> None:
        if not isinstance(value, dict):
            found.append(f"{path}: {expected}")
            return
        for name, member in required.items():
            member(value.get(name), _member(path, name), found)
        for name, member in optional.items():
            if name in value:
                member(value[name], _member(path, name), found)
        found.extend(f"{_member(path, name)}: undefined" for name in value
                     if name not in required and name not in optional)
    return check


def _either(expected: str, *checks: Check) -> Check:
    def check(value: object, path: str, found: Found) -> None:
        attempts: list[Found] = []
        for one in checks:
            attempt: Found = []
            one(value, path, attempt)
            if not attempt:
                return
            attempts.append(attempt)
        # An object that is nearly right gets the messages about its members, everything else the expectation.
        inner = [attempt for attempt in attempts if isinstance(value, (dict, list))
                 and not any(message == f"{path}: {text}" or message.startswith(f"{path}: ")
                             for message in attempt for text in (expected,))]
        found.extend(min(inner, key=len) if inner else [f"{path}: {expected}"])
    return check


TEXTS = _list_of(TEXT, "Array<string>")
TEXT_OR_TEXTS = _either("(Array<string> | string)", TEXT, TEXTS)
TEXT_MAP = _map_of(TEXT, "Record<string, string>")

_HTTP_CHECK = _record("HttpHealthCheck", {"type": _one_of("http"), "path": TEXT, "method": TEXT,
                                          "expected_status": NUMBER, "continuous": BOOLEAN},
                      {"headers": TEXT_MAP, "body": ANYTHING})
_SOCKET_CHECK = _record("WebSocketHealthCheck", {"type": _one_of("websocket"), "expected_response": TEXT,
                                                 "continuous": BOOLEAN}, {})
HEALTH_CHECK = _either("HealthCheck", _HTTP_CHECK, _SOCKET_CHECK)
PORT = _is("(number | string)", lambda value: _number(value) or isinstance(value, str))
EXPOSED_PORT = _record("ExposedPort", {"port": PORT},
                       {"type": TEXT, "health_checks": _list_of(HEALTH_CHECK, "Array<HealthCheck>"),
                        "private": BOOLEAN})
EXPOSE = _either("(Array<(ExposedPort | number | string)> | ExposedPort | number | string)", PORT, EXPOSED_PORT,
                 _list_of(_either("(ExposedPort | number | string)", PORT, EXPOSED_PORT), "Array<ExposedPort>"))

_S3_AUTH = _record("S3Auth", {"REGION": TEXT, "ACCESS_KEY_ID": TEXT, "SECRET_ACCESS_KEY": TEXT}, {})
RESOURCE = _either(
    "Resource",
    _record("S3", {"type": _one_of("S3")},
            {"url": TEXT, "target": TEXT, "files": TEXTS, "bucket": TEXT, "buckets": ANYTHING, "IAM": _S3_AUTH,
             "allowWrite": BOOLEAN, "repo": TEXT}),
    _record("HF", {"type": _one_of("HF"), "repo": TEXT},
            {"target": TEXT, "revision": TEXT, "files": TEXTS, "accessToken": TEXT}),
    _record("Ollama", {"type": _one_of("Ollama"), "model": TEXT}, {"target": TEXT}),
)
VOLUME = _record("Volume", {"dest": TEXT}, {"name": TEXT})
AUTHENTICATION = _record("Authentication", {},
                         {"docker": _record("Docker", {"username": TEXT, "password": TEXT},
                                            {"server": TEXT, "email": TEXT})})
RUN_ARGS = _record(
    "OperationArgs", {"image": TEXT},
    {"aliases": TEXT_OR_TEXTS, "cmd": TEXT_OR_TEXTS,
     "volumes": _list_of(VOLUME, "Array<Volume>"), "expose": EXPOSE, "private": BOOLEAN, "gpu": BOOLEAN,
     "work_dir": TEXT, "output": TEXT, "entrypoint": TEXT_OR_TEXTS, "env": TEXT_MAP,
     "required_vram": NUMBER, "resources": _list_of(RESOURCE, "Array<Resource>"), "authentication": AUTHENTICATION})
VOLUME_ARGS = _record("OperationArgs", {"name": TEXT}, {})

_RESULT = _either("(OperationResult | string)", TEXT,
                  _record("OperationResult", {"regex": TEXT}, {"logType": TEXTS}))
_EXECUTION = {"group": TEXT, "depends_on": TEXTS, "stop_if_dependent_stops": BOOLEAN}


def _operation(newer: bool) -> Check:
    execution = {**_EXECUTION, "timeout": NUMBER} if newer else _EXECUTION
    shared = {"results": _map_of(_RESULT, "OperationResults"), "execution": _record("Execution", {}, execution)}
    return _either("Operation",
                   _record("ContainerRun", {"type": _one_of("container/run"), "id": TEXT, "args": RUN_ARGS}, shared),
                   _record("ContainerCreateVolume",
                           {"type": _one_of("container/create-volume"), "id": TEXT, "args": VOLUME_ARGS}, shared))


OPS = "(Ops & UniqueById)"


def _operations(newer: bool) -> Check:
    each = _list_of(_operation(newer), OPS)

    def check(value: object, path: str, found: Found) -> None:
        before = len(found)
        each(value, path, found)
        if len(found) > before:
            return
        names = [op["id"] for op in value]
        if len(set(names)) != len(names) or any(re.search(r"\s", name) for name in names):
            found.append(f"{path}: {OPS}")
    return check


_LOGISTICS = _record("JobLogistics", {}, {"send": ANY_OBJECT, "receive": ANY_OBJECT})


def _definition(newer: bool) -> Check:
    optional = {"meta": ANY_OBJECT, "global": ANY_OBJECT, "logistics": _LOGISTICS, "deployment_id": TEXT}
    if newer:
        optional["ssh"] = ANYTHING
    return _record("JobDefinition",
                   {"type": _one_of("container"), "version": _one_of("0.1"), "ops": _operations(newer)}, optional)


_CHECKS = {newer: _definition(newer) for newer in (False, True)}


def problems(definition: object, newer: bool = False) -> Found:
    """What is wrong with a definition; empty when nothing is. ``newer``: with the keys that newer servers know."""
    found: Found = []
    _CHECKS[newer](definition, "$input", found)
    if isinstance(definition, dict) and not found:
        _no_nulls(definition, "$input", found)
    return found


def _no_nulls(value: object, path: str, found: Found) -> None:
    if value is None:
        found.append(f"{path}: undefined")
    elif isinstance(value, dict):
        for name, entry in value.items():
            _no_nulls(entry, _member(path, name), found)
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            _no_nulls(entry, f"{path}[{index}]", found)

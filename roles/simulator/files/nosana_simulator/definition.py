# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is it a job definition? The server's structural check.

The shapes are those of the vendor's published types. As on the real server nothing is checked that is not
structure: empty texts, impossible ports and dependencies on nobody pass.
"""

from __future__ import annotations

import re

from .kinds import (ANYTHING, BOOLEAN, NUMBER, TEXT, Found, Kind, any_of, array, chosen, constants, mapping, record,
                    simple, union)

_PLACEHOLDER = re.compile(r"%%(ops|global).[^%]+%%")
_RANGE = re.compile(r"[0-9]+-[0-9]+")
_TAGGED = "TagBase<__type>"


def _is_placeholder(value: object) -> bool:
    return isinstance(value, str) and _PLACEHOLDER.fullmatch(value) is not None


# -- what is used in several places ------------------------------------------------------------------------------------

_TEXTS = array(TEXT)
_LITERAL = simple(f"string & {_TAGGED}", _is_placeholder,
                  {"type": "string", "pattern": f"^{_PLACEHOLDER.pattern}$"})
_SPREAD = record(f"__type & {_TAGGED}", {"__spread__": _LITERAL}, {"chunked": BOOLEAN})
_ENV = mapping(TEXT, "Env")
_COMMAND = union("CMDArray | string", TEXT, array(TEXT, "CMDArray"))

# -- expose ------------------------------------------------------------------------------------------------------------

_HEALTH_CHECK = chosen("HttpHealthCheck | WebSocketHealthCheck", "type", {
    "http": record("HttpHealthCheck", {"type": constants("http"), "path": TEXT,
                                       "method": constants("GET", "POST", "PUT", "DELETE"), "expected_status": NUMBER,
                                       "continuous": BOOLEAN},
                   {"headers": mapping(TEXT, "Record<string, string>"), "body": ANYTHING}),
    "websocket": record("WebSocketHealthCheck", {"type": constants("websocket"), "expected_response": TEXT,
                                                 "continuous": BOOLEAN}, {}),
})
_EXPOSED_PORT = record("ExposedPort", {"port": NUMBER},
                       {"type": constants("web", "api", "webapi", "websocket", "none"),
                        "health_checks": array(_HEALTH_CHECK, "Array<HealthCheck>")})
_EXPOSED = union(f"(__type & {_TAGGED}) | (string & {_TAGGED}) | ExposedPort | number",
                 NUMBER, _LITERAL, _SPREAD, _EXPOSED_PORT)
_EXPOSE_NAME = (f"(Array<ExposeBase> & {_TAGGED}) | (__type & {_TAGGED}) | (string & {_TAGGED}) | ExposedPort | "
                "number")


def _distinct_ports(entries: list) -> bool:
    numbers: set[float] = set()
    for entry in entries:
        if _is_placeholder(entry) or (isinstance(entry, dict) and entry.get("__spread__")):
            continue
        port = entry.get("port") if isinstance(entry, dict) else entry
        if isinstance(port, str) and not _RANGE.fullmatch(port):
            return False
        if isinstance(port, (int, float)) and not isinstance(port, bool):
            if port in numbers:
                return False
            numbers.add(port)
    return True


def _check_expose(value: object, path: str, expected: str, found: Found) -> None:
    if isinstance(value, list):
        if not _distinct_ports(value):
            found.append(f"{path}: Array<> & {_TAGGED}")
            return
        for index, entry in enumerate(value):
            kind = _LITERAL if isinstance(entry, str) else _EXPOSED
            kind.check(entry, f"{path}[{index}]", kind.required(), found)
    elif isinstance(value, str):
        _LITERAL.check(value, path, _LITERAL.required(), found)
    else:
        _EXPOSED.check(value, path, expected, found)


_EXPOSE = Kind(_EXPOSE_NAME, _check_expose,
               any_of([_EXPOSED.schema, {"type": "array", "items": any_of([_LITERAL.schema, _EXPOSED.schema])}]))

# -- resources ---------------------------------------------------------------------------------------------------------

_S3_AUTH = record("S3Auth", {"REGION": TEXT, "ACCESS_KEY_ID": TEXT, "SECRET_ACCESS_KEY": TEXT}, {})
_S3 = {"url": TEXT, "allowWrite": BOOLEAN, "IAM": _S3_AUTH}
_S3_TYPE = {"type": constants("S3"), "target": TEXT}
_BUCKETS = array(record("Bucket", {"url": TEXT}, {"files": _TEXTS}), "Array<Bucket>")
_S3_BASE = record("S3Base", _S3_TYPE, {**_S3, "files": _TEXTS})
_RESOURCES = {
    "S3": union("S3Base | S3WithBucket | S3WithBuckets", _S3_BASE,
                record("S3WithBucket", {**_S3_TYPE, "bucket": TEXT}, _S3),
                record("S3WithBuckets", {**_S3_TYPE, "buckets": _BUCKETS}, _S3)),
    "HF": record("HFResource", {"type": constants("HF"), "target": TEXT, "repo": TEXT},
                 {"revision": TEXT, "files": _TEXTS, "accessToken": TEXT}),
    "Ollama": record("OllamaResource", {"type": constants("Ollama"), "model": TEXT}, {"target": TEXT}),
}


def _check_resource(value: object, path: str, expected: str, found: Found) -> None:
    if isinstance(value, dict):
        kind = _SPREAD if "__spread__" in value else _RESOURCES.get(str(value.get("type")), _S3_BASE)
        kind.check(value, path, expected, found)
    elif value != "__remove-if-empty__":
        found.append(f"{path}: {expected}")


_RESOURCE = Kind(f'"__remove-if-empty__" | (__type & {_TAGGED}) | HFResource | OllamaResource | S3Base | S3WithBucket '
                 "| S3WithBuckets", _check_resource,
                 any_of([{"const": "__remove-if-empty__"}, _SPREAD.schema,
                         *(kind.schema for kind in _RESOURCES.values())]))

# -- operations --------------------------------------------------------------------------------------------------------

_VOLUME = record("Volume", {"name": TEXT, "dest": TEXT}, {})
_DOCKER = record("DockerAuth", {}, {"username": TEXT, "password": TEXT, "email": TEXT, "server": TEXT})
_RESTART = union('"always" | "no" | "on-failure" | "unless-stopped" | __type',
                 constants("no", "always", "unless-stopped", "on-failure"),
                 record("__type", {"policy": constants("on-failure")}, {"restart_tries": NUMBER}))
_RUN = record("ContainerRun", {"image": TEXT}, {
    "aliases": union("Aliases | string", TEXT, _TEXTS), "cmd": _COMMAND, "volumes": array(_VOLUME),
    "expose": _EXPOSE, "gpu": BOOLEAN, "work_dir": TEXT, "entrypoint": _COMMAND, "env": _ENV,
    "restart_policy": _RESTART, "private": BOOLEAN, "resources": array(_RESOURCE, "Resources"),
    "authentication": record("Authentication", {}, {"docker": _DOCKER})})
_CREATE_VOLUME = record("ContainerCreateVolume", {"name": TEXT}, {})


def _check_args(value: object, path: str, expected: str, found: Found) -> None:
    # Which of the two they are is told by their keys, whatever the type of the operation.
    kind = None
    if isinstance(value, dict):
        kind = _RUN if "image" in value else _CREATE_VOLUME if "name" in value else None
    if kind is None:
        found.append(f"{path}: {expected}")
    else:
        kind.check(value, path, expected, found)


_ARGS = Kind("ContainerRun | ContainerCreateVolume", _check_args, any_of([_RUN.schema, _CREATE_VOLUME.schema]))
_LOG_TYPE = constants("stdin", "stdout", "stderr", "nodeerr")


def _check_log_types(value: object, path: str, expected: str, found: Found) -> None:
    if isinstance(value, list) and len({str(entry) for entry in value}) != len(value):
        found.append(f"{path}: Array<> & UniqueLogTypeTag")
    else:
        array(_LOG_TYPE).check(value, path, expected, found)


_RESULT = union("OperationResult | string", TEXT,
                record("OperationResult", {"regex": TEXT,
                                           "logType": Kind("(Array<StdOption> & UniqueLogTypeTag)", _check_log_types,
                                                           {"type": "array", "items": _LOG_TYPE.schema,
                                                            "uniqueItems": True})},
                       {}))


_OP_ID = simple(f"string & {_TAGGED}", lambda value: isinstance(value, str) and " " not in value,
                {"type": "string", "pattern": "^[^ ]*$"})


def _execution(newer: bool) -> Kind:
    shared = {"group": TEXT, **({"timeout": NUMBER} if newer else {})}
    return union("Execution", record("Execution", {}, shared),
                 record("Execution", {"depends_on": _TEXTS}, {**shared, "stop_if_dependent_stops": BOOLEAN}))


def _operations(newer: bool) -> Kind:
    each = array(record(
        "Operation", {"type": constants("container/run", "container/create-volume"),
                      "id": _OP_ID, "args": _ARGS},
        {"results": mapping(_RESULT, "OperationResults"), "execution": _execution(newer)}))

    def check(value: object, path: str, expected: str, found: Found) -> None:
        if isinstance(value, list):
            names = [entry.get("id") if isinstance(entry, dict) else None for entry in value]
            if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
                found.append(f"{path}: Array<> & UniqueById")
                return
        each.check(value, path, expected, found)
    return Kind("(Ops & UniqueById)", check, each.schema)


# -- the whole ---------------------------------------------------------------------------------------------------------

_LIST = array(union("number | string", NUMBER, TEXT), "Array<string | number>")
_META_VALUE = union("Array<string | number> | number | string", NUMBER, TEXT, _LIST)
_META = record("Meta", {}, {"trigger": TEXT, "system_resources": mapping(union("number | string", NUMBER, TEXT),
                                                                         "Record<string, string | number>")},
               others=union(f"Array<string | number> | Record<string, {_META_VALUE.name}> | number | string", NUMBER,
                            TEXT, _LIST, mapping(_META_VALUE, "Record")))
_GLOBAL = record("Global", {}, {"image": TEXT, "gpu": BOOLEAN, "entrypoint": _COMMAND, "env": _ENV, "work_dir": TEXT,
                                "variables": mapping(TEXT, "Variables")})
_LOGISTIC = record("Logistic", {"type": constants("api", "api-listen"),
                                "args": record("Partial<__type>", {}, {"endpoint": TEXT})}, {})
_LOGISTICS = record("Logistics", {"send": _LOGISTIC, "receive": _LOGISTIC}, {})


def _definition(newer: bool) -> Kind:
    optional = {"logistics": _LOGISTICS, "deployment_id": TEXT, "meta": _META, "global": _GLOBAL}
    if newer:
        optional["ssh"] = ANYTHING
    return record("JobDefinitionWithRule", {"type": constants("container"), "version": constants("0.1"),
                                            "ops": _operations(newer)}, optional)


_KINDS = {newer: _definition(newer) for newer in (False, True)}


def schema(newer: bool) -> dict:
    """The JSON schema of a definition, as far as schemas go."""
    return _KINDS[newer].schema


def problems(definition: object, newer: bool = False) -> Found:
    """What is wrong with a definition; empty when nothing is. ``newer``: with the keys that newer servers know."""
    found: Found = []
    kind = _KINDS[newer]
    # A list is an object without members to the validator.
    kind.check({} if isinstance(definition, list) else definition, "$input", kind.required(), found)
    return found

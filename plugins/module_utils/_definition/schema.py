# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a job definition may look like: a table of types, and what chooses between them. Pure.

It accepts what ``validateJobDefinition`` of npm ``@nosana/kit`` 2.1.8 accepts, no more and no less, also where that
is odd (``args`` are told apart by their keys, not by the operation's ``type``). What is wrong beyond that is judged
in ``job_definition``. The one difference: numbers that JSON can't carry (NaN, infinity) are refused.
"""

from __future__ import annotations

import re

from ansible_collections.nosana.cloud.plugins.module_utils._definition.schema_types import (
    Anything,
    Boolean,
    ListOf,
    MapOf,
    Mapping,
    Number,
    OneOf,
    Pick,
    Refused,
    Text,
    double,
    is_number,
    number_remedy,
)

_PORT_RANGE = re.compile(r"[0-9]+-[0-9]+", re.ASCII)

# A placeholder as the vendor's pattern has it: /^%%(ops|global).[^%]+%%$/. There "." takes half of a character beyond
# the basic plane and "[^%]+" the other half, hence the second alternative.
_PLACEHOLDER = re.compile("%%(?:ops|global)(?:[^\n\r\u2028\u2029][^%]+|[\U00010000-\U0010ffff])%%")
REMOVE_IF_EMPTY = "__remove-if-empty__"

# --- rules over several values -----------------------------------------------------------------------------------


def is_placeholder(value: object) -> bool:
    """Whether it is a placeholder that the host fills in, such as ``%%ops.a.results.ports%%``."""
    return isinstance(value, str) and _PLACEHOLDER.fullmatch(value) is not None


def _unique_ids(ops, place, findings):
    seen = {}
    for index, operation in enumerate(ops):
        name = operation.get("id") if isinstance(operation, dict) else None
        if not isinstance(name, str):
            continue
        if name in seen:
            message = "%s is already the id of ops[%d]; ids must be unique" % (findings.shown(name, place), seen[name])
            findings.add(place + (index, "id"), message)
        seen.setdefault(name, index)


def _unique_ports(items, place, findings):
    seen = {}
    for index, item in enumerate(items):
        port = item.get("port") if isinstance(item, dict) and "__spread__" not in item else item
        if not is_number(port):
            continue
        if double(port) in seen:
            message = "port %s is already exposed by expose[%d]" % (findings.shown(port, place), seen[double(port)])
            findings.add(place + (index,), message)
        seen.setdefault(double(port), index)


def _distinct_log_types(items, place, findings):
    if not items:
        findings.add(place, "must name at least one of stdout, stderr, stdin, nodeerr")
    for index, item in enumerate(items):
        if isinstance(item, str) and item in items[:index]:
            findings.add(place + (index,), "%s is named twice" % findings.shown(item, place))


class Execution(Mapping):
    """When an operation runs; ``stop_if_dependent_stops`` makes sense only with ``depends_on``."""

    def check(self, value, place, findings):
        super().check(value, place, findings)
        if isinstance(value, dict) and "stop_if_dependent_stops" in value and "depends_on" not in value:
            findings.add(place + ("stop_if_dependent_stops",), "needs depends_on beside it, with the ids it depends on")


class Operation(Mapping):
    """An operation. The vendor's validator tells its args apart by their keys; the type counts when they don't say."""

    def type_of(self, key, mapping):
        if key != "args":
            return super().type_of(key, mapping)
        args = mapping["args"] if isinstance(mapping["args"], dict) else {}
        if "image" in args or "name" in args:
            return CONTAINER_RUN if "image" in args else CREATE_VOLUME
        return CREATE_VOLUME if mapping.get("type") == "container/create-volume" else CONTAINER_RUN


# --- choices -----------------------------------------------------------------------------------------------------


def _text_or_list(value):
    return _TEXTS if isinstance(value, list) else _TEXT if isinstance(value, str) else _NO_TEXTS


def _port_remedy(value):
    if isinstance(value, str) and _PORT_RANGE.fullmatch(value):
        return "; ranges are not supported, list each port: [8000, 8001]"
    return number_remedy(value)


def _expose(value):
    if isinstance(value, list):
        return _EXPOSE_LIST
    return _expose_item(value)


def _expose_item(value):
    if is_number(value) or is_placeholder(value):
        return _ANYTHING
    if isinstance(value, dict):
        return SPREAD if "__spread__" in value else EXPOSED_PORT
    return _NO_PORT


def _health_check(value):
    if isinstance(value, dict) and value.get("type") in ("http", "websocket"):
        return HTTP_CHECK if value["type"] == "http" else WEBSOCKET_CHECK
    return _ANY_CHECK


def _restart_policy(value):
    return _RESTART_ON_FAILURE if isinstance(value, dict) else _RESTART


def _resource(value):
    if not isinstance(value, dict):
        return _ANYTHING if value == REMOVE_IF_EMPTY else _NO_RESOURCE
    if "__spread__" in value:
        return SPREAD
    if "bucket" in value:
        return S3_BUCKET
    if "buckets" in value:
        return S3_BUCKETS
    return {"HF": HUGGING_FACE, "Ollama": OLLAMA, "S3": S3}.get(str(value.get("type")), _ANY_RESOURCE)


def _result(value):
    return _TEXT if isinstance(value, str) else _RESULT if isinstance(value, dict) else _NO_RESULT


def _meta_value(value):
    if isinstance(value, list):
        return _META_LIST
    if isinstance(value, dict):
        return MapOf(Pick(_meta_item))
    return _ANYTHING if isinstance(value, str) or is_number(value) else _NO_META


def _meta_item(value):
    return _META_LIST if isinstance(value, list) else _text_or_number(value)


def _text_or_number(value):
    return _ANYTHING if isinstance(value, str) or is_number(value) else _NO_TEXT_OR_NUMBER


# --- the table ---------------------------------------------------------------------------------------------------

_TEXT, _TEXTS, _ANYTHING = Text(), ListOf(Text()), Anything()
_NO_TEXTS = Refused("a string or a list of strings")
_NO_PORT = Refused("a port number, a mapping with port, or a placeholder such as %%ops.ID.results.KEY%%", _port_remedy)
_NO_RESOURCE = Refused('a mapping with type, or "%s"' % REMOVE_IF_EMPTY)
_NO_RESULT = Refused("a string (a regular expression), or a mapping with regex and logType")
_NO_META = Refused("a string, a number, a list or a mapping of these")
_NO_TEXT_OR_NUMBER = Refused("a string or a number")
_META_LIST = ListOf(Pick(_text_or_number))

COMMAND = Pick(_text_or_list)
_NO_SPREAD = Refused("a placeholder such as %%ops.ID.results.KEY%%")
SPREAD = Mapping(
    {"__spread__": Pick(lambda value: _ANYTHING if is_placeholder(value) else _NO_SPREAD)},
    {"chunked": Boolean()},
)

HTTP_CHECK = Mapping(
    {
        "type": OneOf("http"),
        "path": Text('"/"'),
        "method": OneOf("GET", "POST", "PUT", "DELETE"),
        "expected_status": Number("200"),
        "continuous": Boolean("false"),
    },
    {"headers": MapOf(Text()), "body": Anything()},
)
WEBSOCKET_CHECK = Mapping({"type": OneOf("websocket"), "expected_response": Text(), "continuous": Boolean("false")})
_ANY_CHECK = Mapping({"type": OneOf("http", "websocket")}, others=Anything())

EXPOSED_PORT = Mapping(
    {"port": Number("8080")},
    {
        "type": OneOf("api", "web", "websocket", "webapi", "none"),
        "health_checks": ListOf(Pick(_health_check)),
    },
)
_EXPOSE_LIST = ListOf(Pick(_expose_item), _unique_ports)

IAM = Mapping({"REGION": Text(), "ACCESS_KEY_ID": Text(), "SECRET_ACCESS_KEY": Text()})
_S3_OPTIONS = {"url": Text(), "allowWrite": Boolean(), "IAM": IAM}
_TARGET = Text('"/data"')
S3 = Mapping({"type": OneOf("S3"), "target": _TARGET}, dict(_S3_OPTIONS, files=ListOf(Text())))
S3_BUCKET = Mapping({"type": OneOf("S3"), "target": _TARGET, "bucket": Text()}, _S3_OPTIONS)
S3_BUCKETS = Mapping(
    {"type": OneOf("S3"), "target": _TARGET, "buckets": ListOf(Mapping({"url": Text()}, {"files": ListOf(Text())}))},
    _S3_OPTIONS,
)
HUGGING_FACE = Mapping(
    {"type": OneOf("HF"), "target": _TARGET, "repo": Text()},
    {"revision": Text(), "files": ListOf(Text()), "accessToken": Text()},
)
OLLAMA = Mapping({"type": OneOf("Ollama"), "model": Text()}, {"target": _TARGET})
_ANY_RESOURCE = Mapping({"type": OneOf("S3", "HF", "Ollama")}, others=Anything())

_RESTART = OneOf("no", "always", "unless-stopped", "on-failure")
_RESTART_ON_FAILURE = Mapping({"policy": OneOf("on-failure")}, {"restart_tries": Number("3")})

CONTAINER_RUN = Mapping(
    {"image": Text('"docker.io/library/nginx:stable"')},
    {
        "aliases": COMMAND,
        "cmd": COMMAND,
        "volumes": ListOf(Mapping({"name": Text(), "dest": _TARGET})),
        "expose": Pick(_expose),
        "gpu": Boolean(),
        "work_dir": Text(),
        "entrypoint": COMMAND,
        "env": MapOf(Text()),
        "restart_policy": Pick(_restart_policy),
        "private": Boolean(),
        "resources": ListOf(Pick(_resource)),
        "authentication": Mapping(
            optional={"docker": Mapping(optional=dict.fromkeys(("username", "password", "email", "server"), Text()))},
        ),
    },
    belongs={
        "health_checks": "an item of expose",
        "depends_on": "execution, beside args",
        "group": "execution, beside args",
        "results": "the operation, beside args",
        "execution": "the operation, beside args",
    },
)
CREATE_VOLUME = Mapping({"name": Text()})

_RESULT = Mapping(
    {
        "regex": Text(),
        "logType": ListOf(OneOf("stdout", "stderr", "stdin", "nodeerr"), _distinct_log_types, example='["stdout"]'),
    }
)

OPERATION = Operation(
    {
        "id": Pick(lambda value: _NO_SPACES if isinstance(value, str) and " " in value else _TEXT, '"web"'),
        "type": OneOf("container/run", "container/create-volume"),
        "args": CONTAINER_RUN,
    },
    {
        "results": MapOf(Pick(_result)),
        "execution": Execution(
            optional={"group": Text(), "depends_on": ListOf(Text()), "stop_if_dependent_stops": Boolean()},
            newer=("timeout",),
        ),
    },
    belongs=dict(
        dict.fromkeys([*CONTAINER_RUN.required, *CONTAINER_RUN.optional], "args"),
        **dict.fromkeys(["depends_on", "group", "stop_if_dependent_stops"], "execution"),
    ),
)
_NO_SPACES = Refused("a name without spaces")

_LOGISTIC = Mapping({"type": OneOf("api", "api-listen"), "args": Mapping(optional={"endpoint": Text()})})

JOB_DEFINITION = Mapping(
    {
        "version": OneOf("0.1"),
        "type": OneOf("container"),
        "ops": ListOf(OPERATION, _unique_ids),
    },
    {
        "logistics": Mapping({"send": _LOGISTIC, "receive": _LOGISTIC}),
        "deployment_id": Text(),
        "meta": Mapping(
            optional={"trigger": Text(), "system_resources": MapOf(Pick(_text_or_number))},
            others=Pick(_meta_value),
        ),
        "global": Mapping(
            optional={
                "image": Text(),
                "gpu": Boolean(),
                "entrypoint": COMMAND,
                "env": MapOf(Text()),
                "work_dir": Text(),
                "variables": MapOf(Text()),
            }
        ),
    },
    newer=("ssh",),
)

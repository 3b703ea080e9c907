# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a job definition may look like: a table of types, and the types that check a value and say what is wrong. Pure.

It accepts what ``validateJobDefinition`` of npm ``@nosana/kit`` 2.1.8 accepts, no more and no less, also where that
is odd (``args`` are told apart by their keys, not by the operation's ``type``). What is wrong beyond that is judged
in ``job_definition``. The one difference: numbers that JSON can't carry (NaN, infinity) are refused.
"""

from __future__ import annotations

import difflib
import math
import re

from ansible_collections.nosana.cloud.plugins.module_utils.places import LONGEST_ECHO, echoed, place_text
from ansible_collections.nosana.cloud.plugins.module_utils.secrets import is_secret_name, secret_values

_NUMERIC = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)
_PORT_RANGE = re.compile(r"[0-9]+-[0-9]+", re.ASCII)

# A placeholder as the vendor's pattern has it: /^%%(ops|global).[^%]+%%$/. There "." takes half of a character beyond
# the basic plane and "[^%]+" the other half, hence the second alternative.
_PLACEHOLDER = re.compile("%%(?:ops|global)(?:[^\n\r\u2028\u2029][^%]+|[\U00010000-\U0010ffff])%%")
REMOVE_IF_EMPTY = "__remove-if-empty__"

# --- messages ----------------------------------------------------------------------------------------------------


class Findings:
    """Collects messages about one definition; keeps what is secret in it out of them.

    ``newer``: whether keys that newer servers know are let pass.
    """

    def __init__(self, definition: object, newer: bool) -> None:
        self.newer = newer
        self._definition = definition
        self._secrets = secret_values(definition)
        self._found: list[tuple] = []

    def add(self, place: tuple, message: str, first: bool = False) -> None:
        """Adds what is wrong at a place, which is a tuple of keys and list indexes; ``first`` in its mapping, if so."""
        position = self._position(place)
        if first:
            position = position[:-1] + (-1,)
        self._found.append((position, "%s: %s" % (place_text(place), message) if place else message))

    def messages(self) -> list[str]:
        """All messages, in the order of their places in the definition.

        What is missing comes first in its mapping, and so does a misspelt key in its stead.
        """
        return [message for position, message in sorted(self._found, key=lambda found: found[0])]

    def _position(self, place):
        """The place as a tuple of numbers: how many keys or items stand before."""
        position, inside = [], self._definition
        for part in place:
            if isinstance(inside, dict):
                position.append(list(inside).index(part) if part in inside else -1)
                inside = inside.get(part)
            else:
                position.append(part)
                inside = inside[part]
        return tuple(position)

    def described(self, value: object, place: tuple) -> str:
        """A value for a message, such as 'the integer 8080'; only its type where it is or could be a secret."""
        kind = type_name(value)
        if value is None:
            return kind
        if isinstance(value, (dict, list)) or self.is_secret(value, place):
            return ("an " if kind[0] in "aeiou" else "a ") + kind
        return "the %s %s" % (kind, self.shown(value, place))

    def shown(self, value: object, place: tuple) -> str:
        """A boolean, number or text in one line; three dots where it is or could be a secret."""
        return "..." if self.is_secret(value, place) else echoed(value)

    def is_secret(self, value: object, place: tuple) -> bool:
        """Whether a value must not be shown: for the names it is found under, or for what it holds."""
        if any(isinstance(part, str) and is_secret_name(part) for part in place):
            return True
        text = str(value)
        return any(secret in text for secret in self._secrets)


def type_name(value: object) -> str:
    """What JSON and YAML users call the type of a plain value."""
    if value is None:
        return "null"
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "list")):
        if isinstance(value, kind):
            return name
    return "mapping"


# --- types -------------------------------------------------------------------------------------------------------
# Each has ``check(value, place, findings)`` and ``example``, how a right value is written (for what is missing).


class Text:
    """Any string."""

    def __init__(self, example: str = '"..."') -> None:
        self.example = example

    def check(self, value, place, findings):
        if not isinstance(value, str):
            remedy = self._remedy(value, place, findings)
            findings.add(place, "must be a string, not %s%s" % (findings.described(value, place), remedy))

    @staticmethod
    def _remedy(value, place, findings):
        if isinstance(value, (bool, int, float)):
            written = "" if findings.is_secret(value, place) else ': "%s"' % echoed(value)
            lower = " | lower" if isinstance(value, bool) else ""  # Jinja's text of true is "True"
            return "; quote it%s (in a template, end it with | string%s)" % (written, lower)
        if value is None:
            return '; leave it out, or write "" if it is to be empty (in a template, end it with | default("", true))'
        return ""


class Number:
    """Any number, whole or not, but no boolean."""

    def __init__(self, example: str = "1") -> None:
        self.example = example

    def check(self, value, place, findings):
        if is_number(value):
            return
        findings.add(place, "must be a number, not %s%s" % (findings.described(value, place), number_remedy(value)))


class Boolean:
    """true or false."""

    def __init__(self, example: str = "true") -> None:
        self.example = example

    def check(self, value, place, findings):
        if isinstance(value, bool):
            return
        remedy = ""
        if isinstance(value, (str, int)):
            remedy = "; write true or false without quotes (in a template, end it with | bool%s)" % _NATIVE
        findings.add(place, "must be true or false, not %s%s" % (findings.described(value, place), remedy))


class OneOf:
    """One of some strings."""

    def __init__(self, *choices: str) -> None:
        self.choices = choices
        self.example = '"%s"' % choices[0]

    def check(self, value, place, findings):
        if isinstance(value, str) and value in self.choices:
            return
        written = " or ".join('"%s"' % choice for choice in self.choices)
        guess = ""
        if isinstance(value, float) and str(value) in self.choices:
            guess = "; quote it"
        elif isinstance(value, str):
            guess = did_you_mean(closest(value, self.choices))
        findings.add(place, "must be %s, not %s%s" % (written, findings.described(value, place), guess))


class Anything:
    """Any value, null included."""

    example = "..."

    def check(self, value, place, findings):
        pass


class ListOf:
    """A list; ``rule(items, place, findings)`` judges the items together."""

    def __init__(self, item, rule=None, example: str = "[...]") -> None:
        self.item, self.rule, self.example = item, rule, example

    def check(self, value, place, findings):
        if not isinstance(value, list):
            remedy = "; leave it out if it is to be empty" if value is None else "; put it in a list: [...]"
            findings.add(place, "must be a list, not %s%s" % (findings.described(value, place), remedy))
            return
        for index, item in enumerate(value):
            self.item.check(item, place + (index,), findings)
        if self.rule:
            self.rule(value, place, findings)


class MapOf:
    """A mapping from any keys to values of one type."""

    example = "{...}"

    def __init__(self, item) -> None:
        self.item = item

    def check(self, value, place, findings):
        if is_mapping(value, place, findings):
            for key, item in value.items():
                self.item.check(item, place + (key,), findings)


class Mapping:
    """A mapping with known keys.

    ``required`` and ``optional`` give the types of the keys; ``others`` is the type of all other keys, which are
    refused without it. ``newer``: keys that only servers newer than the vendor's validator know. ``belongs``: where
    a key that does not belong here has its place.
    """

    example = "{...}"

    def __init__(self, required=None, optional=None, others=None, newer=(), belongs=None) -> None:
        self.required, self.optional, self.others = required or {}, optional or {}, others
        self.newer, self.belongs = newer, belongs or {}

    def check(self, value, place, findings):
        if not is_mapping(value, place, findings):
            return
        missing = [key for key in self.required if key not in value]
        for key, item in value.items():
            kind = self.type_of(key, value)
            if kind:
                kind.check(item, place + (key,), findings)
            elif not (findings.newer and key in self.newer):
                self._add_unknown(key, place, missing, findings)
        for key in missing:
            findings.add(place + (key,), "is missing; write %s: %s" % (key, self.required[key].example))

    def type_of(self, key, mapping):
        """The type that the value of a key is checked as; None for an unknown key."""
        return self.required.get(key) or self.optional.get(key) or self.others

    def _add_unknown(self, key, place, missing, findings):
        """Tells of an unknown key. If it is meant as one that is missing, that is one mistake: told once, and first."""
        if key in self.belongs:
            findings.add(place + (key,), "unknown key here (it belongs in %s)" % self.belongs[key])
            return
        guess = closest(key, [*self.required, *self.optional])
        findings.add(place + (key,), "unknown key%s" % did_you_mean(guess), first=guess in missing)
        if guess in missing:
            missing.remove(guess)


class Pick:
    """One of several types; ``choose(value)`` gives the one that a value is to be checked as."""

    def __init__(self, choose, example: str = "...") -> None:
        self.choose, self.example = choose, example

    def check(self, value, place, findings):
        self.choose(value).check(value, place, findings)


class Refused:
    """No value at all is right here; ``expected`` says what would be."""

    def __init__(self, expected: str, remedy=None) -> None:
        self.expected, self.remedy = expected, remedy

    def check(self, value, place, findings):
        remedy = self.remedy(value) if self.remedy else ""
        findings.add(place, "must be %s, not %s%s" % (self.expected, findings.described(value, place), remedy))


# Before 2.19, ansible-core makes text of a number or boolean that a template yields inside a dictionary.
_NATIVE = "; ansible-core before 2.19 also needs jinja2_native"


def number_remedy(value):
    """How text that was meant as a number becomes one."""
    if isinstance(value, str) and _NUMERIC.fullmatch(value):
        return "; write it without quotes (in a template, end it with | int%s)" % _NATIVE
    return ""


def is_number(value: object) -> bool:
    """Whether it is a number that JSON can carry."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def double(number) -> float:
    """A number as the server holds it: with the precision of a double."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def is_mapping(value, place, findings) -> bool:
    """Whether it is a mapping; adds a message when it is not."""
    if isinstance(value, dict):
        return True
    remedy = ""
    if isinstance(value, list):
        remedy = "; write NAME: value pairs, without dashes"
    elif value is None:
        remedy = "; leave it out if it is to be empty"
    elif isinstance(value, str) and not place:
        remedy = "; make it one first, with | from_json or | from_yaml"
    kind = type_name(value)
    article = "" if value is None else "an " if kind[0] in "aeiou" else "a "
    findings.add(place, "must be a mapping, not %s%s%s" % (article, kind, remedy))
    return False


# What users of Docker, Compose and Kubernetes call things.
_OTHER_NAMES = {
    "command": "cmd",
    "environment": "env",
    "variables": "env",
    "ports": "expose",
    "port": "expose",
    "workdir": "work_dir",
    "working_dir": "work_dir",
    "restart": "restart_policy",
    "gpus": "gpu",
    "auth": "authentication",
    "operations": "ops",
    "steps": "ops",
    "globals": "global",
    "healthcheck": "health_checks",
    "healthchecks": "health_checks",
    "dependsOn": "depends_on",
    "destination": "dest",
    "path": "dest",
    "host": "server",
    "status": "expected_status",
}


def closest(word: str, known) -> str | None:
    """The known word that is closest to one that is not known; None when none is close."""
    other = _OTHER_NAMES.get(word)
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word[:LONGEST_ECHO].lower(), by_lower, n=1)
    return other if other in known else by_lower[close[0]] if close else None


def did_you_mean(guess: str | None) -> str:
    """' (did you mean args?)', or '' without a guess."""
    return " (did you mean %s?)" % guess if guess else ""


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

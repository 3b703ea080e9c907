# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small language of types for JSON values, with messages like the vendor's validator writes them.

A message is the path of what is wrong and what was expected there: ``$input.type: "container"``. Keys that nobody
knows are expected to be ``undefined``. Each type also knows itself as a JSON schema, for the OpenAPI document; what
schemas can't say (that names are unique) is left out of it.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Found = list[str]
_PLAIN_NAME = re.compile(r"^[A-Za-z_$][A-Za-z0-9_$]*$")
# Words that can't follow a dot in a path.
_RESERVED = frozenset(
    "break case catch class const continue debugger default delete do else enum export extends false finally for "
    "function if implements import in instanceof interface let new null package private protected public return static "
    "super switch this throw true try typeof var void while with yield".split())


def member(path: str, name: str) -> str:
    """The path of a member of an object."""
    plain = _PLAIN_NAME.match(name) and name not in _RESERVED
    return f"{path}.{name}" if plain else f'{path}["{name}"]'


@dataclass(frozen=True)
class Kind:
    """A type: its name (alternatives joined by ``|``), the check of a value, and the JSON schema of such values."""

    name: str
    check: Callable[[object, str, str, Found], None]
    schema: dict

    def required(self) -> str:
        """What messages say is expected."""
        return f"({self.name})" if " | " in self.name else self.name

    def optional(self) -> str:
        """What messages say is expected where nothing at all would do."""
        return f"({self.name} | undefined)"

    def accepts(self, value: object) -> bool:
        """Whether a value is of this type."""
        found: Found = []
        self.check(value, "", self.required(), found)
        return not found


def simple(name: str, accepts: Callable[[object], bool], schema: dict) -> Kind:
    """A type without members."""
    def check(value: object, path: str, expected: str, found: Found) -> None:
        if not accepts(value):
            found.append(f"{path}: {expected}")
    return Kind(name, check, schema)


def constants(*values: str) -> Kind:
    """One of some texts."""
    return simple(" | ".join(f'"{value}"' for value in sorted(values)),
                  lambda value: isinstance(value, str) and value in values,
                  {"type": "string", "enum": list(values)})


def array(item: Kind, name: str | None = None) -> Kind:
    """A list."""
    def check(value: object, path: str, expected: str, found: Found) -> None:
        if not isinstance(value, list):
            found.append(f"{path}: {expected}")
            return
        for index, entry in enumerate(value):
            item.check(entry, f"{path}[{index}]", item.required(), found)
    return Kind(name or f"Array<{item.name}>", check, {"type": "array", "items": item.schema})


def mapping(item: Kind, name: str) -> Kind:
    """An object with any keys."""
    def check(value: object, path: str, expected: str, found: Found) -> None:
        if not isinstance(value, dict):
            found.append(f"{path}: {expected}")
            return
        for key, entry in value.items():
            item.check(entry, member(path, key), item.required(), found)
    return Kind(name, check, {"type": "object", "additionalProperties": item.schema})


def record(name: str, required: dict[str, Kind], optional: dict[str, Kind], others: Kind | None = None) -> Kind:
    """An object with known keys; other keys are of the type ``others``, or unknown."""
    def check(value: object, path: str, expected: str, found: Found) -> None:
        if not isinstance(value, dict):
            found.append(f"{path}: {expected}")
            return
        for key, kind in required.items():
            kind.check(value.get(key), member(path, key), kind.required(), found)
        for key, kind in optional.items():
            if key in value:
                kind.check(value[key], member(path, key), kind.optional(), found)
        for key in value:
            if key in required or key in optional:
                continue
            if others is None:
                found.append(f"{member(path, key)}: undefined")
            else:
                others.check(value[key], member(path, key), others.optional(), found)
    known = {key: kind.schema for key, kind in {**required, **optional}.items()}
    return Kind(name, check, {"type": "object", "properties": known, "required": list(required),
                              "additionalProperties": False if others is None else others.schema})


def union(name: str, *kinds: Kind) -> Kind:
    """One of several types. An object or list that is nearly of one type gets the messages about its members."""
    def check(value: object, path: str, expected: str, found: Found) -> None:
        attempts: list[Found] = []
        for kind in kinds:
            attempt: Found = []
            kind.check(value, path, "", attempt)
            if not attempt:
                return
            attempts.append(attempt)
        inner = [attempt for attempt in attempts if f"{path}: " not in attempt]
        found.extend(min(inner, key=len) if inner else [f"{path}: {expected}"])
    return Kind(name, check, any_of(kind.schema for kind in kinds))


def chosen(name: str, key: str, kinds: dict[str, Kind]) -> Kind:
    """One of several records, told apart by the text in their member ``key``."""
    def check(value: object, path: str, expected: str, found: Found) -> None:
        kind = kinds.get(str(value.get(key))) if isinstance(value, dict) else None
        if kind is None:
            found.append(f"{path}: {expected}")
        else:
            kind.check(value, path, expected, found)
    return Kind(name, check, any_of(kind.schema for kind in kinds.values()))


def any_of(schemas: Iterable[dict]) -> dict:
    """The schema of what is of any of some types."""
    return {"anyOf": list(schemas)}


def is_number(value: object) -> bool:
    """A JSON number; a boolean is none, nor is one that is too large for a computer."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


TEXT = simple("string", lambda value: isinstance(value, str), {"type": "string"})
NUMBER = simple("number", is_number, {"type": "number"})
BOOLEAN = simple("boolean", lambda value: isinstance(value, bool), {"type": "boolean"})
ANYTHING = simple("any", lambda value: True, {})

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with a job definition: messages with their places, in reading order, without secrets. Pure."""

from __future__ import annotations

import math

from ansible_collections.nosana.cloud.plugins.module_utils._model.secret_names import is_secret_name
from ansible_collections.nosana.cloud.plugins.module_utils._model.secrets import all_secrets
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import echoed, place_text


class Findings:
    """Collects messages about one definition; keeps what is secret in it out of them.

    ``newer``: whether keys that newer servers know are let pass.
    """

    def __init__(self, definition: object, newer: bool) -> None:
        self.newer = newer
        self._definition = definition
        self._secrets = all_secrets(definition)
        self._found: list[tuple] = []

    def add(self, place: tuple, message: str, first: bool = False) -> None:
        """Adds what is wrong at a place, which is a tuple of keys and list indexes; ``first`` in its mapping, if so."""
        position = self._position(place)
        if first:
            position = position[:-1] + (-1,)
        self._found.append((position, "%s: %s" % (place_text(place), message) if place else message))

    def has(self, place: tuple) -> bool:
        """Whether something was found wrong at this place already."""
        return any(position == self._position(place) for position, _message in self._found)

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
        """A value for a message, such as 'the string "x"'; only its type where it is or could be a secret.

        Numbers and booleans are not shown either: YAML may have read them from something else (1.10, 12:30, off).
        """
        if isinstance(value, str) and not self.is_secret(value, place):
            return "the string %s" % echoed(value)
        return a_type(value)

    def shown(self, value: object, place: tuple) -> str:
        """A boolean, number or text in one line; three dots where it is or could be a secret."""
        return "..." if self.is_secret(value, place) else echoed(value)

    def is_secret(self, value: object, place: tuple) -> bool:
        """Whether a value must not be shown: for the names it is found under, or for what it holds."""
        if any(isinstance(part, str) and is_secret_name(part) for part in place):
            return True
        text = str(value)
        return any(secret in text for secret in self._secrets)


def a_type(value: object) -> str:
    """What JSON and YAML users call the type of a plain value, with its article."""
    if value is None:
        return "null"
    if isinstance(value, float) and not math.isfinite(value):
        return ".nan or .inf, which JSON does not have"
    for kind, name in (
        (bool, "a boolean"),
        (int, "an integer"),
        (float, "a number"),
        (str, "a string"),
        (list, "a list"),
    ):
        if isinstance(value, kind):
            return name
    return "a mapping"

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Types that check a value of a job definition, and say what is wrong and how it is put right. Pure.

Each has ``check(value, place, findings)`` and ``example``, how a right value is written (for what is missing).
"""

from __future__ import annotations

import difflib
import math
import re

from ansible_collections.nosana.cloud.plugins.module_utils._definition.findings import a_type
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import LONGEST_ECHO

_NUMERIC = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)


class Text:
    """Any string."""

    def __init__(self, example: str = '"..."') -> None:
        self.example = example

    def check(self, value, place, findings):
        if not isinstance(value, str):
            findings.add(place, "must be a string, not %s%s" % (a_type(value), self._remedy(value)))

    @staticmethod
    def _remedy(value):
        if isinstance(value, (bool, int, float)):
            lower = " | lower" if isinstance(value, bool) else ""  # Jinja's text of true is "True"
            return "; quote it as it was written (in a template, end it with | string%s)" % lower
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
        if isinstance(value, float) and str(value) in self.choices or value is False and "no" in self.choices:
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


# Before 2.19, ansible-core makes text of what an expression yields, but for a single variable.
_NATIVE = "; before ansible-core 2.19, use a single variable or a template file"


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
    findings.add(place, "must be a mapping, not %s%s" % (a_type(value), remedy))
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

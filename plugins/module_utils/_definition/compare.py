# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Job definitions as plain data, without what a server adds, and whether two are the same. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from ansible_collections.nosana.cloud.plugins.module_utils._definition.schema_types import double, is_number


def plain(value: object) -> object:
    """The same value in plain JSON types: dict with str keys, list, str, int, float, bool, None.

    ansible-core from 2.19 on hands over subclasses of these that carry tags; they must not reach JSON or a
    comparison. What JSON does not know becomes text, a date in its ISO form.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return {_plain_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str.__str__(str(value))


def _plain_key(key):
    """A key as JSON has it: text."""
    key = plain(key)
    if key is None:
        return "null"
    return key if isinstance(key, str) else str(key).lower() if isinstance(key, bool) else str(key)


def normalise(definition: object) -> dict:
    """A definition in plain types, without what the server adds: ``deployment_id`` and ``meta.trigger``.

    A ``meta`` that is empty then is left out. What is no mapping comes back as plain() has it.
    """
    definition = plain(definition)
    if not isinstance(definition, dict):
        return definition
    definition.pop("deployment_id", None)
    meta = definition.get("meta")
    if isinstance(meta, dict):
        meta.pop("trigger", None)
        if not meta:
            del definition["meta"]
    return definition


def same(a: object, b: object) -> bool:
    """Whether two definitions are the same to the server, whatever the order of keys.

    Types count: true is not 1, and 1 is not "1"; but 1 is 1.0, since JSON has one type of number, and the server
    holds it as a double.
    """
    return _equal(normalise(a), normalise(b))


def _equal(a, b):
    if is_number(a) and is_number(b):
        return double(a) == double(b)
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_equal(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(_equal, a, b))
    return a == b

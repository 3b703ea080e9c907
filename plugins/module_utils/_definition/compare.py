# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Job definitions as plain data, without what a server adds, and whether two are the same. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from ansible_collections.nosana.cloud.plugins.module_utils._definition.schema_types import double, is_number
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import place_text

#: Levels of the deepest definition that is read; those that run have about ten.
DEEPEST = 100
TOO_DEEP = "is nested more than %d levels deep" % DEEPEST


def is_too_deep(value: object) -> bool:
    """Whether a value is nested more than ``DEEPEST`` levels deep; nothing else here may be asked about it then."""
    level = [value]
    for _number in range(DEEPEST + 1):
        inside = [one for one in level if isinstance(one, (Mapping, list, tuple))]
        level = [item for one in inside for item in (one.values() if isinstance(one, Mapping) else one)]
    return bool(level)


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


def same(wanted: object, stored: object) -> bool:
    """Whether the server has stored the definition that a task wants, whatever the order of keys.

    What a server adds to ``meta``, at any depth, makes no difference. Types count: true is not 1, and 1 is not "1";
    but 1 is 1.0, since JSON has one type of number, and the server holds it as a double.
    """
    return next(_differences(normalise(wanted), normalise(stored), ()), None) is None


def differences(wanted: object, stored: object) -> list[str]:
    """The places that keep two definitions from being the same, such as ``ops[0].args.env.X``, in reading order."""
    places = _differences(normalise(wanted), normalise(stored), ())
    return [place_text(place) or "the whole definition" for place in places]


def _differences(wanted, stored, place):
    """Yields the places as tuples of keys and list indexes."""
    if isinstance(wanted, dict) and isinstance(stored, dict):
        yield from _in_mapping(wanted, stored, place)
    elif isinstance(wanted, list) and isinstance(stored, list):
        yield from _in_list(wanted, stored, place)
    elif not _equal(wanted, stored):
        yield place


def _equal(one, other):
    if is_number(one) and is_number(other):
        return double(one) == double(other)
    return type(one) is type(other) and one == other


def _in_mapping(wanted, stored, place):
    for key, item in wanted.items():
        if key in stored:
            yield from _differences(item, stored[key], place + (key,))
        else:
            yield place + (key,)
    if place[:1] != ("meta",):
        yield from (place + (key,) for key in stored if key not in wanted and (place or key != "meta"))


def _in_list(wanted, stored, place):
    for index, pair in enumerate(zip(wanted, stored)):
        yield from _differences(*pair, place + (index,))
    yield from (place + (index,) for index in range(*sorted([len(wanted), len(stored)])))

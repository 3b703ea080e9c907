# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Job definitions as plain data, without what a server adds, and whether two are the same. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from ansible_collections.nosana.cloud.plugins.module_utils._definition.schema_types import double, is_number
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import place_text


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
    """Whether a definition that a server stores is the one that is wanted, whatever the order of keys.

    Types count: true is not 1, and 1 is not "1"; but 1 is 1.0, since JSON has one type of number, and the server
    holds it as a double. Keys that the server added inside ``meta`` are no difference.
    """
    return not differences(wanted, stored)


def differences(wanted: object, stored: object) -> list[str]:
    """The places (such as ``ops[0].args.env.X``) in which a stored definition is not the wanted one; see ``same``."""
    return [place_text(place) for place in _differing(normalise(wanted), normalise(stored), ())]


def _differing(wanted, stored, place):
    """Yields the places as tuples of keys and list indexes."""
    if isinstance(wanted, dict) and isinstance(stored, dict):
        added = (
            [] if place[:1] == ("meta",) else [key for key in stored if key not in wanted and (place or key != "meta")]
        )
        for key in [*wanted, *added]:
            if key in wanted and key in stored:
                yield from _differing(wanted[key], stored[key], (*place, key))
            else:
                yield (*place, key)
    elif isinstance(wanted, list) and isinstance(stored, list) and len(wanted) == len(stored):
        for index, (one, other) in enumerate(zip(wanted, stored)):
            yield from _differing(one, other, (*place, index))
    elif not _equal(wanted, stored):
        yield place


def _equal(one, other):
    if is_number(one) and is_number(other):
        return double(one) == double(other)
    return type(one) is type(other) and one == other

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every small edit of some job definitions: each value another one, each key gone, each known key anywhere."""

from __future__ import annotations

import copy
import json

from .mutants import KEYS, WORDS, at, places

PLACEHOLDER = "%%ops.a.results.b%%"
#: Text that is nearly a placeholder, or one that is hardly to be recognised.
NEARLY = (
    "%%ops.a%%",
    "%%ops.%%",
    "%%opsa%%",
    "%%opsab%%",
    "%%global.a%%",
    "%%globals.a.b%%",
    "%%host.a%%",
    "%ops.a.b%",
)
NEARLY += (
    "%%ops.a%b%%",
    "%%ops.a%%%",
    "%%ops\na%%",
    "%%ops.\na%%",
    "%%ops\u2028ab%%",
    "%%ops\U0001f4a1%%",
    "%%ops\U00010000%%",
)
NEARLY += ("x" + PLACEHOLDER, PLACEHOLDER + "x", PLACEHOLDER + "\n", PLACEHOLDER * 2, "%%OPS.a.b%%")
TEXTS = ("", "x", "a b", "8080", "80-90", "true", *NEARLY)
NUMBERS = (0, 80, -1, 80.5, 1e300, 10**400)
LISTS = (
    [],
    ["x"],
    [None],
    [80],
    [80, 80.0],
    ["x", "x"],
    [1, "x"],
    [[1]],
    [PLACEHOLDER, PLACEHOLDER],
    ["stdout", "stdin"],
)
MAPPINGS = (
    {},
    {"x": "y"},
    {"x": 1},
    {"x": None},
    {"x": ["y", 1]},
    {"port": 80},
    {"__spread__": PLACEHOLDER},
    {"name": "x"},
)
VALUES = (None, True, False, *TEXTS, *NUMBERS, *LISTS, *MAPPINGS)
#: What a key that is added is given.
ADDED = ("x", ["x"], True, {})


def edits(definitions):
    """All small edits of some definitions, each once; what all have in common is edited in the first alone."""
    definitions = list(definitions)
    seen = {json.dumps(definition) for definition in definitions}
    for number, definition in enumerate(definitions):
        for place in places(definition):
            if number and _same_at(place, definition, definitions[0]):
                continue
            for value in _instead_of(at(definition, place)):
                edited = _put(definition, place, value)
                text = json.dumps(edited)
                if text not in seen:
                    seen.add(text)
                    yield edited


def _same_at(place, definition, first):
    return place in places(first) and at(definition, place) == at(first, place)


def _put(definition, place, value):
    if not place:
        return value
    edited = copy.deepcopy(definition)
    at(edited, place[:-1])[place[-1]] = value
    return edited


def _instead_of(value):
    yield from VALUES
    if isinstance(value, str):
        yield from WORDS
    if isinstance(value, dict):
        yield from ({key: item for key, item in value.items() if key != gone} for gone in value)
        yield from (value | {key: item} for key in KEYS for item in ADDED if key not in value)
    if isinstance(value, list):
        yield from (value + [item] for item in (*value, *VALUES))

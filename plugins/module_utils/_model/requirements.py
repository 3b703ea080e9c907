# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a deployment requires of the hosts that run it. Pure."""

from __future__ import annotations

import math

from ansible_collections.nosana.cloud.plugins.module_utils._model.text import echoed, nearest


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


#: The types of the server's list: whether a value is of one, and what to call it.
_TYPES = {
    "integer": (lambda value: _is_number(value) and value == int(value), "a whole number"),
    "float": (_is_number, "a number"),
    "text": (lambda value: isinstance(value, str), "text"),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
}
#: Keys that a message lists where none is near.
_LISTED = 10


def requirement_problems(requirements):
    """What can't be in the requirements: each is a number (a minimum), text or a boolean (to be met exactly)."""
    return [
        "requirements.%s: must be a number, text or a boolean, not %r" % (name, value)
        for name, value in requirements.items()
        if not (isinstance(value, (int, str)) and value != "" or isinstance(value, float) and math.isfinite(value))
    ]


def problems(requirements, metrics):
    """What the server would refuse in requirements, as messages.

    ``metrics`` is its list of keys (``metrics`` of GET /reservations/requirements). Empty where that names no key.
    """
    keys = [one for one in metrics if isinstance(one, dict) and isinstance(one.get("key"), str)]
    types = {one["key"]: str(one.get("type")) for one in keys}
    found = [_problem(name, value, types) for name, value in requirements.items()] if types else []
    return [problem for problem in found if problem]


def _problem(name, value, types):
    if name not in types:
        near = nearest(name, types)
        known = "The nearest: %s" % near if near else "It knows: %s" % ", ".join(sorted(types)[:_LISTED])
        return "requirements: the server knows no key %s. %s" % (echoed(name), known)
    is_right, called = _TYPES.get(types[name], (None, None))
    if is_right and not is_right(value):
        return "requirements.%s: must be %s, not %s" % (name, called, echoed(value))
    return None

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""From the list in a task to items: each starts from the defaults, and is judged as the task for one would be. Pure."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.fleet.item import Item
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.fleet.together import refuse
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.options import (
    MUTUALLY_EXCLUSIVE,
    REQUIRED_ONE_OF,
    SPEC,
)

#: What says which deployment is meant, which can't be the same for all.
_SELECTING = ("id", "name")
_ALIASES = {alias: name for name, spec in SPEC.items() for alias in spec.get("aliases", ())}


def items_of(deployments, defaults, validated):
    """The items of a list of maps. ``validated(given, spec, **rules)`` returns options and what is wrong with them.

    Raises InvalidOptions with the first mistakes of all, and how many more there are.
    """
    defaults, items, problems = _named(defaults), [], []
    wrong = [name for name in _SELECTING if name in defaults]
    if wrong:
        raise InvalidOptions("defaults: %s says which deployment is meant: give it in each item" % wrong[0])
    for index, given in enumerate(deployments):
        where = "deployments[%d]" % index
        options, found = validated(
            merged(given, defaults), SPEC, mutually_exclusive=MUTUALLY_EXCLUSIVE, required_one_of=REQUIRED_ONE_OF
        )
        if not found and options["wait_timeout"] < 1:
            found = ["wait_timeout: must be 1 or more, not %d" % options["wait_timeout"]]
        try:
            items += [] if found else [Item(where, options)]
        except InvalidOptions as problem:
            found = [str(problem)]
        problems += [InvalidOptions("%s%s: %s" % (where, _who(given), one)) for one in found]
    refuse(problems)
    return items


def merged(given, defaults):
    """An item's options over the defaults. What an item gives takes the place of what it excludes, too."""
    given = _named(given)
    excluded = {name for group in MUTUALLY_EXCLUSIVE if given.keys() & set(group) for name in group}
    return {**{name: value for name, value in defaults.items() if name not in excluded}, **given}


def _named(given):
    """The options by their own names, and not by aliases, without those that are left out by null or empty text."""
    found = {_ALIASES.get(name, name): value for name, value in given.items()}
    return {name: value for name, value in found.items() if value is not None and not _is_left_out(name, value)}


def _is_left_out(name, value):
    """Whether empty text stands for an option that nobody filled in; one that selects a deployment is refused."""
    return name not in _SELECTING and isinstance(value, str) and not value.strip()


def _who(given):
    name = _named(given).get("name") or _named(given).get("id")
    return " (%s)" % name if isinstance(name, str) else ""

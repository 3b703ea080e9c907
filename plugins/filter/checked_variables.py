# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: checked_variables
short_description: Check variables that may have come as text, and convert them
version_added: 1.0.0
description:
  - Converts variables to the types that a playbook needs. Text counts for every type, since the answers of a
    controller's survey are text. Empty text counts as left out, because a controller sets a variable for each optional
    field. So does a list without any other text, such as a lone comma.
  - Says what is wrong with them, all of it at once. A variable whose name looks like a misspelt one is wrong, too.
  - The runbooks and roles of this collection check their variables with it.
author:
  - Nosana Ansible contributors (@nosana-ci)
requirements:
  - python >= 3.11, on the controller
options:
  _input:
    description:
      - The variables that are given, by their full names. Those that are not defined are not in it.
    type: dict
    required: true
  prefix:
    description: What the names of all variables begin with, such as V(scale_).
    type: str
    required: true
  options:
    description:
      - A mapping from the names of the variables, without the prefix, to what they may be. Of each, all keys can be
        left out.
      - C(type) is one of V(str) (the default), V(int), V(float), V(bool), V(list) (also comma-separated text) and
        V(path) (made absolute from the folder in which Ansible was started).
      - C(required) says whether it is needed, C(default) is its value if it is left out.
      - C(least) is the lowest number, C(choices) are the texts that it may be.
    type: dict
    required: true
  names:
    description:
      - The names of all variables that begin with the prefix, to find misspelt ones.
      - By default, misspelt names are not looked for.
    type: list
    elements: str
    default: []
  exclusive:
    description:
      - Groups of names without the prefix. Of each group, at most one may be given.
      - By default, there are none.
    type: list
    elements: list
    default: []
  one_of:
    description:
      - Groups of names without the prefix. Of each group, at least one is needed.
      - By default, there are none.
    type: list
    elements: list
    default: []
seealso:
  - plugin: ansible.builtin.varnames
    plugin_type: lookup
notes:
  - A name is taken for a misspelt one if it resembles one that there is. If the prefix has several words, as in
    C(keep_within_budget_), every other name is taken for one, since no other playbook has such variables.
"""

EXAMPLES = r"""
- name: Check what a survey gave
  ansible.builtin.assert:
    that: checked.problems == []
    fail_msg: "{{ checked.problems | join(' ') }}"
  vars:
    resize_replicas: "3"
    resize_markets: "nvidia-4090, nvidia-3090"
    resize_limit: ""
    options:
      replicas: {type: int, required: true, least: 0}
      markets: {type: list}
      limit: {type: float}
    names: "{{ query('ansible.builtin.varnames', '^resize_') }}"
    given: "{{ dict(names | zip(query('ansible.builtin.vars', *names))) }}"
    checked: "{{ given | nosana.cloud.checked_variables('resize_', options, names) }}"
  # checked.arguments: {replicas: 3, markets: [nvidia-4090, nvidia-3090], limit: null}
"""

RETURN = r"""
_value:
  description:
    - C(arguments) has each option by its name without the prefix, converted. It is null for one that was left out, and
      for one that is wrong.
    - C(problems) says what is wrong, a sentence each. It is empty if nothing is.
  type: dict
  sample:
    arguments:
      replicas: 3
      markets: [nvidia-4090, nvidia-3090]
      limit: null
    problems: []
"""

import difflib

from ansible_collections.nosana.cloud.plugins.plugin_utils._options import (
    CONVERTERS,
    REQUIRED,
    is_empty,
    option_of,
    shown,
)

#: How much a name has to resemble a known one to be taken for a misspelling of it.
RESEMBLES = 0.75
#: The types that a variable may have.
TYPES = ("str", "int", "float", "bool", "list", "path")


def checked_variables(given, prefix, options, names=(), exclusive=(), one_of=()):
    """See DOCUMENTATION."""
    given, prefix = _option("_input", given, "dict", {}), _option("prefix", prefix, "str", REQUIRED)
    rules = {name: _rule(name, rule) for name, rule in _option("options", options, "dict", {}).items()}
    problems = _misspelt(_option("names", names, "list", []), prefix, rules)
    arguments = {}
    for name, rule in rules.items():
        arguments[name] = _argument(prefix + name, given.get(prefix + name), rule, problems)
    is_given = {name for name, rule in rules.items() if not _is_left_out(given.get(prefix + name), rule)}
    for group in _option("exclusive", exclusive, "lists", []):
        if len(is_given.intersection(group)) > 1:
            problems.append("Give only one of %s." % _listed(prefix, group))
    for group in _option("one_of", one_of, "lists", []):
        if not is_given.intersection(group):
            problems.append("Give one of %s." % _listed(prefix, group))
    return {"arguments": arguments, "problems": problems}


def _option(name, value, kind, default=None, choices=()):
    return option_of("checked_variables", name, value, kind, default, choices)


def _rule(name, rule):
    """What a variable may be, with all keys."""
    where, rule = "options.%s" % name, _option("options.%s" % name, rule, "dict", {})
    return {
        "type": _option(where + ".type", rule.get("type"), "str", "str", TYPES),
        "required": _option(where + ".required", rule.get("required"), "bool", False),
        "default": rule.get("default"),
        "least": _option(where + ".least", rule.get("least"), "float"),
        "choices": _option(where + ".choices", rule.get("choices"), "list", []),
    }


def _argument(name, value, rule, problems):
    """A variable in the type of its rule, null if it is wrong; what is wrong is added to the problems."""
    if _is_left_out(value, rule):
        if rule["required"]:
            problems.append("%s: is needed." % name)
        return rule["default"]
    try:
        return _converted(value.strip() if isinstance(value, str) else value, rule)
    except ValueError as problem:
        problems.append("%s: must be %s, not %s." % (name, problem, shown(value)))
        return None


def _is_left_out(value, rule):
    if isinstance(value, list):
        return all(map(is_empty, value))
    return is_empty(value) or rule["type"] == "list" and not str(value).strip(", \t\n")


def _listed(prefix, names):
    return ", ".join(prefix + name for name in names)


def _misspelt(names, prefix, options):
    """What to say of names that are not known, but were meant to be."""
    problems = []
    for name in sorted(names):
        rest = name.removeprefix(prefix)
        if rest in options:
            continue
        near = difflib.get_close_matches(rest, list(options), n=1, cutoff=RESEMBLES)
        if near:
            problems.append("%s: is unknown. Did you mean %s%s?" % (name, prefix, near[0]))
        elif prefix.strip("_").count("_"):
            problems.append("%s: is unknown. There are %s." % (name, _listed(prefix, options)))
    return problems


def _converted(value, rule):
    """The value in the type of its rule. Raises ValueError with what it must be."""
    value = CONVERTERS[rule["type"]](value)
    if rule["choices"] and str(value) not in rule["choices"]:
        raise ValueError("one of %s" % ", ".join(rule["choices"]))
    if rule["least"] is not None and value < rule["least"]:
        raise ValueError("%s or more" % ("%f" % rule["least"]).rstrip("0").rstrip("."))
    return value


class FilterModule:
    """The filter, by its name."""

    def filters(self):
        return {"checked_variables": checked_variables}

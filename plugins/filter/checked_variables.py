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
    field.
  - Says what is wrong with them, all of it at once. A variable whose name looks like a misspelt one is wrong, too.
  - The runbooks of this collection check their variables with it.
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
      - The variables that there are, by their names without the prefix. Each is a mapping whose keys can all be left
        out.
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
      - Lists of names without the prefix, of which at most one may be given.
      - By default, there are none.
    type: list
    elements: list
    default: []
  one_of:
    description:
      - Lists of names without the prefix, of which at least one is needed.
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
import math
import os
import re

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.nosana.cloud.plugins.module_utils._definition.compare import plain
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import echoed

#: How much a name has to resemble a known one to be taken for a misspelling of it.
RESEMBLES = 0.75


def checked_variables(given, prefix, options, names=(), exclusive=(), one_of=()):
    """See DOCUMENTATION."""
    given, options = plain(given), plain(options)
    arguments, problems = {}, _misspelt([str(name) for name in names], str(prefix), options)
    for name, rule in options.items():
        rule = rule or {}
        value = given.get(prefix + name)
        arguments[name] = None
        if _is_empty(value):
            arguments[name] = rule.get("default")
            if rule.get("required"):
                problems.append("%s%s: is needed." % (prefix, name))
            continue
        try:
            arguments[name] = _converted(value, rule)
        except ValueError as problem:
            problems.append("%s%s: must be %s, not %s." % (prefix, name, problem, echoed(value)))
    is_given = {name for name in options if not _is_empty(given.get(prefix + name))}
    for group in exclusive:
        if len(is_given.intersection(group)) > 1:
            problems.append("Give only one of %s." % _listed(prefix, group))
    for group in one_of:
        if not is_given.intersection(group):
            problems.append("Give one of %s." % _listed(prefix, group))
    return {"arguments": arguments, "problems": problems}


def _is_empty(value):
    return value is None or value == [] or isinstance(value, str) and not value.strip()


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
    value = CONVERTERS[rule.get("type", "str")](value)
    if rule.get("choices") and value not in rule["choices"]:
        raise ValueError("one of %s" % ", ".join(rule["choices"]))
    if rule.get("least") is not None and value < rule["least"]:
        raise ValueError("%s or more" % rule["least"])
    return value


def _text(value):
    if isinstance(value, (dict, list)):
        raise ValueError("text")
    return str(value).strip()


def _whole_number(value):
    if isinstance(value, bool) or not re.fullmatch(r"[+-]?[0-9]+(\.0+)?", str(value).strip()):
        raise ValueError("a whole number")
    return int(float(value)) if "." in str(value) else int(value)


def _number(value):
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("a number")
    return number


def _truth(value):
    try:
        return boolean(value.strip() if isinstance(value, str) else value, strict=True)
    except TypeError:
        raise ValueError("true or false") from None


def _list(value):
    if isinstance(value, dict):
        raise ValueError("a list, or comma-separated text")
    parts = re.split(r"[,\n]", str(value)) if not isinstance(value, list) else value
    return [_text(part) for part in parts if not _is_empty(part)] or None


def _path(value):
    return os.path.abspath(os.path.expanduser(_text(value)))


CONVERTERS = {"str": _text, "int": _whole_number, "float": _number, "bool": _truth, "list": _list, "path": _path}


class FilterModule:
    """The filter, by its name."""

    def filters(self):
        return {"checked_variables": checked_variables}

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of options in the types that filters need. Ansible converts the options of modules, but not those of filters:
text would be taken for the list of its letters, and the text "false" for true."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterable, Mapping

from ansible.errors import AnsibleFilterError
from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.nosana.cloud.plugins.module_utils._definition.compare import plain
from ansible_collections.nosana.cloud.plugins.module_utils._definition.variants import mapping_of
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import echoed

#: The default of an option that has none.
REQUIRED = object()


def option_of(plugin, name, value, kind, default=None, choices=()):
    """The value of an option in its type, a key of CONVERTERS. Null and empty text count as left out.

    Raises AnsibleFilterError, which names the option.
    """
    if is_iterable(value):  # such as the keys of a mapping, which before 2.19 are no list
        value = list(value)
    value = value if kind == "dicts" else plain(value)
    if is_empty(value) and (kind != "str" or not value):  # the blank beginning of a name is one
        if default is REQUIRED:
            raise AnsibleFilterError("%s: %s: is needed." % (plugin, name))
        return default
    try:
        value = CONVERTERS[kind](value)
        if choices and value not in choices:
            raise ValueError("one of %s" % ", ".join(choices))
    except ValueError as problem:
        raise AnsibleFilterError("%s: %s: must be %s, not %s." % (plugin, name, problem, shown(value))) from None
    return value


def is_iterable(value):
    """Whether it is a list, or anything else of several values but a mapping."""
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))


def is_empty(value):
    """Whether it is null or blank text."""
    return value is None or isinstance(value, str) and not value.strip()


def shown(value):
    """A value in a message."""
    if isinstance(value, Mapping):
        return "a mapping"
    if is_iterable(value):
        return "a list"
    return "null" if value is None else echoed(value)


# --- the types: each function raises ValueError with what the value must be ------------------------------------------


def _text(value):
    if isinstance(value, (dict, list)):
        raise ValueError("text")
    return str(value)


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
    parts = value if isinstance(value, list) else re.split(r"[,\n]", str(value))
    if any(isinstance(part, (dict, list)) for part in parts):
        raise ValueError("a list of texts, or comma-separated text")
    return [str(part).strip() for part in parts if not is_empty(part)]


def _lists(value):
    if not isinstance(value, list):
        raise ValueError("a list of lists")
    return [_list(part) for part in value]


def _mapping(value):
    try:
        return mapping_of(value, "it")
    except ValueError:
        raise ValueError("a mapping, or one as JSON") from None


def _mappings(value):
    found = plain(value) if isinstance(value, list) else [None]
    if not all(isinstance(one, dict) for one in found):
        raise ValueError("a list of mappings")
    return found


def _path(value):
    return os.path.abspath(os.path.expanduser(_text(value)))


CONVERTERS = {
    "str": _text,
    "int": _whole_number,
    "float": _number,
    "bool": _truth,
    "list": _list,
    "path": _path,
    "lists": _lists,
    "dict": _mapping,
    "dicts": _mappings,
}

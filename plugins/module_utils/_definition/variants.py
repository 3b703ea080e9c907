# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Job definitions made from others: with another image, command or environment, or one for each set of parameters.

Pure. Messages hold no values: some are secrets.
"""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import re
from collections.abc import Mapping

from ansible_collections.nosana.cloud.plugins.module_utils._definition.compare import is_too_deep, plain
from ansible_collections.nosana.cloud.plugins.module_utils._definition.endpoints import endpoints_of
from ansible_collections.nosana.cloud.plugins.module_utils._model.secret_names import is_secret_name
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import echoed, nearest

#: Combinations that a matrix has at most.
MOST_COMBINATIONS = 1000
#: Characters of the longest name of a combination; the API takes 255.
LONGEST_NAME = 120

_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLACEHOLDER = re.compile(r"%%matrix\.([^%]*)%%")
_NOT_IN_FOLDERS = re.compile(r"[^A-Za-z0-9._=+,@-]+")


def with_changes(definition, image=None, cmd=None, env=None, op=None):
    """The job definition with another image, command or environment of one operation; the rest stays.

    What is None or empty text is left alone. ``env`` is merged, and null removes a variable. ``op`` is the id of the
    operation; without it, it is the only container, or the only one that exposes a port. Raises ValueError.
    """
    definition, env = mapping_of(definition, "the job definition"), mapping_of(env, "env")
    image, cmd, op = (None if _is_empty(one) else plain(one) for one in (image, cmd, op))
    if image is None and cmd is None and not env:
        return definition
    changed = _operation(definition, op)
    args = changed.get("args")
    args = changed["args"] = dict(args) if isinstance(args, dict) else {}
    args.update({key: value for key, value in (("image", image), ("cmd", cmd)) if value is not None})
    if env:
        merged = {**mapping_of(args.get("env"), "env"), **env}
        args["env"] = {name: value for name, value in merged.items() if value is not None}
    return definition


def combinations(definition, matrix, name):
    """A job definition for each combination of parameters: ``[{name, folder, parameters, deployment}]``, of which
    ``deployment`` has the name and the job definition.

    ``matrix`` maps each parameter to its values. Each container has the parameters in its environment, and they take
    the place of ``%%matrix.NAME%%`` anywhere. An empty matrix gives one, of the given name. Raises ValueError.
    """
    definition, matrix = mapping_of(definition, "the job definition"), mapping_of(matrix, "the matrix")
    if _is_empty(name):
        raise ValueError("name: must not be empty, since each combination is named after it")
    values = [[(parameter, text) for text in _texts(parameter, given)] for parameter, given in matrix.items()]
    count = 1
    for one in values:
        count *= len(one)
    if count > MOST_COMBINATIONS:
        raise ValueError("the matrix has %d combinations, and more than %d are refused" % (count, MOST_COMBINATIONS))
    return [_combination(definition, dict(chosen), str(plain(name)).strip()) for chosen in itertools.product(*values)]


def mapping_of(value, what):
    """A mapping in plain types, also where it is given as JSON; an empty one for null and empty text.

    Raises ValueError for anything else.
    """
    if _is_empty(value):
        return {}
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise ValueError("%s must be a mapping, or one as JSON" % what) from None
    if not isinstance(value, Mapping):
        raise ValueError("%s must be a mapping, or one as JSON" % what)
    if is_too_deep(value):
        raise ValueError("%s is nested too deep" % what)
    return plain(value)


def _is_empty(value):
    return value is None or isinstance(value, str) and not value.strip()


# --- one operation -------------------------------------------------------------------------------------------------


def _operation(definition, op):
    """The operation that is changed."""
    found = _containers(definition)
    ids = [one.get("id") for one in found]
    if op is not None:
        if op not in ids:
            text = "op: no container of the job definition has the id %s. It has: %s."
            raise ValueError(text % (echoed(op), _in(ids)))
        return found[ids.index(op)]
    if len(found) > 1:
        exposing = {one["opId"] for one in endpoints_of(definition)}
        found = [one for one in found if one.get("id") in exposing]
    if len(found) != 1:
        raise ValueError("op: say which container is changed, by its id. The job definition has: %s." % _in(ids))
    return found[0]


def _containers(definition):
    ops = definition.get("ops")
    found = [one for one in ops if isinstance(one, dict)] if isinstance(ops, list) else []
    return [one for one in found if one.get("type") == "container/run"]


def _in(ids):
    return ", ".join(echoed(one) for one in ids) or "none"


# --- combinations --------------------------------------------------------------------------------------------------


def _texts(parameter, given):
    """The values of a parameter, as text."""
    if not _PARAMETER.fullmatch(parameter):
        raise ValueError("%s: a parameter is named like a variable: letters, digits and _" % echoed(parameter))
    if is_secret_name(parameter):
        raise ValueError(
            "%s: names, folders and reports show parameters, so a secret can't be one. Put it into env." % parameter
        )
    texts = [_text(parameter, value) for value in (given if isinstance(given, list) else [given])]
    if not texts:
        raise ValueError("%s: has no values, so that nothing would run" % parameter)
    if len(set(texts)) < len(texts):
        raise ValueError("%s: has a value twice, and nothing runs twice" % parameter)
    return texts


def _text(parameter, value):
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    raise ValueError("%s: a value is text, a number or a boolean" % parameter)


def _combination(definition, parameters, name):
    # sorted: another order in the matrix must not make other names, which would run all of them again
    full = "-".join([name, *("%s=%s" % pair for pair in sorted(parameters.items()))])
    made = _filled_in(copy.deepcopy(definition), parameters)
    for container in _containers(made) if parameters else []:
        args = container.setdefault("args", {})
        if isinstance(args, dict):
            args["env"] = {**mapping_of(args.get("env"), "env"), **parameters}
    printable = "".join(character if character.isprintable() else " " for character in full)
    folder = _NOT_IN_FOLDERS.sub("-", full).lstrip(".")
    name = _unique(printable, full)
    return {
        "name": name,
        "folder": _unique(folder, full),
        "parameters": parameters,
        "deployment": {"name": name, "job_definition": made},
    }


def _unique(text, full):
    """The text as it is where it says all of the full name; else cut, with a hash of that: two must not become one."""
    if text == full and len(text) <= LONGEST_NAME:
        return text
    return "%s-%s" % (text[:LONGEST_NAME], hashlib.sha256(full.encode(errors="replace")).hexdigest()[:8])


def _filled_in(value, parameters):
    """The value with parameters in the place of placeholders."""
    if isinstance(value, dict):
        return {key: _filled_in(item, parameters) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled_in(item, parameters) for item in value]
    if not isinstance(value, str):
        return value
    return _PLACEHOLDER.sub(lambda found: _parameter(found[1], parameters), value)


def _parameter(name, parameters):
    if name not in parameters:
        near = nearest(name, parameters)
        text = "%%%%matrix.%s%%%%: the matrix has no such parameter" % echoed(name)[1:-1]
        raise ValueError(text + (" (the nearest: %s)" % near if near else ""))
    return parameters[name]

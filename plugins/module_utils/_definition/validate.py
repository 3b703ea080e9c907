# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judges job definitions: what the vendor's validator refuses, and what nosana_deployment does. Pure."""

from __future__ import annotations

import graphlib
import json
import math

from ansible_collections.nosana.cloud.plugins.module_utils._definition.compare import TOO_DEEP, is_too_deep, plain
from ansible_collections.nosana.cloud.plugins.module_utils._definition.findings import Findings
from ansible_collections.nosana.cloud.plugins.module_utils._definition.schema import JOB_DEFINITION
from ansible_collections.nosana.cloud.plugins.module_utils._definition.schema_types import is_number
from ansible_collections.nosana.cloud.plugins.module_utils._model.secrets import masked_places

HIGHEST_PORT = 65535
#: Bytes of the longest definition: the API takes bodies of 1 MiB, of which this leaves something for the other options.
MOST_BYTES = 2**20 - 2**14


def errors(definition: object) -> list[str]:
    """Why the vendor's validator (npm @nosana/kit 2.1.8) refuses a definition: one line each, in reading order.

    Empty exactly when it accepts it. Messages name the place and the remedy, and hold no secrets.
    """
    if is_too_deep(definition):
        return [TOO_DEEP]
    definition = plain(definition)
    findings = Findings(definition, newer=False)
    JOB_DEFINITION.check(definition, (), findings)
    return findings.messages()


def problems(definition: object) -> list[str]:
    """Why ``nosana_deployment`` refuses a definition; empty when it is fine.

    Differs from errors() in this: keys of newer servers pass (``ssh``, ``execution.timeout``); refused are also an
    empty ``ops``; an empty image or id, an empty name or place of a volume; white space in an image or id; args of the
    other operation type; ports that can't be; ``expose`` as one bare mapping; ``depends_on`` of no operation, or in a
    circle; and what unsendable() refuses.
    """
    return _problems(definition, JOB_DEFINITION.check, _judge_ops, _judge_sending)


def unsendable(definition: object) -> list[str]:
    """Why a definition is refused that is otherwise left to the API to judge: it holds a mask or a number that JSON
    does not have, or is longer than a request can be."""
    return _problems(definition, _judge_sending)


def _problems(definition, *judges):
    if is_too_deep(definition):
        return [TOO_DEEP]
    definition = plain(definition)
    findings = Findings(definition, newer=True)
    for judge in judges:
        judge(definition, (), findings)
    return findings.messages()


def _judge_sending(definition, place, findings):
    for masked in masked_places(definition):
        findings.add(masked, "holds a mask, so it was copied from a result; write the secret itself")
    for number in _unwritable_numbers(definition, place):
        if not findings.has(number):
            findings.add(number, "must not be .nan or .inf, which JSON does not have")
    size = len(json.dumps(definition))
    if size > MOST_BYTES:
        text = "has %d bytes as JSON, and the API takes at most %d; let the job fetch what is large (args.resources)"
        findings.add(place, text % (size, MOST_BYTES))


def _unwritable_numbers(value, place):
    """Yields the places of numbers that JSON does not have."""
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _unwritable_numbers(item, place + (key,))
    elif isinstance(value, float) and not math.isfinite(value):
        yield place


def _judge_ops(definition, place, findings):
    ops = definition.get("ops") if isinstance(definition, dict) else None
    if not isinstance(ops, list):
        return
    if not ops:
        findings.add(("ops",), "is empty; a job needs at least one operation")
    ids = [operation.get("id") for operation in ops if isinstance(operation, dict)]
    for index, operation in enumerate(ops):
        if isinstance(operation, dict):
            _judge_operation(operation, ("ops", index), ids, findings)
    _judge_order([operation for operation in ops if isinstance(operation, dict)], findings)


def _judge_order(ops, findings):
    """Reports operations that wait for each other, so that none of them ever begins."""
    named = [(op["id"], op) for op in ops if isinstance(op.get("id"), str)]
    # in lists: a set has another order each time, and so has the message then
    waits = {name: [one for one in _depends_on(op) if isinstance(one, str) and one != name] for name, op in named}
    try:
        graphlib.TopologicalSorter(waits).prepare()
    except graphlib.CycleError as problem:
        circle = " waits for ".join(findings.shown(name, ("ops",)) for name in reversed(problem.args[1]))
        findings.add(("ops",), "none of these ever begins: %s (execution.depends_on)" % circle)


def _depends_on(operation):
    """The list execution.depends_on of an operation, empty where there is none."""
    execution = operation.get("execution")
    names = execution.get("depends_on") if isinstance(execution, dict) else None
    return names if isinstance(names, list) else []


def _judge_operation(operation, place, ids, findings):
    _judge_name(operation.get("id"), place + ("id",), findings)
    args = operation.get("args")
    if isinstance(args, dict):
        _judge_args(operation.get("type"), args, place + ("args",), findings)
    _judge_dependencies(operation.get("id"), _depends_on(operation), place + ("execution", "depends_on"), ids, findings)


def _judge_name(name, place, findings):
    if not isinstance(name, str):
        return
    if not name:
        findings.add(place, "must not be empty")
    elif any(char.isspace() for char in name) and " " not in name:  # errors() has told of spaces
        findings.add(place, "must not hold white space")


def _judge_args(kind, args, place, findings):
    if kind == "container/run" and "image" not in args and "name" in args:
        findings.add(place + ("image",), "is missing; container/run needs the image to run")
    if kind == "container/create-volume" and "image" in args:
        findings.add(place, "container/create-volume takes only name; to run an image, make the type container/run")
    for key in ("image", "name"):
        if isinstance(args.get(key), str) and not args[key].strip():
            findings.add(place + (key,), "must not be empty")
    image = args.get("image")
    if isinstance(image, str) and image.strip() and any(char.isspace() for char in image):
        findings.add(place + ("image",), "must not hold white space; arguments go into cmd")
    _judge_mounts(args.get("volumes"), place + ("volumes",), findings)
    if "expose" in args:
        _judge_expose(args["expose"], place + ("expose",), findings)


def _judge_mounts(volumes, place, findings):
    for index, volume in enumerate(volumes if isinstance(volumes, list) else ()):
        for key in ("name", "dest"):
            value = volume.get(key) if isinstance(volume, dict) else None
            if isinstance(value, str) and not value.strip():
                findings.add(place + (index, key), "must not be empty")


def _judge_expose(expose, place, findings):
    if isinstance(expose, dict) and "port" in expose:
        findings.add(place, "a mapping that is not in a list exposes nothing; put it in one: [{...}]")
        _judge_port(expose["port"], place + ("port",), findings)
    elif isinstance(expose, list):
        for index, item in enumerate(expose):
            if isinstance(item, dict):
                _judge_port(item.get("port"), place + (index, "port"), findings)
            else:
                _judge_port(item, place + (index,), findings)
    else:
        _judge_port(expose, place, findings)


def _judge_port(port, place, findings):
    if is_number(port) and not (port == int(port) and 1 <= port <= HIGHEST_PORT):
        findings.add(place, "must be a whole number from 1 to %d, not %s" % (HIGHEST_PORT, findings.shown(port, place)))


def _judge_dependencies(own, names, place, ids, findings):
    for index, name in enumerate(names):
        if isinstance(name, str) and name == own:
            findings.add(place + (index,), "an operation can't depend on itself")
        elif isinstance(name, str) and name not in ids and "%%" not in name:
            findings.add(place + (index,), "no operation has the id %s" % findings.shown(name, place))

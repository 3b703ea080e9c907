# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes right job definitions at random places, in the ways in which people and programs get them wrong."""

from __future__ import annotations

import copy
import json
import random

from .definitions import OPERATION_TYPES, REMOVE_IF_EMPTY, Maker

#: Keys that are known somewhere, put where they may not be, and keys that nobody knows.
KEYS = (
    *("version", "type", "ops", "meta", "global", "logistics", "deployment_id", "ssh", "id", "args", "results"),
    *("execution", "image", "name", "cmd", "env", "expose", "gpu", "volumes", "dest", "resources", "target"),
    *("bucket", "buckets", "files", "url", "IAM", "repo", "model", "policy", "restart_tries", "port", "health_checks"),
    *("headers", "body", "path", "timeout", "group", "depends_on", "stop_if_dependent_stops", "regex", "logType"),
    *("trigger", "system_resources", "system_requirements", "variables", "docker", "password", "endpoint", "chunked"),
    *("__spread__", "__pairs__", REMOVE_IF_EMPTY, "__proto__", "constructor", "", "imgae", "comand", "x"),
)
#: What one word of a fixed set becomes.
WORDS = (
    *("0.1", "0.2", "container", *OPERATION_TYPES, "container/stop", "api", "api-listen", "web", "websocket", "webapi"),
    *("none", "http", "tcp", "GET", "get", "HEAD", "PUT", "no", "always", "never", "unless-stopped", "on-failure"),
    *("S3", "s3", "HF", "Ollama", "GCS", "stdout", "stderr", "stdin", "nodeerr", "stdall", REMOVE_IF_EMPTY),
)


#: How many places are tried for a change that does nothing at most of them.
TRIES = 20


def mutant(definition: dict, other: dict, chance: random.Random) -> tuple[object, list[str]]:
    """A changed copy of a definition, and the names of the changes; ``other`` is one to take parts of."""
    changed, names = copy.deepcopy(definition), []
    for _number in range(chance.choice((1, 1, 1, 2, 3))):
        names.append(chance.choice(list(CHANGES)))
        changed = _changed(changed, CHANGES[names[-1]], other, chance)
    return changed, names


def _changed(definition, change, other, chance):
    """The definition with one change, at the first place of those tried where it makes a difference."""
    for _try in range(TRIES):
        place = chance.choice(places(definition))
        old = at(definition, place)
        new = copy.deepcopy(change(old, other, chance))
        if json.dumps(new) != json.dumps(old):
            if not place:
                return new
            at(definition, place[:-1])[place[-1]] = new
            break
    return definition


def places(value, place=()):
    """All places in a value, each a tuple of keys and indexes."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place] + [inner for key, item in items for inner in places(item, place + (key,))]


def at(value, place):
    """What stands at a place."""
    for part in place:
        value = value[part]
    return value


# --- changes: each takes a value, another definition and the random numbers, and gives what stands there instead ---


def other_value(_value, _other, chance):
    return Maker(chance).anything()


def null(_value, _other, _chance):
    return None


def part_of_another(_value, other, chance):
    return at(other, chance.choice(places(other)))


def emptied(value, _other, _chance):
    return {dict: {}, list: [], str: "", bool: False}.get(type(value), 0)


def missing(value, _other, chance):
    """The container without one of its items."""
    if isinstance(value, dict) and value:
        gone = chance.choice(list(value))
        return {key: item for key, item in value.items() if key != gone}
    if isinstance(value, list) and value:
        index = chance.randrange(len(value))
        return value[:index] + value[index + 1 :]
    return value


def more(value, other, chance):
    """The container with one more item; a mapping with a key that may be unknown there."""
    change = chance.choice((other_value, part_of_another))
    if isinstance(value, dict):
        return value | {chance.choice(KEYS): change(value, other, chance)}
    return value + [change(value, other, chance)] if isinstance(value, list) else value


def misspelt(value, _other, chance):
    """The mapping with a key that two letters have changed places in, or that has another case."""
    if not isinstance(value, dict) or not value:
        return value
    wrong = chance.choice(list(value))
    cut = chance.randint(0, len(wrong))
    spelt = chance.choice((wrong.upper(), wrong + " ", wrong[:cut][::-1] + wrong[cut:]))
    return {spelt if key == wrong else key: item for key, item in value.items()}


def doubled(value, _other, chance):
    """The list with one of its items twice: ids, ports and types of logs are unique."""
    return value + [chance.choice(value)] if isinstance(value, list) and value else value


def in_a_list(value, _other, _chance):
    return [value]


def out_of_its_list(value, _other, _chance):
    return value[0] if isinstance(value, list) and value else value


def as_text(value, _other, _chance):
    """A number or boolean between quotes, as templates make it."""
    return str(value) if isinstance(value, (bool, int, float)) and abs(value) < 10**40 else value


def from_text(value, _other, chance):
    """Text without its quotes: YAML's numbers and booleans."""
    return chance.choice((8080, 0.1, True, False, None)) if isinstance(value, str) else value


def another_word(value, _other, chance):
    return chance.choice(WORDS) if isinstance(value, str) else value


def edited(value, _other, chance):
    """Text with one character gone, one more, or one doubled: broken placeholders, ids with spaces."""
    if not isinstance(value, str):
        return value
    cut = chance.randint(0, len(value))
    return value[:cut] + chance.choice(("", " ", "%", "\n", "\u2028", "x")) + value[cut + chance.randint(0, 2) :]


CHANGES = {
    change.__name__: change
    for change in (
        *(other_value, null, part_of_another, emptied, missing, more, misspelt, doubled, in_a_list, out_of_its_list),
        *(as_text, from_text, another_word, edited),
    )
}

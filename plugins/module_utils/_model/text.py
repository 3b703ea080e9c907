# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How messages write what users and servers gave: short, on one line, with its place; and near names of a misspelt one.

Pure.
"""

from __future__ import annotations

import difflib
import re

LONGEST_ECHO = 40  # characters of a user's text in a message
_PLAIN_KEY = re.compile(r"[\w-]+", re.ASCII)


def place_text(place: tuple) -> str:
    """A place, a tuple of keys and list indexes, as text: ``ops[0].args.env.PORT``.

    A key that is no plain word is quoted: ``env["A KEY"]``; what follows a "=" in it, maybe a secret, is left out.
    """
    text = ""
    for part in place:
        if isinstance(part, int):
            text += "[%d]" % part
        elif _PLAIN_KEY.fullmatch(part):
            text += ("." if text else "") + shortened(part)
        else:
            name, equals, value = part.partition("=")
            text += "[%s]" % echoed(name + equals + ("..." if value else ""))
    return text


def echoed(value: object) -> str:
    """A boolean, number or text as one would write it in JSON: short, in one line, no control characters."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"%s"' % shortened(value).replace('"', '\\"')
    return shortened(repr(value))


def shortened(text: str) -> str:
    """The beginning of a text, with whatever is not printable written as an escape."""
    cut = text if len(text) <= LONGEST_ECHO else text[:LONGEST_ECHO] + "..."
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in cut)


def one_line(text, longest=4000):
    """The text without line breaks and control characters, which an answer may bring along; cut where it is endless."""
    text = "".join(character if character.isprintable() else " " for character in text)
    return text if len(text) <= longest else text[: longest - 3] + "..."


def printable(text, longest=400):
    """The text on one line without control characters, cut at ``longest`` characters."""
    text = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return text if len(text) <= longest else text[: longest - 3] + "..."


#: Mistakes that one message tells.
MOST_SHOWN = 5


def joined_problems(problems):
    """The first of several mistakes, numbered, and how many more there are, as one text."""
    if len(problems) == 1:
        return problems[0]
    numbered = ["(%d) %s" % pair for pair in enumerate(problems[:MOST_SHOWN], 1)]
    more = len(problems) - MOST_SHOWN
    return " ".join(numbered + ["... and %d more." % more] * (more > 0))


def long_timeout(minutes):
    """What a timeout of more than a day is in hours, for whoever took it for seconds; None for a shorter one."""
    if minutes <= 24 * 60:
        return None
    return "%d minutes are %s hours" % (minutes, ("%.1f" % (minutes / 60)).removesuffix(".0"))


#: Names that a message proposes.
PROPOSED = 3


def nearest(wanted, names):
    """The names most like the one that was given, then those that it is a part of, as text; empty without any."""
    wanted, lower = wanted.lower(), {name.lower(): name for name in sorted(names) if name}
    near = difflib.get_close_matches(wanted, lower, n=PROPOSED, cutoff=0.4)
    near += [name for name in lower if wanted in name and name not in near][: PROPOSED - len(near)]
    return ", ".join(printable(lower[one], 60) for one in near)

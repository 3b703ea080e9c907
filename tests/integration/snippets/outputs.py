# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compares what pages show of outputs, answers and folders with the real ones. "..." stands for anything."""

from __future__ import annotations

import json
import re

from .shell import Failed


def compare_output(shown, printed):
    """Each line that is shown must be part of a line that was printed, in the same order. Raises Failed."""
    left = printed.splitlines()
    for line in [line.strip() for line in shown.splitlines()]:
        if line in ("", "..."):
            continue
        pattern = re.compile(".*".join(re.escape(part.strip()) for part in line.split("...")))
        while left and not pattern.search(left[0]):
            left.pop(0)
        if not left:
            raise Failed("the page shows\n%s\nin what was\n%s" % (line, printed[-6000:]))
        left.pop(0)


def compare_console(shown, run):
    """Runs each command behind a ``$`` with ``run``; all that it prints must be as shown."""
    for part in re.split(r"^\$ ", shown, flags=re.MULTILINE)[1:]:
        command, output = part.split("\n", 1)
        [ran] = run(command)
        pattern = ".*".join(re.escape(part) for part in output.rstrip().split("..."))
        if not re.fullmatch(pattern, ran.output.rstrip(), re.DOTALL):
            raise Failed("$ %s\nprinted\n%s\nand the page shows\n%s" % (command, ran.output, output))


def compare_json(shown, printed):
    """The answer must have all that is shown, by key and type; a shown list tells of the entries of a longer one."""
    try:
        answer = json.loads(printed)
    except ValueError as problem:
        raise Failed("no JSON (%s): %s" % (problem, printed)) from None
    missing = list(missing_in(shown, answer, "answer"))
    if missing:
        raise Failed("%s: %s" % ("; ".join(missing), printed[-4000:]))


def missing_in(shown, real, place):
    """What is shown and is not so, as text."""
    if isinstance(shown, dict) and isinstance(real, dict):
        for key, value in shown.items():
            if key in real:
                yield from missing_in(value, real[key], "%s.%s" % (place, key))
            else:
                yield "%s has no %s" % (place, key)
    elif isinstance(shown, list) and isinstance(real, list):
        for number, value in enumerate(shown):
            if real:
                yield from missing_in(value, real[min(number, len(real) - 1)], "%s[%d]" % (place, number))
            else:
                yield "%s is empty" % place
    elif type(shown) is not type(real):
        yield "%s is %r" % (place, real)


def compare_folder(shown, folder):
    """A tree of folders (their names end in "/") and files, each with a description behind it, must be there."""
    parents = []  # (indentation, path)
    for line in shown.splitlines():
        found = re.match(r"( *)(\S+)", line)
        if found is None or found[2] == "...":
            continue
        indentation = len(found[1])
        parents = [one for one in parents if one[0] < indentation]
        path = (parents[-1][1] if parents else folder) / found[2]
        if not (path.is_dir() if found[2].endswith("/") else path.is_file()):
            raise Failed("the page shows %s, which is not there" % path.relative_to(folder))
        parents.append((indentation, path))

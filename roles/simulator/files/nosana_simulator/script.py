# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""As much of a container's command as a demonstration needs: ``echo``, ``sleep N``, ``exit N``."""

from __future__ import annotations

import re

DEFAULT_STEPS = 3
_SHELL = re.compile(r"^(?:/bin/)?(?:ba|da)?sh$")


def commands(op: dict) -> list[list[str]]:
    """The simple commands of an operation, each as its words, in order."""
    cmd = (op.get("args") or {}).get("cmd")
    if cmd is None:
        return []
    if isinstance(cmd, str):
        text = cmd
    else:
        words = [str(word) for word in cmd]
        if len(words) >= 3 and _SHELL.match(words[0]) and words[1].startswith("-") and words[1].endswith("c"):
            text = words[2]
        else:
            return [words] if words else []
    inner = re.match(r"""^(?:/bin/)?(?:ba|da)?sh\s+-\w*c\s+(['"])(.*)\1\s*$""", text, re.DOTALL)
    if inner:
        text = inner.group(2)
    parts = re.split(r"&&|;|\n", text)
    return [part.split() for part in parts if part.strip()]


def _operations(definition: dict) -> list[dict]:
    return [op for op in definition.get("ops", []) if op.get("type") == "container/run"]


def duration(definition: dict, step: float) -> float:
    """How long a batch run takes, in seconds: what it sleeps, or a few steps."""
    slept = 0.0
    found = False
    for op in _operations(definition):
        for words in commands(op):
            if words[0] == "sleep" and len(words) > 1 and re.fullmatch(r"\d+(\.\d+)?", words[1]):
                slept += float(words[1])
                found = True
    return slept if found else DEFAULT_STEPS * step


def exit_code(op: dict) -> int:
    """The code that the command ends with."""
    for words in commands(op):
        if words[0] == "exit" and len(words) > 1 and words[1].isdigit():
            return int(words[1]) % 256
        if words[0] == "false":
            return 1
    return 0


def output(op: dict) -> list[str]:
    """The lines that the command prints, up to where it exits."""
    lines = []
    for words in commands(op):
        if words[0] == "echo":
            lines.append(" ".join(words[1:]).strip("'\""))
        if words[0] in ("exit", "false"):
            break
    return lines

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operation wrote and what its host complained of, as lines that are safe to print. Pure.

Log text comes from anybody's container: it may hold terminal control codes, lines without end, or a secret of the
job's own definition. Nothing here fails on a value that is missing or of the wrong type.
"""

from __future__ import annotations

import re
import unicodedata

#: Lines of one operation that are kept, the newest ones.
MAX_LINES = 500
#: Characters of one operation's lines that are kept, all together; where more lines are asked for, as much more.
MAX_CHARACTERS = 50_000
#: Characters of one line that are kept.
MAX_LINE = 2_000
#: Lines that are kept of what a host complains of: it says the same again and again.
MAX_COMPLAINTS = 50
#: Characters of one text that are looked at, the newest ones.
MAX_READ = 2_000_000
#: Characters of the longest secret; a private key has some thousand.
LONGEST_SECRET = 20_000

# Colours and movements of the cursor, titles of windows, and other sequences that begin with an escape.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?"
)
_UNUSUAL = re.compile(r"[^\n\x20-\x7e]")


def clean(text):
    """The text without control codes; line breaks stay. Of a line that was written over, only what it became."""
    text = _ESCAPES.sub("", text.replace("\r\n", "\n"))
    if "\r" in text or "\t" in text:
        text = "\n".join(_overwritten(line).expandtabs(8) for line in text.split("\n"))
    return _UNUSUAL.sub(_printable_character, text)


def lines_of(text, mask, most=MAX_LINES, left_out=0):
    """The last lines of a text: made safe, secrets masked (``mask``, from text to text), none empty at the end.

    A first line says how many were left out; ``left_out`` were before the text.
    """
    start = max(0, len(text) - MAX_READ)
    if start:
        left_out += text.count("\n", 0, start)
        text, more = from_whole_line(text[start:])
        left_out += more
    text = mask(clean(text)).rstrip()
    return bounded(text.split("\n") if text else [], most, left_out)


def from_whole_line(text):
    """``(text, line breaks left out)`` of a text that was cut: without its beginning, in which the end of a secret may
    be that no mask would find."""
    start = text.find("\n", LONGEST_SECRET, 2 * LONGEST_SECRET) + 1 or LONGEST_SECRET
    return text[start:], text.count("\n", 0, start)


def output(logs):
    """The text that an operation's containers wrote, stdout and stderr in the order in which they came.

    Hosts send either pieces that have their own line breaks, or one line each without.
    """
    return _joined([(entry["type"], entry["log"]) for entry in _entries(logs) if entry["type"] in ("stdout", "stderr")])


def joined(pieces):
    """The text of pieces that came one after the other."""
    return _joined([("", piece) for piece in pieces])


def _joined(entries):
    # a progress bar returns to the start of its line, and breaks it only at its end
    in_pieces = any(text.endswith(("\n", "\r")) or text.startswith("\r") for _kind, text in entries)
    text, kind_before, broken = [], None, True
    for kind, piece in entries:
        if not broken and (not in_pieces or kind != kind_before):
            text.append("\n")
        text.append(piece)
        kind_before, broken = kind, piece.endswith("\n")
    return "".join(text)


def complaints(logs):
    """What the host itself complains of (an image that can't be had, no memory left), as one text."""
    return "\n".join(entry["log"].rstrip("\n") for entry in _entries(logs) if entry["type"] == "nodeerr")


def bounded(lines, most=MAX_LINES, left_out=0):
    """The last of the lines, none of them too long, with a first line that says how many were left out.

    ``left_out`` were before.
    """
    kept, characters, most_characters = [], 0, max(MAX_CHARACTERS, most * MAX_CHARACTERS // MAX_LINES)
    for line in reversed(lines):
        line = shortened(line)
        characters += len(line) + 1
        if len(kept) == most or characters > most_characters:
            break
        kept.append(line)
    left_out += len(lines) - len(kept)
    note = ["(%d earlier line%s left out)" % (left_out, "" if left_out == 1 else "s")] if left_out else []
    return note + kept[::-1]


def shortened(line, longest=MAX_LINE):
    """The line, cut at ``longest`` characters with a note of how many were left out."""
    if len(line) <= longest:
        return line
    return "%s (%d characters left out)" % (line[:longest], len(line) - longest)


def _entries(logs):
    """The entries that have text."""
    for entry in logs if isinstance(logs, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("log"), str) and isinstance(entry.get("type"), str):
            yield entry


def _overwritten(line):
    """What is left of a line that returned to its start, as progress bars do: its last part that has any text."""
    return next((part for part in reversed(line.split("\r")) if part.strip()), "")


def _printable_character(found):
    character = found[0]
    if character.isprintable():
        return character
    return " " if unicodedata.category(character) == "Zs" else ""

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What test runs write down of their outcomes, for tools/reliability.py to sum up."""

from __future__ import annotations

import json
import os
import pathlib

FOLDER = pathlib.Path(__file__).parents[2] / ".build" / "reliability"


def record(table, **outcome):
    """Adds an outcome to a table: one line, at once, so that several processes may do so together."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    line = json.dumps(outcome, sort_keys=True) + "\n"
    handle = os.open(FOLDER / (table + ".jsonl"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that several listings share, and pages with opaque cursors."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from .clock import unix
from .errors import internal

Item = TypeVar("Item")
DEFAULT_LIMIT = 10


def words(text: str | None) -> set[str] | None:
    """A comma-separated filter; None (no filter) when nothing or only emptiness is given."""
    found = {word.strip() for word in (text or "").split(",")} - {""}
    return found or None


def within(query: dict[str, str], after: str, before: str) -> Callable[[float], bool]:
    """A test of a time (Unix seconds) against two optional bounds, both inclusive to the millisecond."""
    low = unix(query[after]) if after in query else None
    high = unix(query[before]) if before in query else None

    def test(moment: float) -> bool:
        shown = round(moment, 3)
        return (low is None or shown >= round(low, 3)) and (high is None or shown <= round(high, 3))
    return test


def _encode(direction: str, key: tuple[float, int]) -> str:
    return base64.b64encode(json.dumps([direction, *key]).encode()).decode()


def _decode(cursor: str) -> tuple[str, tuple[float, int]]:
    try:
        direction, moment, sequence = json.loads(base64.b64decode(cursor, validate=True))
        if direction not in ("next", "prev"):
            raise ValueError(direction)
        return direction, (float(moment), int(sequence))
    except (ValueError, TypeError, OverflowError, RecursionError) as problem:
        raise internal() from problem


def page(items: Sequence[Item], key: Callable[[Item], tuple[float, int]],
         query: dict[str, str]) -> tuple[list[Item], dict]:
    """One page of ``items`` (filtered already, in any order), and its ``pagination``."""
    limit = int(query.get("limit", DEFAULT_LIMIT))
    ascending = query.get("sort_order") == "asc"
    ordered = sorted(items, key=key)  # things are mostly remembered in order: then this takes no time
    if not ascending:
        ordered.reverse()
    start, end = 0, limit
    if query.get("cursor"):
        direction, mark = _decode(query["cursor"])
        passed = sum((key(item) <= mark) if ascending else (key(item) >= mark) for item in ordered)
        if direction == "next":
            start, end = passed, passed + limit
        else:  # the mark itself, and one item more, is lost with each step back, as on the real server
            end = max(0, passed - 2)
            start = max(0, end - limit)
    chosen = ordered[start:end]
    more = end < len(ordered)
    return chosen, {
        "cursor_next": _encode("next", key(chosen[-1])) if more and chosen else None,
        "cursor_prev": _encode("prev", key(chosen[0])) if start > 0 and chosen else None,
        "total_items": len(items),
    }

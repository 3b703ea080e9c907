# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters that several listings share, and pages with opaque cursors."""

from __future__ import annotations

import base64
import json
import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from .clock import iso, unix
from .errors import error

Item = TypeVar("Item")
Key = tuple[float, int]
DEFAULT_LIMIT = 10
_ID = re.compile(r"^[0-9a-fA-F]{24}$")
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.\d{3}Z$")


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


# -- order -------------------------------------------------------------------------------------------------------------


def by_creation(item) -> Key:
    """Where a thing stands in its listing: times are told to the millisecond, the order of making decides the rest."""
    return round(item.created_at, 3), item.sequence


def in_order(items: Iterable[Item]) -> list[Item]:
    """Things in the order of their listing, the oldest first."""
    return sorted(items, key=by_creation)


class Ordered(Generic[Item]):
    """Things kept in the order of their listing, for there may be thousands."""

    def __init__(self) -> None:
        self._items: list[Item] = []

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def add(self, item: Item) -> None:
        """Put a thing in its place."""
        insort(self._items, item, key=by_creation)

    def remove(self, item: Item) -> None:
        """Take a thing out; its key must be what it was when it was put in."""
        del self._items[bisect_left(self._items, by_creation(item), key=by_creation)]


# -- pages -------------------------------------------------------------------------------------------------------------


def _encode(direction: str, item) -> str:
    moment, number = by_creation(item)
    cursor = {"sort_field_value": iso(moment), "_id": f"{number:024x}", "direction": direction}
    return base64.b64encode(json.dumps(cursor, separators=(",", ":")).encode()).decode()


def _decode(cursor: str) -> tuple[str, Key | None]:
    """Direction and place of a cursor; no place when it names none that a thing could have. Raises ValueError."""
    # As lenient with base64 as the real server: what is no letter of it is passed over.
    letters = re.sub(r"[^A-Za-z0-9+/]", "", cursor.partition("=")[0].replace("-", "+").replace("_", "/"))
    letters = letters[:-1] if len(letters) % 4 == 1 else letters
    text = base64.b64decode(letters + "=" * (-len(letters) % 4)).decode(errors="replace")
    found = json.loads(text)
    if not isinstance(found, dict) or "sort_field_value" not in found or found.get("direction") not in ("next", "prev"):
        raise ValueError("no cursor")
    number, moment = found.get("_id"), found["sort_field_value"]
    if not isinstance(number, str) or not _ID.match(number):
        raise ValueError("no id")
    if not isinstance(moment, str) or not _TIME.match(moment):
        return found["direction"], None  # nothing is before or after what is no time
    return found["direction"], (round(unix(moment), 3), int(number, 16))


def page(items: Sequence[Item], query: dict[str, str],
         failure: str = "Internal Server Error") -> tuple[list[Item], dict]:
    """One page of ``items`` (filtered, in the order of their listing), and its ``pagination``.

    A cursor that can't be read is refused with a 500 that says ``failure``.
    """
    limit, descending = int(query.get("limit", DEFAULT_LIMIT)), query.get("sort_order") != "asc"
    direction, mark = "", None
    if query.get("cursor"):
        try:
            direction, mark = _decode(query["cursor"])
        except (ValueError, RecursionError) as problem:
            raise error(500, failure) from problem
    if direction and mark is None:
        return [], {"cursor_next": None, "cursor_prev": None, "total_items": len(items)}
    forwards = direction != "prev"
    upwards = forwards is not descending
    start, end = 0, len(items)
    if mark is not None:
        if upwards:
            start = bisect_right(items, mark, key=by_creation)
        else:
            end = bisect_left(items, mark, key=by_creation)
    # One more than the page has, to see whether there is more.
    found = list(items[start:start + limit + 1] if upwards else items[max(start, end - limit - 1):end])
    if descending:
        found.reverse()
    more, chosen = len(found) > limit, found[:limit]  # going back, the one next to the mark is lost, as there
    return chosen, {
        "cursor_next": _encode("next", chosen[-1]) if chosen and (more or not forwards) else None,
        "cursor_prev": _encode("prev", chosen[0]) if chosen and direction and (more or forwards) else None,
        "total_items": len(items),
    }

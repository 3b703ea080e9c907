# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time: a heap of events on a virtual clock, and the link from the wall clock to it."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from datetime import datetime, timezone
from functools import lru_cache


class Timer:
    """A planned call. ``cancel`` makes it do nothing."""

    __slots__ = ("due", "call", "args")

    def __init__(self, due: float, call: Callable[..., None] | None, args: tuple) -> None:
        self.due = due
        self.call = call
        self.args = args

    def cancel(self) -> None:
        """Forget the call; harmless when it has happened."""
        self.call = None


class Scheduler:
    """Calls planned on a virtual clock (Unix seconds); nothing here sleeps."""

    def __init__(self, now: float) -> None:
        self.now = now
        self._heap: list[tuple[float, int, Timer]] = []
        self._count = 0

    def at(self, due: float, call: Callable[..., None], *args) -> Timer:
        """Plan ``call(*args)`` for ``due``; what is planned for the same moment happens in the order of planning."""
        timer = Timer(max(due, self.now), call, args)
        self._count += 1
        heapq.heappush(self._heap, (timer.due, self._count, timer))
        return timer

    def after(self, seconds: float, call: Callable[..., None], *args) -> Timer:
        """Plan ``call(*args)`` for ``seconds`` from now."""
        return self.at(self.now + seconds, call, *args)

    @property
    def next_due(self) -> float:
        """When the next call is due; infinity if none is."""
        return self._heap[0][0] if self._heap else float("inf")

    def run_until(self, moment: float) -> None:
        """Do everything that is due up to ``moment``, in order, then let the clock show it."""
        while self._heap and self._heap[0][0] <= moment:
            due, _count, timer = heapq.heappop(self._heap)
            self.now = max(self.now, due)
            if timer.call is not None:
                timer.call(*timer.args)
        self.now = max(self.now, moment)


class WallClock:
    """Simulated seconds from the machine's monotonic clock: ``speed`` of them in a real one."""

    def __init__(self, speed: float = 1.0) -> None:
        self._base = time.time()
        self._real = time.monotonic()
        self.speed = speed

    def now(self) -> float:
        """The simulated time, in Unix seconds."""
        return self._base + (time.monotonic() - self._real) * self.speed

    def set_speed(self, speed: float) -> None:
        """Go on from the present simulated time at another speed."""
        self._base, self._real, self.speed = self.now(), time.monotonic(), speed

    def jump(self, seconds: float) -> None:
        """Move the simulated time forward at once."""
        self._base += seconds


@lru_cache(maxsize=10_000)  # lists show the same times again and again
def iso(moment: float | None) -> str | None:
    """ISO 8601 in UTC with milliseconds, as the API writes times."""
    if moment is None:
        return None
    stamp = datetime.fromtimestamp(round(moment, 3), timezone.utc)
    return stamp.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def unix(text: str) -> float:
    """Unix seconds of an ISO 8601 time. Raises ValueError."""
    return datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00")).timestamp()

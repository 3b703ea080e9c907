# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time as the collection sees it: a monotonic clock, and one deadline for a whole task."""

from __future__ import annotations

import time


class Clock:
    """The machine's monotonic clock. With ``speed`` 10, ten seconds pass on it in one (see the simulator's --speed)."""

    def __init__(self, speed=1.0):
        self._speed = speed

    @property
    def speed(self):
        return self._speed

    def now(self):
        """Seconds since some fixed moment, never going back."""
        return time.monotonic() * self._speed

    def sleep(self, seconds):
        time.sleep(seconds / self._speed)

    def wait_for(self, event, seconds):
        """Waits until the event (of threading) is set, for so many seconds at most."""
        event.wait(seconds / self._speed)


class Deadline:
    """The moment after which a task begins nothing new. ``seconds`` None: there is no such moment."""

    def __init__(self, clock, seconds=None):
        self._clock = clock
        self.seconds = seconds
        self.begin()

    def begin(self):
        """Counts the seconds from now on."""
        self._end = None if self.seconds is None else self._clock.now() + self.seconds

    def remaining(self):
        """Seconds left (may be negative), or infinity."""
        return float("inf") if self._end is None else self._end - self._clock.now()

    def passed(self):
        return self.remaining() <= 0

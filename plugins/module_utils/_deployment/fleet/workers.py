# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Works on many items at once: a thread for each that is begun, and permits for so many of them to do anything.

Who sleeps gives its permit to another: a wait holds no worker. But of what is to be limited until it has ended, such as
runs of batch jobs, no more is begun than there are permits.
"""

from __future__ import annotations

import threading

from ansible_collections.nosana.cloud.plugins.module_utils._model.clock import Clock

#: Seconds of the clock after which one that waits for news looks whether it is to stop.
SLICE = 1.0


class Workers:
    """Once ``stop`` (an Event) is set, each thread ends at its next request or pause, as by a KeyboardInterrupt."""

    def __init__(self, clock, count):
        self.stop = threading.Event()
        self._permits = threading.Semaphore(count)
        self._places = threading.Semaphore(count)
        self._left = count  # places that are not kept for good
        self._lock = threading.Lock()
        self._clock = clock
        self._threads = []

    def clock(self):
        """The clock for what a thread does."""
        return _WorkerClock(self._clock, self._permits, self.stop)

    def begin(self, work, *arguments, limited=False):
        """Begins ``work(*arguments)`` in a thread, once a permit is free.

        Of what is ``limited``, only as much is under way as there are permits, whether or not it sleeps. Work that
        returns true goes on although its thread has ended, and keeps its place; once all are kept, no more is begun.
        """
        if limited and not self._has_place():
            return
        self._permits.acquire()
        thread = threading.Thread(target=self._run, args=(limited, work, *arguments), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _has_place(self):
        """Waits for a place; returns whether there is one."""
        self._places.acquire()
        if self._left:
            return True
        self._places.release()
        return False

    def _run(self, limited, work, *arguments):
        goes_on = False
        try:
            goes_on = work(*arguments)
        finally:
            self._permits.release()
            if limited:
                self._give_back(goes_on)

    def _give_back(self, keeps):
        with self._lock:
            self._left -= bool(keeps)
            if not keeps or not self._left:  # who waits for a place is told that there is none any more
                self._places.release()

    def finish(self, within=None):
        """Waits until all that was begun has ended, for so many (real) seconds each at most."""
        for thread in self._threads:
            thread.join(within)
        self._threads = [thread for thread in self._threads if thread.is_alive()]


class _WorkerClock(Clock):
    """The clock of a thread: while it sleeps, another one has its permit."""

    def __init__(self, clock, permits, stop):
        super().__init__()
        self._clock = clock
        self._permits = permits
        self._stop = stop

    def now(self):
        return self._clock.now()

    def sleep(self, seconds):
        self.wait_for(self._stop, seconds)

    def wait_for(self, event, seconds):
        self._refuse_to_go_on()
        self._permits.release()
        try:
            end = self.now() + seconds
            while not (event.is_set() or self._stop.is_set()) and self.now() < end:
                self._clock.wait_for(event, end - self.now() if event is self._stop else min(end - self.now(), SLICE))
        finally:
            self._permits.acquire()
        self._refuse_to_go_on()

    def _refuse_to_go_on(self):
        if self._stop.is_set():
            raise KeyboardInterrupt

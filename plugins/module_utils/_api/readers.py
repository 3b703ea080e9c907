# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads about many things at once: a few threads, on the connections of one client."""

from __future__ import annotations

import threading

from ansible_collections.nosana.cloud.plugins.module_utils._api.gate import Gate

#: Requests that are under way at once, at most.
AT_ONCE = 8


class Readers:
    """``client`` is the one to read with: a server that is busy (429) or fails holds back all who use it."""

    def __init__(self, client):
        self._stop = threading.Event()
        self.client = client.twin(client.clock, client.deadline, Gate(client.clock, self._stop, client.retries))

    def each(self, work, items):
        """What ``work(item)`` returns for each of the items, in their order.

        After a failure no other item is begun. Raises what the first item that failed, in their order, raised: the same
        as one after another would.
        """
        round_ = _Round(work, list(items))
        # Daemons: when Ctrl-C ends the task, none of them holds up the end of the process.
        threads = [threading.Thread(target=round_.run, daemon=True) for _thread in range(min(AT_ONCE, round_.count))]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        except BaseException:
            round_.failed = True
            self._stop.set()
            raise
        return round_.outcome()


class _Round:
    """The items of one call of ``each``, and what came of them."""

    def __init__(self, work, items):
        self.count = len(items)
        self.failed = False
        self._work = work
        self._items = items
        self._rest = iter(range(self.count))
        self._lock = threading.Lock()
        self._problems = {}

    def run(self):
        """Works on items until none is left, or one has failed."""
        while True:
            with self._lock:
                index = None if self.failed else next(self._rest, None)
            if index is None:
                return
            try:
                self._items[index] = self._work(self._items[index])
            except BaseException as problem:  # also what is no error: it belongs to the thread that waits
                self._problems[index] = problem
                self.failed = True

    def outcome(self):
        if self._problems:
            raise self._problems[min(self._problems)]
        return self._items

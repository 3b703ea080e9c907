# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Looks at the account that several waits share: one listing serves all that want to look at that moment."""

from __future__ import annotations

import threading

from ansible_collections.nosana.cloud.plugins.module_utils._api import shapes
from ansible_collections.nosana.cloud.plugins.module_utils._api.client import PAGE_LIMIT

#: Seconds from one look to the next, for each request that it took; and at most.
PAUSE_A_REQUEST, LONGEST_PAUSE = 1.0, 5.0
#: Seconds that the first one waits for the others, where many took part in the last look: it would look alone, and the
#: others after the next pause.
GATHER = 0.4
#: Seconds after which one that waits for another's look asks itself whether there is time left.
PATIENCE = 5.0


class _Round:
    """One look: who wants it, and what was found; None where it failed."""

    def __init__(self):
        self.wanted = set()
        self.done = threading.Event()
        self.found = None


class SharedLooks:
    """Reads deployments by their ids. A look that a caller gets was begun after it called: nothing is old news.

    ``pages`` is how many requests a listing of the account takes: fewer deployments than that are read one by one.
    """

    def __init__(self, pages):
        self._lock = threading.Lock()
        self._next = None  # the look that is to begin; who comes now takes part
        self._not_before = 0.0
        self._were_many = False  # whether the last look was a listing
        self._pages = pages

    def read(self, client, key):
        """The deployment, as its own answer would have it. Raises NotFound when it is gone."""
        while True:
            this, leads = self._join(key)
            if leads:
                self._look(client, this)
            elif not self._wait(client, this):
                return _read(client, key)
            if this.found is not None:
                return this.found.get(key) or _read(client, key)

    def _join(self, key):
        with self._lock:
            leads = self._next is None
            if leads:
                self._next = _Round()
            self._next.wanted.add(key)
            return self._next, leads

    @staticmethod
    def _wait(client, this):
        """Waits until another one has looked; returns whether it did before there was no time left."""
        while not this.done.is_set():
            left = client.deadline.remaining()
            if left <= 0:
                return False
            client.clock.wait_for(this.done, min(left, PATIENCE))
        return True

    def _look(self, client, this):
        try:
            self._wait_for_its_time(client, this)
            this.found = self._list(client, this.wanted)
        finally:
            this.done.set()

    def _wait_for_its_time(self, client, this):
        try:
            self._sleep(client, self._not_before - client.clock.now())
            if self._were_many and len(this.wanted) <= self._pages:
                self._sleep(client, GATHER)
        finally:
            with self._lock:
                self._next = None  # who comes from now on wants a look that is begun later

    @staticmethod
    def _sleep(client, seconds):
        pause = min(seconds, client.deadline.remaining())
        if pause > 0:
            client.clock.sleep(pause)

    def _list(self, client, wanted):
        self._were_many = len(wanted) > self._pages
        if not self._were_many:  # then each reads its own
            self._rest(client, len(wanted))
            return {}
        seen = 0

        def keep(one):
            nonlocal seen
            seen += 1
            return one.get("id") in wanted

        found = client.pages("list_deployments", "deployments", keep=keep, at_least=len(wanted))
        self._rest(client, max(1, -(-seen // PAGE_LIMIT)))
        return {one["id"]: one for one in found}

    def _rest(self, client, requests):
        self._not_before = client.clock.now() + min(PAUSE_A_REQUEST * requests, LONGEST_PAUSE)


def _read(client, key):
    return shapes.deployment(client.call("get_deployment", id=key), key)

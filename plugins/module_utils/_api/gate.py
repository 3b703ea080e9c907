# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""One gate that the requests of several workers pass, so that they meet a busy or a failing server as one client.

After a failure that others would meet as well (a 429, an outage), all wait; then one request tries, while the others
wait for its outcome, with one backoff for all of them. Its answer opens the gate. Once as many tries in a row failed as
a single client would make, those that wait give up together: without a request of their own, until it is time for the
next try. Waits (patient clients) go on until their deadlines.
"""

from __future__ import annotations

import threading

from ansible_collections.nosana.cloud.plugins.module_utils._api.exchange import (
    LONGEST_RETRY_AFTER,
    GivenUp,
    TransientError,
    backoff,
)

#: Seconds between two looks of those that wait.
TICK = 0.1
#: Answers that say nothing of other requests do not close the gate; None: there was no answer.
_MET_BY_ALL = (None, 429, 502, 503, 504)


class Gate:
    """``stop`` is an Event: once it is set, whoever wants to pass gets a KeyboardInterrupt instead."""

    def __init__(self, clock, stop, retries):
        self._clock = clock
        self._stop = stop
        self._retries = retries
        self._lock = threading.Lock()
        self._failures = 0  # in a row
        self._problem = None  # the last of them
        self._closed_until = 0.0
        self._tries = False  # whether one tries on behalf of all

    def send(self, client, send):
        """What ``send()`` returns or raises, once the client may send."""
        tries = self._enter(client)
        try:
            answer = send()
        except TransientError as problem:
            raise self._failed(client, problem, tries) from None
        except BaseException:  # any other answer is one
            self._opened(tries)
            raise
        self._opened(tries)
        return answer

    def _enter(self, client):
        """Waits until the client may send; returns whether it tries on behalf of all."""
        while True:
            if self._stop.is_set():
                raise KeyboardInterrupt
            with self._lock:
                if not self._failures:
                    return False
                left = self._closed_until - self._clock.now()
                if left <= 0 and not self._tries:
                    self._tries = True
                    return True
                if client.deadline.passed() or (left > 0 and self._is_hopeless(client)):
                    raise self._given_up(self._problem)
            self._clock.wait_for(self._stop, min(max(left, TICK / 10), TICK))

    def _is_hopeless(self, client):
        return self._failures > self._retries and not client.is_patient

    def _failed(self, client, problem, tries):
        """What to raise of a failure."""
        with self._lock:
            self._tries = self._tries and not tries
            if problem.status not in _MET_BY_ALL:
                return problem
            if tries or not self._failures:  # what was under way when another one failed is no further try
                self._failures += 1
            self._problem = problem
            pause = min(max(backoff(self._failures - 1), problem.retry_after or 0.0), LONGEST_RETRY_AFTER)
            self._closed_until = max(self._closed_until, self._clock.now() + pause)
            return self._given_up(problem, sent=True) if self._is_hopeless(client) else problem

    def _opened(self, tries):
        """There was an answer. One to what was under way when another one failed opens nothing."""
        with self._lock:
            if tries:
                self._tries, self._failures = False, 0

    @staticmethod
    def _given_up(problem, sent=False):
        return GivenUp(problem.reason, problem.done if sent else False, problem.retry_after, problem.status)

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two ways of asking again: sending a change that must not be done twice, and looking until something is so."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    ApiError,
    Refused,
    TimedOut,
    UnknownOutcome,
)

#: How often a change is sent whose end stays unknown.
MOST_TRIES = 3
#: Seconds between two looks. The vendor asks for no more than one every few seconds; long waits look less often.
PACE, LONGEST_PACE = 2.0, 10.0


def send_once(client, send, read_back):
    """Sends a change that must not be done twice; returns what ``send()`` or ``read_back(problem)`` returns.

    After a refusal or an unknown end ``read_back`` finds out what became of it. It returns anything but None when the
    change was done, None when it may be sent again, or raises. Raises the last Refused or UnknownOutcome.
    """
    for left in reversed(range(MOST_TRIES)):
        try:
            return send()
        except (Refused, UnknownOutcome) as problem:
            done = _read_back(problem, read_back)
            if done is not None:
                return done
            if not left:
                raise
            client.pause_before_again(problem, PACE)
    raise AssertionError("the last try returns or raises")


def _read_back(problem, read_back):
    """What became of a change; where that can't be read either, the first failure is the one to report."""
    try:
        return read_back(problem)
    except ApiError as second:
        if not isinstance(problem, UnknownOutcome) or isinstance(second, Refused) or second is problem:
            raise
        problem.add("Reading back what became of it failed: %s" % second)
        raise problem from None


def looks(client, waiting_for, timed_out):
    """Yields for each look, the last one at the deadline.

    Raises TimedOut then, with ``timed_out(sentence)`` as its text; ``waiting_for`` says what was waited for.
    """
    pace = PACE
    while True:
        yield
        left = client.deadline.remaining()
        if left <= 0:
            seconds = client.deadline.seconds or 0
            raise TimedOut(timed_out("gave up waiting for %s after %d s (wait_timeout)" % (waiting_for, seconds)))
        client.clock.sleep(min(pace, left))
        pace = min(pace * 1.2, LONGEST_PACE)

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at an account again and again, and returns what has changed: the event source without its queue.

All of it blocks, and belongs into a thread. Nothing that the server does ends it: what goes wrong is said once, and
once again when it is over.
"""

from __future__ import annotations

import threading

from ansible_collections.nosana.cloud.plugins.module_utils._api import shapes
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import NosanaError, NotFound, Refused
from ansible_collections.nosana.cloud.plugins.module_utils._api.readers import Readers
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.listing import find_by_prefix
from ansible_collections.nosana.cloud.plugins.module_utils._events import changes
from ansible_collections.nosana.cloud.plugins.module_utils._events.streams import Streams
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._model.clock import Clock, Deadline

#: Seconds between two looks at least, whatever the streams tell.
LEAST_PAUSE = 2.0
#: Seconds between two tries while the API can't be read: doubled from the interval up to this.
LONGEST_PAUSE = 60.0
#: Seconds between two tries with a key that is refused.
REFUSED_PAUSE = 60.0
#: A deployment in one of these is not followed: it stays so until somebody starts it. One in ERROR is, as it may be
#: started and fail again before the next look is due, which would see no new status.
AT_REST = (d.DRAFT, d.STOPPED)


class Stopped(BaseException):
    """The source was told to end. Like KeyboardInterrupt it is no error, which somebody might handle."""


class _StoppableClock(Clock):
    """Lets no sleep outlast the source."""

    def __init__(self, speed, stop):
        super().__init__(speed)
        self._stop = stop

    def sleep(self, seconds):
        self.wait_for(self._stop, seconds)
        if self._stop.is_set():
            raise Stopped


class Watcher:
    """Watches the deployments that the options are about; ``say(text)`` is for what goes wrong."""

    def __init__(self, options, say):
        self._options = options
        self._say = say
        self._stop, self._news = threading.Event(), threading.Event()
        clock = _StoppableClock(options.client.clock.speed, self._stop)
        self._client = options.client.twin(clock, Deadline(clock), None)
        self._streams = Streams(self._client, self._news)
        self._once = options.client.twin(clock, Deadline(clock), None)  # a look comes again: no need to repeat
        self._once.retries = 0
        self._known = {}
        self._past = {}  # when which status came: see changes.with_times
        self._pause = 0.0  # seconds until the next look
        self._trouble = None  # what kind it is, and since when, while the API can't be read
        self._failures = 0
        self._is_without_streams = False  # whether it was said

    def stop(self):
        """Ends what ``events`` waits for, from another thread, and all connections that are kept."""
        self._stop.set()
        self._news.set()
        self._streams.close()

    def events(self):
        """Waits until it is time to look, looks, and returns the events, which may be none. Raises Stopped."""
        self._wait()
        try:
            found = self._look()
        except NosanaError as problem:
            self._note_trouble(problem)
            return []
        except Exception as problem:
            bug = "this is a bug in nosana.cloud (%s: %s); please report it." % (type(problem).__name__, problem)
            self._note_trouble(NosanaError(bug))
            return []
        self._note_success()
        wanted = self._options.statuses
        return [self._options.without_key(one) for one in found if not wanted or one["nosana"]["status"] in wanted]

    def _wait(self):
        clock = self._client.clock
        least = self._pause if self._trouble else min(LEAST_PAUSE, self._pause)
        clock.sleep(least)
        clock.wait_for(self._news, self._pause - least)
        if self._stop.is_set():
            raise Stopped
        self._news.clear()

    def _look(self):
        """The events of all that has changed since the last look that succeeded."""
        found = find_by_prefix(self._client, {}, self._options.name_prefix)
        left = self._read_missing({one["id"] for one in found})
        there = [one for one in left.values() if one is not None and self._is_named(one)]
        events, known = changes.changes(self._known, found + there)
        events += [changes.event_of_deleted(self._known[key]) for key, one in left.items() if one is None]
        gone = {key for key, one in left.items() if one is None or d.is_archived(one) or not self._is_named(one)}
        self._known = {key: one for key, one in known.items() if key not in gone}
        events, self._past = changes.with_times(events, self._past, self._client.clock.now())
        self._follow([one["id"] for one in found if one.get("status") not in AT_REST])
        return events

    def _follow(self, ids):
        """Follows the streams of these deployments. They are a convenience: without them, the events of a look are sent
        all the same, such as where no thread can be started."""
        try:
            self._streams.follow(ids)
        except Exception as problem:
            if not self._is_without_streams:
                text = "no event streams, so that a change is only seen every %d s (%s: %s)."
                self._say(text % (self._options.interval, type(problem).__name__, problem))
            self._is_without_streams = True

    def _read_missing(self, listed):
        """What has become of those that were known and are not listed any more, by their ids: None if deleted.

        What can't be read now stays as it is known; the next look tries again.
        """
        readers = Readers(self._once)

        def read(key):
            try:
                return shapes.deployment(readers.client.call("get_deployment", id=key), key)
            except NotFound:
                return None
            except NosanaError:
                return self._known[key]

        missing = [key for key in self._known if key not in listed]
        return dict(zip(missing, readers.each(read, list(missing))))

    def _is_named(self, deployment):
        return str(deployment.get("name") or "").startswith(self._options.name_prefix)

    # --- what goes wrong ---

    def _note_trouble(self, problem):
        now = self._client.clock.now()
        kind = (problem.reason, problem.status if isinstance(problem, Refused) else None)
        if self._trouble is None or self._trouble[0] != kind:
            self._trouble = kind, now if self._trouble is None else self._trouble[1]
            # Streams that broke with it, or were refused, are tried anew once it is over.
            self._streams.close()
            self._streams = Streams(self._client, self._news)
            until = "Until this is over, there are no events. The next try is in %d s." % self._next(problem)
            self._say("%s %s" % (problem, until))
        self._pause = self._next(problem)
        self._failures += 1

    def _next(self, problem):
        """Seconds until the next try."""
        if isinstance(problem, Refused):
            return REFUSED_PAUSE
        pause = min(self._options.interval * 2 ** min(self._failures, 10), LONGEST_PAUSE)
        return max(pause, getattr(problem, "retry_after", None) or 0.0)

    def _note_success(self):
        if self._trouble is not None:
            seconds = self._client.clock.now() - self._trouble[1]
            self._say("the API answers again, after %d s. What has changed meanwhile is sent now." % seconds)
            self._trouble, self._failures = None, 0
        self._pause = float(self._options.interval)

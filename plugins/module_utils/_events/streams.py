# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The streams of several deployments, all of which set one event when they bring news.

As everywhere, news only says that it is time to look (see _api/stream.py). So streams are a convenience: where there is
none, or one breaks, the next look comes when it is due.
"""

from __future__ import annotations

import threading

from ansible_collections.nosana.cloud.plugins.module_utils._api.stream import EventStream

#: Connections at a time, at most.
MOST = 32
#: Seconds after which a stream is opened again that broke or could not be opened: what breaks at once must not lead to
#: a look each time.
AGAIN_AFTER = 60.0
#: Seconds for which a server that refused a stream is not asked for any.
REFUSED_FOR = 3600.0


class Streams:
    """Follows deployments. ``news`` (an Event of threading) is set when one of them may have changed."""

    def __init__(self, client, news):
        self._client = client
        self._news = news
        self._streams = {}
        self._opened = {}  # when each was opened last
        self._not_before = 0.0
        self._lock = threading.Lock()
        self._is_open = True

    def follow(self, ids):
        """Follows these deployments, the first MOST of them, and no others."""
        with self._lock:
            if self._is_open:
                self._follow(list(ids)[:MOST])

    def _follow(self, ids):
        for key in self._streams.keys() - set(ids):
            self._streams.pop(key).close()
            del self._opened[key]
        now = self._client.clock.now()
        for key in ids if now >= self._not_before else ():
            if key not in self._streams:
                self._streams[key] = EventStream(self._client, key, news=self._news)
            elif self._streams[key].connected or now - self._opened[key] < AGAIN_AFTER:
                continue
            self._opened[key] = now
            # Apart: a server that does not answer must not keep the others, and the looks, waiting.
            threading.Thread(target=self._connect, args=(key, self._streams[key]), daemon=True).start()

    def close(self):
        """Ends all of them for good. Any thread may do so."""
        with self._lock:
            self._is_open = False
            self._follow([])

    def _connect(self, key, stream):
        stream.connect()
        with self._lock:
            if self._streams.get(key) is not stream:  # nobody wants it any more
                stream.close()
            elif not stream.offered:  # a fresh one is made when it is time to ask again
                self._not_before = self._client.clock.now() + REFUSED_FOR
                del self._streams[key], self._opened[key]

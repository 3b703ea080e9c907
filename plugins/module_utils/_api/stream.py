# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event stream of a deployment, on servers that have one.

Events only say *when* to look: the state itself is always read. So it does not matter that the stream repeats nothing,
knows no past events, and loses what happens between two connections: after each connect there is a look.
"""

from __future__ import annotations

import contextlib
import socket
import threading

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import NosanaError, Refused

#: Seconds (real ones) without a byte after which a stream is dead: servers send a comment every 25 s.
SILENCE = 60
#: Seconds between two looks at least, however many events come.
LEAST_PAUSE = 1.0
#: How often in a row a stream may fail to open, or end before it brought anything, before the server counts as one that
#: has none: some proxies answer as if they had one, and close it at once.
MOST_FAILURES = 3
#: How a line begins that brings an event; others are comments, to keep the connection alive.
_DATA = b"data:"


class EventStream:
    """Follows the stream of one deployment, once it is connected. Where there is none, ``wait`` only waits.

    ``offered``: False where it is not to be used, or the server refused it. ``news`` is an Event of threading that is
    set when something comes; several streams can share one.
    """

    def __init__(self, client, deployment_id, offered=True, news=None):
        self._client = client
        self._id = deployment_id
        self._response = None
        self._came = news or threading.Event()
        self._offered = offered
        self._failures = 0

    @property
    def connected(self):
        return self._response is not None

    @property
    def offered(self):
        return self._offered

    def connect(self):
        """Connects, unless it is connected or can't be; returns whether it did, so that it is time to look."""
        if self.connected or not self._offered:
            return False
        try:
            self._response = response = self._client.stream("stream", SILENCE, id=self._id)
        except Refused:
            self._offered = False
            return False
        except NosanaError:  # it may go better next time
            self._note_failure()
            return False
        threading.Thread(target=self._follow, args=(response,), daemon=True).start()
        return True

    def _note_failure(self):
        self._failures += 1
        self._offered = self._failures < MOST_FAILURES

    def wait(self, pause):
        """Waits for an event, so many seconds at most (of the client's clock); all of them where there is no stream."""
        clock = self._client.clock
        if not self.connected or pause <= LEAST_PAUSE:
            clock.sleep(pause)
            return
        clock.sleep(LEAST_PAUSE)
        clock.wait_for(self._came, pause - LEAST_PAUSE)
        self._came.clear()

    def close(self):
        """Ends the connection. Only shut down here: closing would wait for the thread that reads from it."""
        response, self._response = self._response, None
        connection = getattr(getattr(response, "raw", None), "connection", None)
        if getattr(connection, "sock", None) is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def _follow(self, response):
        brought = False
        with contextlib.suppress(Exception), response:  # whatever ends a stream, the waits go on without it
            for line in _beginnings(response):
                brought, self._failures = True, 0
                if line == _DATA:
                    self._came.set()
        if self._response is response:
            if not brought:
                self._note_failure()
            self._response = None
        self._came.set()


def _beginnings(response):
    """Yields the beginning of each line once it ends: more of it is not kept, as a line may never end."""
    line = b""
    for part in response.iter_content(chunk_size=1):  # may be more than one byte all the same, if it was compressed
        for byte in (bytes([number]) for number in part):
            if byte in b"\r\n":
                yield line
                line = b""
            elif len(line) < len(_DATA):
                line += byte

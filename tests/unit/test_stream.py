# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as news on an event stream, whatever a server sends there."""

from __future__ import annotations

import io
import threading
import time
import tracemalloc

import pytest
import requests

from ansible_collections.nosana.cloud.plugins.module_utils._api.stream import EventStream

LONG = 50_000


class Stream(io.BytesIO):
    """A stream that says nothing until ``begin`` is set; ``over`` is set at its end."""

    def __init__(self, content):
        super().__init__(content)
        self.begin, self.over = threading.Event(), threading.Event()

    def read(self, size=-1):
        self.begin.wait(30)
        got = super().read(size)
        if not got:
            self.over.set()
        return got


class Client:
    """A client whose stream is the one given."""

    def __init__(self, raw):
        self.raw = raw

    def stream(self, name, _silence, **_ids):
        assert name == "stream"
        response = requests.Response()
        response.raw = self.raw
        return response


class Parts(Stream):
    """A stream of which more than a byte comes at once, as older urllib3 yields what was compressed."""

    def stream(self, _size, decode_content):
        assert decode_content
        while part := self.read(7):
            yield part


def follow(content, kind=Stream):
    """Follows a stream to its end; returns how often there was news, not counting its end."""
    client = Client(kind(content))
    news = EventStream(client, "id")
    told = []
    news._came.set = lambda: told.append(client.raw.over.is_set())
    assert news.connect()
    client.raw.begin.set()
    until = time.monotonic() + 30
    while news.connected and time.monotonic() < until:
        time.sleep(0.01)
    assert not news.connected
    return told.count(False)


@pytest.mark.parametrize("kind", [Stream, Parts])
@pytest.mark.parametrize(
    ("content", "events"),
    [
        (b"", 0),
        (b": still here\n\n: still here\n\n", 0),
        (b"data: {}\n\n", 1),
        (b"data: {}\r\n\r\nevent: x\r\ndata: {}\r\n\r\n", 2),
        (b"event: data:\n\n", 0),
        (b"database: {}\n\n", 0),
        (b"data: no end of a line", 0),
        (b"\xff\xfe\x00data:\n\ndata:\n\n", 1),
    ],
)
def test_what_counts_as_news(content, events, kind):
    assert follow(content, kind) == events


def test_a_line_without_end_takes_no_memory():
    content = b"data: " + b"x" * LONG + b"\n\n"
    tracemalloc.start()
    try:
        assert follow(content) == 1
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < LONG + LONG / 2  # the content itself is there once, as the fake stream's


@pytest.mark.parametrize(("content", "opens"), [(b"", 3), (b": still here\n\n", 9)])
def test_only_what_ends_before_it_has_sent_anything_counts_as_no_stream(content, opens):
    news, opened = EventStream(Client(None), "id"), 0
    for _time in range(9):
        news._client.raw = Stream(content)
        news._client.raw.begin.set()
        opened += news.connect()
        until = time.monotonic() + 30
        while news.connected and time.monotonic() < until:
            time.sleep(0.01)
    assert opened == opens

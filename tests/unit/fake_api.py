# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that gives the answers it is told to, for tests of the HTTP client; and a clock that does not wait."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading


class FakeApi(http.server.ThreadingHTTPServer):
    """Answers each request with the next of ``answers``, the last one for ever; ``seen`` holds the requests.

    An answer is (status, body) or (status, body, headers): a body that is no text is sent as JSON. "drop" closes the
    connection without an answer, "cut" announces more than it sends, "hang" never answers.
    """

    daemon_threads = True

    def __init__(self, *answers):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.seen = []
        self.closing = threading.Event()

    @property
    def url(self):
        return "http://127.0.0.1:%d/api" % self.server_port

    def next_answer(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.server.seen.append((self.command, self.path, dict(self.headers), self.rfile.read(length)))
        answer = self.server.next_answer()
        if answer == "drop":
            self.close_connection = True
            return
        if answer == "hang":
            self.server.closing.wait(30)
            self.close_connection = True
            return
        status, body, headers = (answer if len(answer) == 3 else answer + ({},)) if answer != "cut" else (200, {}, {})
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) + (10 if answer == "cut" else 0)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        if answer == "cut":
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_DELETE = _answer

    def log_message(self, format, *args):
        """Prints nothing."""


@contextlib.contextmanager
def fake_api(*answers):
    """A FakeApi that runs meanwhile."""
    server = FakeApi(*answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()


class FastClock:
    """A clock on which sleeping takes no time; ``slept`` holds the pauses."""

    def __init__(self):
        self.time = 0.0
        self.slept = []

    def now(self):
        return self.time

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.time += seconds

    def wait_for(self, _event, seconds):
        self.sleep(seconds)

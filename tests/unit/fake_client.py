# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client that answers operations from a table, for tests of what reads and changes; and a server's errors."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api import answers
from ansible_collections.nosana.cloud.plugins.module_utils._model.clock import Deadline

from .fake_api import FastClock

BASE = "https://api.example/api"
NOW = 1_785_000_000


class FakeClient:
    """Answers each call of an operation with its answer; of a tuple of answers with the next, the last one for ever.

    An answer that is an exception is raised. ``seen`` holds the calls: (name, ids, body, headers).
    """

    base = BASE
    accepted = 0
    shared = None

    def __init__(self, wait_timeout=600, **answers_of):
        self.answers_of = {name: list(one) if isinstance(one, tuple) else [one] for name, one in answers_of.items()}
        self.seen = []
        self.retries = 5
        self.clock = FastClock()
        self.deadline = Deadline(self.clock, wait_timeout)

    def patient(self):
        return self

    def twin(self, *_shared):
        return self

    def call(self, name, body=None, query=None, headers=None, **ids):
        self.seen.append((name, ids, body, headers))
        waiting = self.answers_of[name]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def pages(self, name, field, query=None, at_least=None, keep=None, **ids):
        items, _cursor = answers.page(self.call(name, query=query, **ids), field, name)
        return [item for item in items if keep is None or keep(item)]

    def server_time(self):
        return NOW

    def pause_before_again(self, problem, least):
        self.clock.sleep(max(least, problem.retry_after or 0))

    def calls(self, name):
        """The calls of one operation."""
        return [one for one in self.seen if one[0] == name]


def refused(status, content):
    """The exception for an answer that says no, with a body (bytes) as a server wrote it."""
    return answers.refusal("GET", "/path", status, answers.message(content), BASE, content)


ROUTE_UNKNOWN = refused(404, b'{"message": "Route GET:/api/x not found", "error": "Not Found", "statusCode": 404}')

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one HTTP client: operations of the routes table in, plain JSON or one clear exception out."""

from __future__ import annotations

import copy
import math
import random
import threading
from urllib.parse import quote

from ansible_collections.nosana.cloud.plugins.module_utils._api import answers, shapes, transport
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    BadAnswer,
    Refused,
    RouteUnknown,
    TimedOut,
    UnknownOutcome,
    Unreachable,
)
from ansible_collections.nosana.cloud.plugins.module_utils._api.exchange import (
    LONGEST_RETRY_AFTER,
    Exchange,
    GivenUp,
    TransientError,
    backoff,
)
from ansible_collections.nosana.cloud.plugins.module_utils._api.routes import (
    OPENAPI_PATHS,
    OPERATIONS,
    REPEAT_ALWAYS,
    Operation,
    Route,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model.clock import Clock, Deadline

#: The largest page that the API hands out.
PAGE_LIMIT = 100
#: More pages than any account fills: a list that goes on after them does not end.
MAX_PAGES = 2000
#: Seconds after which a worker looks again whether another one has read what both need.
LOOK_AGAIN = 0.05

_OPENAPI = Operation("openapi", tuple(Route("GET", path) for path in OPENAPI_PATHS), False, REPEAT_ALWAYS)


class Client:
    """Calls operations by name.

    It keeps a connection open, and remembers which form of a route the server knows. ``accepted`` counts the changing
    requests that the server accepted, ``unknown`` those of which nobody knows.
    """

    def __init__(self, connection, clock=None, deadline=None):
        self.clock = clock or Clock()
        self.deadline = deadline or Deadline(self.clock)
        self._exchange = Exchange(connection)
        self.retries = connection.retries
        self._patient = False
        self._gate = None  # a Gate where several clients share one
        self.shared = None  # looks at the account that several clients share, where they do
        # what the server has shown; twins of this client share it
        self._known = {"routes": {}, "document": None, "reads_document": threading.Lock()}
        self._counts = {"accepted": 0, "unknown": 0}
        self.base = self._exchange.base  # the API's address without a trailing slash
        self.timeout = connection.timeout  # seconds that one request may take
        self.verify = self._exchange.verify  # what TLS trusts, as for requests
        self.server_time = self._exchange.server_time
        self.ask = self._exchange.ask

    @property
    def accepted(self):
        return self._counts["accepted"]

    @property
    def unknown(self):
        return self._counts["unknown"]

    @property
    def is_patient(self):
        return self._patient

    def twin(self, clock, deadline, gate, shared=None):
        """This client for one of several workers, which share connections and what the server has shown.

        Its own are the clock, the deadline, and the count of what was accepted.
        """
        twin = copy.copy(self)
        twin.clock, twin.deadline, twin.shared = clock, deadline, shared
        twin._gate, twin._counts = gate, {"accepted": 0, "unknown": 0}
        return twin

    def patient(self):
        """This client for waits: it repeats reads until the deadline, so that an outage does not end a long wait."""
        twin = copy.copy(self)
        twin._patient = self.deadline.seconds is not None
        return twin

    def with_time_anew(self):
        """This client, with all of the task's time from now on."""
        twin = copy.copy(self)
        twin.deadline = Deadline(self.clock, self.deadline.seconds)
        return twin

    def call(self, name, body=None, query=None, headers=None, **ids):
        """Calls the operation ``name``; ``ids`` fill its path.

        Returns the answer's JSON, None for an empty one. Raises Refused (the API said no), Unreachable (no answer
        to a request that changes nothing, or one that did not arrive), UnknownOutcome (it may have been done).
        """
        operation = OPERATIONS[name]
        return self._call(operation, body, query, headers, ids)

    def pages(self, name, field, query=None, at_least=None, keep=None, **ids):
        """All items of a list (that ``keep`` says yes to), from its first page to its last.

        With ``at_least``, no page more than that many items need.
        """
        items, cursors = [], set()
        query = dict(query or {}, limit=PAGE_LIMIT)
        while True:
            answer = self.call(name, query=query, **ids)
            page, cursor = answers.page(answer, field, name)
            items += page if keep is None else filter(keep, page)
            if not cursor or (at_least is not None and len(items) >= at_least):
                return items
            if cursor in cursors or len(cursors) >= MAX_PAGES:
                raise BadAnswer(
                    "%s: the server's list does not end; gave up after %d items; check api_url" % (name, len(items))
                )
            cursors.add(cursor)
            query["cursor"] = cursor

    def pause_before_again(self, problem, least):
        """Waits ``least`` seconds, or as long as the API asked for, before a change is sent again. ``problem`` (an
        ApiError) is what became of it before; raised when the task has no time for the pause."""
        pause = max(least, problem.retry_after or 0.0)
        if pause >= min(self.deadline.remaining(), LONGEST_RETRY_AFTER):
            raise problem
        self.clock.sleep(pause)

    def stream(self, name, silence, **ids):
        """Opens a stream of server-sent events (see Exchange.open_stream), in no more time than the task has.

        Raises Refused where the server has none, Unreachable where it does not answer now. Nothing is repeated: who
        follows a stream has another way without it.
        """
        route = OPERATIONS[name].routes[0]
        seconds = min(self.timeout + transport.GRACE, max(0.0, self.deadline.remaining()))
        return self._exchange.open_stream(route, self._path(route, ids), seconds, silence)

    def supports(self, name):
        """Whether the server's OpenAPI document has the operation; without such a document it counts as unknown."""
        return self._openapi().has_any(OPERATIONS[name].routes)

    def can_do(self, name):
        """Whether it has the operation, or all of those that do the same."""
        instead = OPERATIONS[name].instead
        return self.supports(name) or (bool(instead) and all(map(self.supports, instead)))

    def takes(self, name, field):
        """Whether the server's OpenAPI document has a field of this name in the body of the operation."""
        return self._openapi().takes(OPERATIONS[name].routes[0], field)

    def documents(self, field):
        """Whether the server's OpenAPI document has a field of this name anywhere."""
        return self._openapi().mentions(field)

    def _openapi(self):
        """The server's OpenAPI document; read when first asked for.

        Only a 404 says that there is none. Raises ApiError for any other failure: taken for "none", an outage would
        make the server look older than it is, and a deployment that can be changed would be replaced.
        """
        from ansible_collections.nosana.cloud.plugins.module_utils._api.openapi import Document

        lock = self._known["reads_document"]
        while self._known["document"] is None:
            if not lock.acquire(blocking=False):
                self.clock.sleep(LOOK_AGAIN)  # another worker reads it
                continue
            try:
                self._known["document"] = Document(self._read_document())
            finally:
                lock.release()
        return self._known["document"]

    def _read_document(self):
        """The document as JSON, {} where the server has none."""
        for route in _OPENAPI.routes:
            try:
                document = self._repeat(_OPENAPI, route, None, None, None, {})
            except Refused as problem:
                if problem.status != 404:
                    raise
                continue
            if not isinstance(document, dict):
                raise BadAnswer("GET %s: the answer is no OpenAPI document; check api_url" % route.path)
            return document
        return {}

    def _call(self, operation, body, query, headers, ids):
        known = self._known["routes"].get(operation.name)
        routes = (known,) if known else operation.routes
        for route in routes:
            try:
                answer = self._repeat(operation, route, body, query, headers, ids)
            except RouteUnknown:
                if route is routes[-1]:
                    raise
                continue
            self._known["routes"][operation.name] = route
            self._counts["accepted"] += operation.mutating
            return answer
        raise AssertionError("an operation without routes: %s" % operation.name)

    @staticmethod
    def _path(route, ids):
        wrong = [value for value in ids.values() if not shapes.is_part_of_path(value)]
        if wrong:
            raise BadAnswer("%s: %r, as the server tells, can't be an id; check api_url" % (route.path, wrong[0]))
        return route.path.format(**{key: quote(value, safe="") for key, value in ids.items()})

    def _repeat(self, operation, route, body, query, headers, ids):
        """Sends the request until it is answered, as often as the operation and the task's time permit."""
        path = self._path(route, ids)
        attempt = 0
        while True:
            try:
                return self._send(route, path, body, query, headers)
            except TransientError as problem:
                may_repeat = operation.repeat == REPEAT_ALWAYS or problem.done is False
                may_repeat = may_repeat and not isinstance(problem, GivenUp)
                retries = math.inf if self._patient and not operation.mutating else self.retries
                pause = self._pause(attempt, problem)
                if not may_repeat or attempt >= retries or pause is None:
                    raise self._given_up(operation, route, path, problem, attempt + 1) from None
                attempt += 1
                self.clock.sleep(pause)

    def _send(self, *request):
        if self._gate is None:
            return self._exchange.send(*request)
        return self._gate.send(self, lambda: self._exchange.send(*request))

    def _pause(self, attempt, problem):
        """Seconds to wait before the next attempt, None when the task has no time for it."""
        # Chance only spreads repeats here, it guards nothing.
        pause = backoff(attempt) * random.uniform(0.5, 1.0)  # nosec B311
        pause = max(pause, problem.retry_after or 0.0)
        return pause if pause < min(self.deadline.remaining(), LONGEST_RETRY_AFTER) else None

    def _given_up(self, operation, route, path, problem, attempts):
        tried = "" if attempts == 1 else ", tried %d times" % attempts
        wait = "" if not problem.retry_after else " It asks to wait %d s before the next try." % problem.retry_after
        if operation.mutating and problem.done is not False:
            self._counts["unknown"] += 1
            text = "%s %s: %s%s. Whether it was done is not known.%s" % (
                route.method,
                path,
                problem.reason,
                tried,
                wait,
            )
            unknown = UnknownOutcome(text, route.method, path, problem.status, problem.reason)
            unknown.retry_after = problem.retry_after
            return unknown
        text = "%s %s: %s%s.%s Check api_url (%s) and that the server is up." % (
            route.method,
            path,
            problem.reason,
            tried,
            wait,
            self.base,
        )
        unreachable = Unreachable(text, route.method, path, problem.status, problem.reason)
        unreachable.retry_after = problem.retry_after
        if self._patient:  # only the end of wait_timeout ends a wait
            unreachable.reason = TimedOut.reason
            unreachable.add("wait_timeout (%d s) is over." % self.deadline.seconds)
        return unreachable

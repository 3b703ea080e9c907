# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one HTTP client: operations of the routes table in, plain JSON or one clear exception out."""

from __future__ import annotations

import dataclasses
import email.utils
import json
import random
import re
import time
import traceback
from urllib.parse import quote

from ansible_collections.nosana.cloud.plugins.module_utils import answers, secrets, shapes, transport
from ansible_collections.nosana.cloud.plugins.module_utils.clock import Clock, Deadline
from ansible_collections.nosana.cloud.plugins.module_utils.errors import (
    InvalidOptions,
    NosanaError,
    Refused,
    RouteUnknown,
    UnknownOutcome,
    Unreachable,
)
from ansible_collections.nosana.cloud.plugins.module_utils.routes import (
    OPENAPI_PATHS,
    OPERATIONS,
    REPEAT_ALWAYS,
    Operation,
    Route,
)
from ansible_collections.nosana.cloud.plugins.module_utils.version import VERSION

try:
    import requests
    import urllib3

    REQUESTS_IMPORT_ERROR = None
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()

#: The largest page that the API hands out.
PAGE_LIMIT = 100
#: More pages than any account fills: a list that goes on after them does not end.
MAX_PAGES = 2000
#: Bytes of the longest answer that is read.
MAX_ANSWER = 64 * 1024 * 1024
#: Seconds: the first pause before a repeat, doubled each time up to the longest.
FIRST_PAUSE, LONGEST_PAUSE = 0.3, 20.0
#: How often a change is sent whose end stays unknown.
MOST_TRIES = 3
#: Seconds that an endpoint may take to answer a health check.
ASK_TIMEOUT = 10
#: Seconds: a Retry-After beyond it is told to the user instead of sat out.
LONGEST_RETRY_AFTER = 300.0

_OPENAPI = Operation("openapi", tuple(Route("GET", path) for path in OPENAPI_PATHS), False, REPEAT_ALWAYS)


@dataclasses.dataclass(frozen=True)
class Connection:
    """How to reach the API. ``timeout`` is in seconds for one request, ``retries`` a number of repeats."""

    api_url: str
    api_key: str = dataclasses.field(repr=False)
    validate_certs: bool = True
    ca_path: str | None = None
    timeout: int = 30
    retries: int = 5


class _Passing(Exception):
    """A failure that may pass. ``done`` is False when the server surely did nothing, None when nobody knows."""

    def __init__(self, reason, done=None, retry_after=None, status=None):
        super().__init__(reason)
        self.reason = reason
        self.done = done
        self.retry_after = retry_after
        self.status = status


class Client:
    """Calls operations by name.

    One instance serves one task: it keeps a connection open, and remembers which form of a route the server knows.
    """

    def __init__(self, connection, clock=None, deadline=None):
        if REQUESTS_IMPORT_ERROR:
            raise NosanaError("the Python library requests is needed")
        self.clock = clock or Clock()
        self.deadline = deadline or Deadline(self.clock)
        self._connection = connection
        self._base = answers.checked_url(connection.api_url)
        self._routes = {}
        self._document = None
        self._server_time = None
        self._auth = _Bearer(answers.checked_key(connection.api_key))
        self._session = self._new_session()
        self._verify = connection.validate_certs and transport.authorities(connection.ca_path, requests.certs.where())
        if not connection.validate_certs:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    @property
    def base(self):
        """The API's address without a trailing slash."""
        return self._base

    def _new_session(self):
        session = requests.Session()
        session.headers.update({"User-Agent": "nosana.cloud/" + VERSION, "Accept": "application/json"})
        # A callable: requests would replace a plain Authorization header by one from a .netrc.
        session.auth = self._auth
        # What goes to this machine itself goes through no proxy: it could read the key, which plain http does not hide.
        session.trust_env = not answers.is_loopback(self._base)
        return session

    def server_time(self):
        """The server's own clock at its last answer, in Unix seconds (this machine's where it did not say)."""
        return time.time() if self._server_time is None else self._server_time

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
                raise NosanaError(
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
        """Opens a stream of server-sent events, on a connection of its own; the response of requests, to be closed.

        ``silence`` is how many seconds may pass without a byte, once the server has answered (which takes no longer than
        any answer may, nor than the task has time). Raises Refused where the server has none, Unreachable
        where it does not answer now. Nothing is repeated: who follows a stream has another way without it.
        """
        route = OPERATIONS[name].routes[0]
        path = self._path(route, ids)
        session = self._new_session()
        session.headers["Accept"] = "text/event-stream"
        try:
            response = transport.within(
                min(self._connection.timeout + transport.GRACE, max(0.0, self.deadline.remaining())),
                session.request,
                route.method,
                self._base + path,
                timeout=(self._connection.timeout, silence),
                verify=self._verify,
                allow_redirects=False,
                stream=True,
            )
        except (*_transport_problems(), transport.OverTime) as problem:
            raise Unreachable("%s %s: %s" % (route.method, path, _short(problem)), route.method, path) from None
        if response.status_code == 200 and response.headers.get("Content-Type", "").startswith("text/event-stream"):
            return response
        response.close()
        kind = Refused if response.status_code < 500 else Unreachable
        raise kind("%s %s: no stream" % (route.method, path), route.method, path, response.status_code)

    @property
    def timeout(self):
        """Seconds that one request may take (api_timeout)."""
        return self._connection.timeout

    def supports(self, name):
        """Whether the server's OpenAPI document has the operation; without such a document it counts as unknown."""
        paths = answers.openapi_paths(self._openapi())
        return any((route.method, answers.path_shape(route.path)) in paths for route in OPERATIONS[name].routes)

    def takes(self, name, field):
        """Whether the server's OpenAPI document has a field of this name in the body of the operation."""
        route = OPERATIONS[name].routes[0]
        return field in answers.body_fields(self._openapi(), route.method, route.path)

    def documents(self, field):
        """Whether the server's OpenAPI document has a field of this name anywhere."""
        return answers.has_key(self._openapi(), field)

    def ask(self, method, url, headers=None, body=None):
        """Asks an endpoint of a deployment, without the key; its status code, None when it does not answer."""
        text = {str(name): str(value) for name, value in headers.items()} if isinstance(headers, dict) else None
        data = body.encode() if isinstance(body, str) else None if body is None else json.dumps(body).encode()
        try:
            return transport.within(ASK_TIMEOUT + transport.GRACE, self._ask, method, url, text, data)
        except (*_transport_problems(), transport.OverTime, ValueError):
            return None

    def _ask(self, method, url, headers, data):
        with requests.request(
            method,
            url,
            headers=headers,
            data=data,
            auth=_unchanged,  # without one, requests would take a password from a .netrc
            allow_redirects=not headers,  # a header may be a secret that is for this endpoint only
            timeout=ASK_TIMEOUT,
            verify=self._verify,
            stream=True,
        ) as response:
            return response.status_code

    def _openapi(self):
        """The server's OpenAPI document, {} where it has none; read when first asked for."""
        if self._document is None:
            self._document = {}
            for route in _OPENAPI.routes:
                try:
                    self._document = self._repeat(_OPENAPI, route, None, None, None, {}) or {}
                    break
                except Refused:
                    continue
                except Unreachable as problem:
                    if problem.status is None:  # no answer at all; anything else is no document
                        raise
        return self._document if isinstance(self._document, dict) else {}

    def _call(self, operation, body, query, headers, ids):
        known = self._routes.get(operation.name)
        routes = (known,) if known else operation.routes
        for route in routes:
            try:
                answer = self._repeat(operation, route, body, query, headers, ids)
            except RouteUnknown:
                if route is routes[-1]:
                    raise
                continue
            self._routes[operation.name] = route
            return answer
        raise AssertionError("an operation without routes: %s" % operation.name)

    @staticmethod
    def _path(route, ids):
        wrong = [value for value in ids.values() if not shapes.is_part_of_path(value)]
        if wrong:
            raise NosanaError("%s: %r, as the server tells, can't be an id; check api_url" % (route.path, wrong[0]))
        return route.path.format(**{key: quote(value, safe="") for key, value in ids.items()})

    def _repeat(self, operation, route, body, query, headers, ids):
        """Sends the request until it is answered, as often as the operation and the task's time permit."""
        path = self._path(route, ids)
        attempt = 0
        while True:
            try:
                return self._once(route, path, body, query, headers)
            except _Passing as problem:
                may_repeat = operation.repeat == REPEAT_ALWAYS or problem.done is False
                pause = self._pause(attempt, problem)
                if not may_repeat or attempt >= self._connection.retries or pause is None:
                    raise self._given_up(operation, route, path, problem, attempt + 1) from None
                attempt += 1
                self.clock.sleep(pause)

    def _pause(self, attempt, problem):
        """Seconds to wait before the next attempt, None when the task has no time for it."""
        # Chance only spreads repeats here, it guards nothing.
        pause = min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE) * random.uniform(0.5, 1.0)  # nosec B311
        pause = max(pause, problem.retry_after or 0.0)
        return pause if pause < min(self.deadline.remaining(), LONGEST_RETRY_AFTER) else None

    def _given_up(self, operation, route, path, problem, attempts):
        tried = "" if attempts == 1 else ", tried %d times" % attempts
        wait = "" if not problem.retry_after else " It asks to wait %d s before the next try." % problem.retry_after
        if operation.mutating and problem.done is not False:
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
            self._base,
        )
        return Unreachable(text, route.method, path, problem.status, problem.reason)

    def _once(self, route, path, body, query, headers):
        """One request and its answer: JSON, a final error (ApiError), or one that may pass (_Passing)."""
        send = {"headers": dict(headers or {}), "params": query}
        if body is not None:
            payload = {route.wrap: body} if route.wrap else body
            send["data"] = json.dumps(payload, allow_nan=False).encode()
            send["headers"]["Content-Type"] = "application/json"
        try:
            limit = self._connection.timeout + transport.GRACE
            response, content = transport.within(limit, self._exchange, self._session, route.method, path, send)
        except transport.OverTime:
            self._session = self._new_session()  # the other one is in use still
            raise _Passing("no complete answer within %d s (api_timeout)" % self._connection.timeout) from None
        except _transport_problems() as problem:
            raise self._connection_problem(route, path, problem) from None
        self._note_time(response)
        return self._judge(route, path, response, content)

    def _exchange(self, session, method, path, send):
        started = time.monotonic()
        with session.request(
            method,
            self._base + path,
            timeout=self._connection.timeout,
            verify=self._verify,
            allow_redirects=False,
            stream=True,
            **send,
        ) as response:
            return response, self._read(response, started)

    def _read(self, response, started):
        parts, size = [], 0
        for part in response.iter_content(65536):
            parts.append(part)
            size += len(part)
            if size > MAX_ANSWER:
                raise _Passing("the answer is longer than %d MiB" % (MAX_ANSWER // 2**20))
            if time.monotonic() - started > self._connection.timeout:
                raise _Passing("no complete answer within %d s (api_timeout)" % self._connection.timeout)
        return b"".join(parts)

    def _note_time(self, response):
        self._server_time = _seconds_of_date(response.headers.get("Date"))

    def _connection_problem(self, route, path, problem):
        if isinstance(problem, requests.exceptions.SSLError):
            told = transport.tls_problem(str(problem))
            if told:
                return Unreachable("%s: %s" % (self._base, told), route.method, path, message=_short(problem))
            return _Passing("the TLS connection failed (%s)" % _short(problem))
        if isinstance(problem, requests.exceptions.ProxyError):
            reason = "could not connect to %s through the proxy that the environment names (%s)"
            return _Passing(reason % (self._base, _short(problem)), done=False)
        if isinstance(problem, requests.exceptions.ConnectTimeout):
            return _Passing("could not connect to %s (%s)" % (self._base, _short(problem)), done=False)
        if isinstance(problem, requests.exceptions.Timeout):
            return _Passing("no answer within %d s (api_timeout)" % self._connection.timeout)
        if isinstance(problem, requests.exceptions.ConnectionError) and _never_connected(problem):
            return _Passing("could not connect to %s (%s)" % (self._base, _short(problem)), done=False)
        if isinstance(problem, (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            return _Passing("the connection broke before the answer was complete")
        if isinstance(problem, requests.exceptions.ContentDecodingError):
            return _Passing("the answer can't be decoded")
        return InvalidOptions("%s: can't be called: %s. Check api_url." % (self._base, _short(problem)))

    def _judge(self, route, path, response, content):
        status = response.status_code
        message = answers.message(content, response.headers.get("Content-Type", ""))
        if status == 429:
            raise _Passing("the API asks for fewer requests (429)", False, _retry_after(response), status)
        if status == 409 and answers.code(content) == answers.KEY_IN_PROGRESS:
            raise _Passing("the same request is being done already (409)", None, _retry_after(response), status)
        if status in (502, 503, 504) or (status >= 500 and not answers.is_refusal(message)):
            reason = "the API failed (%d: %s)" % (status, message)
            raise _Passing(reason, retry_after=_retry_after(response), status=status)
        if not 200 <= status < 300:
            raise answers.refusal(route.method, path, status, message, self._base, content)
        if not content:
            return None
        try:
            return answers.json_of(content)
        except (ValueError, RecursionError):
            raise _Passing("the API answered something that is no usable JSON", status=status) from None


class _Bearer:
    """Puts the key into each request (see Client: a callable, because of .netrc)."""

    def __init__(self, api_key):
        self._value = "Bearer " + api_key

    def __call__(self, request):
        request.headers["Authorization"] = self._value
        return request


def _transport_problems():
    """What requests raises of a request that was not answered; some of what lies below it comes through as it is."""
    return requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError


def _unchanged(request):
    return request


def _never_connected(problem):
    reason = getattr(problem.args[0] if problem.args else None, "reason", None)
    return isinstance(reason, urllib3.exceptions.NewConnectionError)


def _retry_after(response):
    """Seconds that the server asks to wait (it may give a date), None when it does not ask."""
    value = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", value):
        return float(value)
    until = _seconds_of_date(value)
    if until is None:
        return None
    now = _seconds_of_date(response.headers.get("Date"))  # the server's clock, so that a wrong one here does no harm
    return max(0.0, until - (time.time() if now is None else now))


def _seconds_of_date(text):
    """The Unix seconds of a date in a header, None when there is none."""
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


_REASONS = (
    r"(Tunnel connection failed: [\w ]+)",
    r"\[Errno -?\d+\] ([\w ,.]+)",
    r"(certificate verify failed: [\w ,.'-]+)",
    r"\[SSL[^\]]*\] ([\w ]+)",
)


def _short(problem):
    """The innermost reason of an exception of requests, without object addresses."""
    text = str(problem)
    for pattern in _REASONS:
        found = re.search(pattern, text)
        if found:
            return found.group(1).strip().lower()
    return answers.printable(secrets.mask(text), 160)

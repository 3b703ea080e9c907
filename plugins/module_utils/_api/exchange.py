# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One exchange with the server: a request out; its answer as JSON, or one exception that says what it means, in."""

from __future__ import annotations

import dataclasses
import email.utils
import json
import re
import time
import traceback

from ansible_collections.nosana.cloud.plugins.module_utils._api import answers, transport
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    InvalidOptions,
    NosanaError,
    Refused,
    Unreachable,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model import secrets
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import printable

try:
    import requests
    import urllib3

    REQUESTS_IMPORT_ERROR = None
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()

#: The collection's version, for the User-Agent. A test holds it equal to galaxy.yml, which modules can't read.
VERSION = "1.0.0"
#: Bytes of the longest answer that is read.
MAX_ANSWER = 64 * 1024 * 1024
#: Seconds: the first pause before a repeat, doubled each time up to the longest.
FIRST_PAUSE, LONGEST_PAUSE = 0.3, 20.0
#: Seconds: a server that asks for a longer pause (Retry-After) is not waited for.
LONGEST_RETRY_AFTER = 300.0
#: Connections that are kept open at most; each is opened when it is needed.
CONNECTIONS = 64
#: Seconds that an endpoint may take to answer a health check.
ASK_TIMEOUT = 10


@dataclasses.dataclass(frozen=True)
class Connection:
    """How to reach the API. ``timeout`` is in seconds for one request, ``retries`` a number of repeats."""

    api_url: str
    api_key: str = dataclasses.field(repr=False)
    validate_certs: bool = True
    ca_path: str | None = None
    timeout: int = 30
    retries: int = 5


class TransientError(Exception):
    """A failure that may pass. ``done`` is False when the server surely did nothing, None when nobody knows."""

    def __init__(self, reason, done=None, retry_after=None, status=None):
        super().__init__(reason)
        self.reason = reason
        self.done = done
        self.retry_after = retry_after
        self.status = status


def backoff(repeats):
    """Seconds to pause after a failure, when there were so many repeats before."""
    return min(FIRST_PAUSE * 2 ** min(repeats, 10), LONGEST_PAUSE)


class GivenUp(TransientError):
    """The failure of others is this request's, too: it is not repeated (see gate.py)."""


class Exchange:
    """Sends requests, on a connection that is kept open."""

    def __init__(self, connection):
        if REQUESTS_IMPORT_ERROR:
            raise NosanaError("the Python library requests is needed")
        self.timeout = connection.timeout
        self.base = answers.checked_url(connection.api_url)
        self._server_time = None
        self._auth = _Bearer(answers.checked_key(connection.api_key))
        self._session = self._new_session()
        self.verify = connection.validate_certs and transport.authorities(connection.ca_path, requests.certs.where())
        if not connection.validate_certs:
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def _new_session(self):
        session = requests.Session()
        session.headers.update({"User-Agent": "nosana.cloud/" + VERSION, "Accept": "application/json"})
        # A callable: requests would replace a plain Authorization header by one from a .netrc.
        session.auth = self._auth
        # What goes to this machine itself goes through no proxy: it could read the key, which plain http does not hide.
        session.trust_env = not answers.is_loopback(self.base)
        for scheme in ("https://", "http://"):
            session.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=CONNECTIONS))
        return session

    def server_time(self):
        """The server's own clock at its last answer, in Unix seconds (this machine's where it did not say)."""
        return time.time() if self._server_time is None else self._server_time

    def send(self, route, path, body, query, headers):
        """Sends one request. Returns the answer's JSON, None for an empty one.

        Raises ApiError for what is final, TransientError for a failure that may pass, InvalidOptions for an address
        that can't be called.
        """
        send = {"headers": dict(headers or {}), "params": query}
        if body is not None:
            payload = {route.wrap: body} if route.wrap else body
            send["data"] = json.dumps(payload, allow_nan=False).encode()
            send["headers"]["Content-Type"] = "application/json"
        try:
            limit = self.timeout + transport.GRACE
            response, content = transport.within(limit, self._whole, self._session, route.method, path, send)
        except transport.OverTime:
            self._session = self._new_session()  # the other one is in use still
            raise TransientError("no complete answer within %d s (api_timeout)" % self.timeout) from None
        except _transport_problems() as problem:
            raise self._connection_problem(route, path, problem) from None
        self._note_time(response)
        return self._judge(route, path, response, content)

    def _whole(self, session, method, path, send):
        started = time.monotonic()
        with session.request(
            method,
            self.base + path,
            timeout=self.timeout,
            verify=self.verify,
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
                raise TransientError("the answer is longer than %d MiB" % (MAX_ANSWER // 2**20))
            if time.monotonic() - started > self.timeout:
                raise TransientError("no complete answer within %d s (api_timeout)" % self.timeout)
        return b"".join(parts)

    def _note_time(self, response):
        self._server_time = _seconds_of_date(response.headers.get("Date"))

    def _connection_problem(self, route, path, problem):
        if isinstance(problem, requests.exceptions.SSLError):
            told = transport.tls_problem(str(problem))
            if told:
                return Unreachable("%s: %s" % (self.base, told), route.method, path, message=_short(problem))
            return TransientError("the TLS connection failed (%s)" % _short(problem))
        if isinstance(problem, requests.exceptions.ProxyError):
            reason = "could not connect to %s through the proxy that the environment names (%s)"
            return TransientError(reason % (self.base, _short(problem)), done=False)
        if isinstance(problem, requests.exceptions.ConnectTimeout):
            return TransientError("could not connect to %s (%s)" % (self.base, _short(problem)), done=False)
        if isinstance(problem, requests.exceptions.Timeout):
            return TransientError("no answer within %d s (api_timeout)" % self.timeout)
        if isinstance(problem, requests.exceptions.ConnectionError) and _never_connected(problem):
            return TransientError("could not connect to %s (%s)" % (self.base, _short(problem)), done=False)
        if isinstance(problem, (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            return TransientError("the connection broke before the answer was complete")
        if isinstance(problem, requests.exceptions.ContentDecodingError):
            return TransientError("the answer can't be decoded")
        return InvalidOptions("%s: can't be called: %s. Check api_url." % (self.base, _short(problem)))

    def _judge(self, route, path, response, content):
        status = response.status_code
        message = answers.message(content, response.headers.get("Content-Type", ""))
        if status == 429:
            raise TransientError("the API asks for fewer requests (429)", False, _retry_after(response), status)
        if status == 409 and answers.code(content) == answers.KEY_IN_PROGRESS:
            raise TransientError("the same request is being done already (409)", None, _retry_after(response), status)
        if status in (502, 503, 504) or (status >= 500 and not answers.is_refusal(message)):
            reason = "the API failed (%d: %s)" % (status, message)
            raise TransientError(reason, retry_after=_retry_after(response), status=status)
        if not 200 <= status < 300:
            raise answers.refusal(route.method, path, status, message, self.base, content)
        if not content:
            return None
        try:
            return answers.json_of(content)
        except (ValueError, RecursionError):
            raise TransientError("the API answered something that is no usable JSON", status=status) from None

    def open_stream(self, route, path, seconds, silence):
        """Opens a stream of server-sent events, on a connection of its own; the response of requests, to be closed.

        The server has so many ``seconds`` to answer; ``silence`` is how many may pass without a byte then. Raises
        Refused where the server has no stream, Unreachable where it does not answer now.
        """
        session = self._new_session()
        session.headers["Accept"] = "text/event-stream"
        try:
            response = transport.within(
                seconds,
                session.request,
                route.method,
                self.base + path,
                timeout=(self.timeout, silence),
                verify=self.verify,
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
            verify=self.verify,
            stream=True,
        ) as response:
            return response.status_code


class _Bearer:
    """Puts the key into each request (see _new_session: a callable, because of .netrc)."""

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
    return printable(secrets.mask(text), 160)

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks the host that runs a job for the job's log, over a websocket.

A host sends all that was written so far, then what is written next, and never says where the one ends. It answers a
signature that it does not accept with silence. Hosts belong to anybody: nothing that they send is trusted.
"""

from __future__ import annotations

import dataclasses
import json
import os
import ssl
import struct
import time
from urllib.parse import urlsplit

from ansible_collections.nosana.cloud.plugins.module_utils._api import answers, transport
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

#: Where hosts are: below the vendor's network of the same stage as the API.
_NETWORKS = {True: "node.k8s.dev.nos.ci", False: "node.k8s.prd.nos.ci"}
#: Below which path of its own a server on this machine stands for its hosts, as the simulator does.
_LOCAL_PATH = "/_hosts/"
#: Bytes of the longest log that is read.
MOST_BYTES = 64 * 1024 * 1024
#: How a host closes a connection: the header is malformed or expired; the job does not start.
_BAD_HEADER, _NOT_STARTED = 3000, 1008

NO_LIBRARY = (
    "the Python library websocket-client is needed to read the log of a job that runs: "
    "pip install websocket-client, on the host that the task runs on"
)


@dataclasses.dataclass(frozen=True)
class Limits:
    """Seconds that reading a log may take: until the first frame, without another one, and in all."""

    first: float
    quiet: float
    total: float


class Unread(Exception):
    """A log that can't be read, or not to its end; the text says why."""


def address_of(base, node):
    """Where to ask a host (the address of a node) for logs; ``base`` is the API's address.

    An API on this machine itself stands for its hosts, too. Raises Unread for what is no host's address: it would lead
    elsewhere.
    """
    if not d.is_address(str(node)):
        raise Unread("the address of its host can't be right")
    if answers.is_loopback(base):
        parts = urlsplit(base)
        scheme = "wss" if parts.scheme == "https" else "ws"
        return "%s://%s%s%s/flog" % (scheme, parts.netloc, _LOCAL_PATH, node)
    is_dev = ".k8s.dev." in (urlsplit(base).hostname or "")
    return "wss://%s.%s/flog" % (node, _NETWORKS[is_dev])


def header_of(client, deployment_id):
    """What authorises to ask the hosts of a deployment's jobs: a credential, never to be shown.

    Raises ApiError, and Unread where the server gives none.
    """
    answer = client.call("get_header", query={"includeTime": "true"}, id=deployment_id)
    header = answer.get("header") if isinstance(answer, dict) else None
    if not isinstance(header, str) or not header.isprintable() or not header:
        raise Unread("the API gives no header that hosts would accept")
    return header if ":" in header else "DEPLOYMENT_HEADER:" + header  # some servers give the bare signature


def read_log(url, header, job, verify, limits, note):
    """Gives each frame of a job's log so far to ``note``. Raises Unread when there may be more than was read.

    ``verify`` is as for requests: the file or folder of the authorities to trust, or False.
    """
    if not url.startswith("wss://") and not answers.is_loopback(url):
        raise Unread("its host can't be asked without TLS, which would show the header to anybody")
    try:
        import websocket
    except ImportError:
        raise Unread(NO_LIBRARY) from None
    hello = json.dumps({"path": "/flog", "header": header, "body": {"jobAddress": job}})
    try:
        transport.within(
            limits.total + transport.GRACE, _follow, websocket, url, hello, _options(url, verify), limits, note
        )
    except Unread:
        raise
    except transport.OverTime:
        raise _too_long(limits) from None
    except Exception as problem:  # whatever the library makes of what a host sends
        raise Unread(_why(websocket, problem, limits)) from None


def _options(url, verify):
    options = {"redirect_limit": 0, "skip_utf8_validation": True}  # redirects would lead to another host
    if answers.is_loopback(url):
        # What goes to this machine itself goes through no proxy. The library takes the list only with a proxy.
        this = urlsplit(url).hostname
        options.update(http_proxy_host=this, http_proxy_port=1, http_no_proxy=[this])
    if url.startswith("wss://"):
        options["sslopt"] = {"context": _tls(verify)}
    return options


def _tls(verify):
    """A context of our own: to its own, the library would add authorities that the environment names."""
    if not verify:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    return ssl.create_default_context(**{"capath" if os.path.isdir(verify) else "cafile": verify})


def _follow(websocket, url, hello, options, limits, note):
    """Reads until the host is silent, closes, or the time is over."""
    end, has_any = time.monotonic() + limits.total, False
    connection = websocket.create_connection(url, timeout=limits.first, class_=_bounded(websocket), **options)
    try:
        connection.send(hello)
        while True:
            pause, left = limits.quiet if has_any else limits.first, end - time.monotonic()
            if left <= 0:
                raise _too_long(limits)
            connection.settimeout(min(pause, left))
            try:
                kind, data = connection.recv_data()
            except websocket.WebSocketTimeoutException:
                if not has_any:
                    raise
                if left < pause:
                    raise _too_long(limits) from None
                return  # the history has been read
            if kind == websocket.ABNF.OPCODE_CLOSE:
                _judge_close(data)
                return
            has_any = True
            note(data)
    finally:
        connection.shutdown()


def _bounded(websocket):
    """The library's class, for no more than MOST_BYTES: it would take a frame of any length."""

    class Bounded(websocket.WebSocket):
        _left = MOST_BYTES

        def _recv(self, bufsize):
            data = super()._recv(bufsize)
            self._left -= len(data)
            if self._left < 0:
                raise Unread("its log is longer than %d MiB, and the end was not read" % (MOST_BYTES // 2**20))
            return data

    return Bounded


def _judge_close(data):
    """Raises Unread for a connection that its host closed with a code that means a failure."""
    code = struct.unpack("!H", data[:2])[0] if len(data) >= 2 else None
    if code == _BAD_HEADER:
        raise Unread("its host does not accept the header that the API gives (close code %d)" % code)
    if code == _NOT_STARTED:
        raise Unread("its host has not started the job yet (close code %d)" % code)


def _too_long(limits):
    return Unread("its log was not complete within %d s, and the end may be missing" % limits.total)


def _why(websocket, problem, limits):
    """What went wrong in words of our own: those of the library may hold the password of a proxy."""
    if isinstance(problem, websocket.WebSocketTimeoutException):
        return (
            "its host sent nothing within %d s: the job may just be starting, or the host does not accept the "
            "signature that the API gives" % limits.first
        )
    if isinstance(problem, websocket.WebSocketBadStatusException):
        return "its host refuses the connection (%s)" % problem.status_code
    if isinstance(problem, websocket.WebSocketProxyException):
        return "its host can't be reached through the proxy that the environment names"
    if transport.tls_problem(str(problem)):
        return "no secure connection to its host (certificate or TLS)"
    if isinstance(problem, TimeoutError):
        return "its host can't be reached within %d s" % limits.first
    if isinstance(problem, OSError):
        return "its host can't be reached (%s)" % (problem.strerror or type(problem).__name__)
    return "its host does not answer as expected (%s)" % type(problem).__name__

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What lies below a request: a bound on its time, whom TLS trusts, and what its errors mean."""

from __future__ import annotations

import os
import re
import ssl
import threading

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions

#: Seconds that a request may take beyond api_timeout, so that a limit of the connection itself, which knows more of
#: what went wrong, comes first.
GRACE = 1.0

_NOT_TLS = (
    "wrong version number",
    "record layer failure",
    "http request",
    "unknown protocol",
    "packet length too long",
)
_NOT_TRUSTED = ("certificate verify failed", "hostname mismatch", "ip address mismatch", "doesn't match")


class OverTime(Exception):
    """The work did not end in time. It may go on in its own thread, and nobody waits for it."""


def within(seconds, work, *arguments, **more):
    """What ``work(*arguments, **more)`` returns or raises. Raises OverTime when it takes longer.

    Timeouts of sockets hold for each piece that arrives: an answer that comes byte by byte never meets one, in its
    headers neither, and the resolution of names knows none at all.
    """
    outcome = {}

    def run():
        try:
            outcome["value"] = work(*arguments, **more)
        except BaseException as problem:  # also what is no error: it belongs to the thread that waits
            outcome["problem"] = problem

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if "problem" in outcome:
        raise outcome["problem"]
    if "value" not in outcome:
        raise OverTime()
    return outcome["value"]


def authorities(ca_path, default):
    """The file or folder of the authorities to trust: ``ca_path``, else ``default``.

    Given with each request: a session's own setting, and True, lose against REQUESTS_CA_BUNDLE. Raises InvalidOptions
    for a file that can't be used.
    """
    if not ca_path:
        return default
    if not os.path.exists(ca_path):
        raise InvalidOptions("ca_path: %s does not exist on the host that the task runs on" % ca_path)
    if not os.path.isdir(ca_path):
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(ca_path)
        except (OSError, ValueError):
            raise InvalidOptions(
                "ca_path: %s holds no certificate that can be read (PEM is needed)" % ca_path
            ) from None
    return ca_path


def tls_problem(text):
    """What an error of TLS means and what to do about it, None for one that may pass."""
    lower = text.lower()
    if any(words in lower for words in _NOT_TLS):
        return (
            "what answers there does not speak https (TLS): it seems to be plain http. Check the scheme and the port "
            "of api_url."
        )
    if any(words in lower for words in _NOT_TRUSTED):
        found = re.search(r"certificate verify failed: ([\w ,.'-]+)", text)
        reason = found.group(1).strip() if found else "it is for another name"
        return (
            "the server's certificate is not trusted (%s). Name your own authority's file in ca_path (NOSANA_CA_PATH), "
            "or check api_url." % reason
        )
    return None

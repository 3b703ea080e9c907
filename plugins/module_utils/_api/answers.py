# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the API's answers mean, and what its address and key must look like. Pure: no I/O."""

from __future__ import annotations

import ipaddress
import json
import math
import re
from urllib.parse import urlsplit

from ansible_collections.nosana.cloud.plugins.module_utils._api import shapes
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    BadAnswer,
    InvalidOptions,
    NotFound,
    Refused,
    RouteUnknown,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model import secrets
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import printable

#: What the API says, with status 500, when a change is not possible in the present status: an answer, not a fault.
INCORRECT_STATE = "Deployment is in the incorrect state."
ARCHIVED_STATE = "Cannot modify an archived deployment."

#: Codes of a 409 about an Idempotency-Key: the first request with it is not done yet; it is too old to be used again.
KEY_IN_PROGRESS = "IDEMPOTENCY_KEY_IN_PROGRESS"
KEY_EXPIRED = "IDEMPOTENCY_KEY_EXPIRED"


def checked_url(api_url):
    """The API's address without trailing slashes. Raises InvalidOptions when it can't be one."""
    text = (api_url or "").strip().rstrip("/")
    try:
        parts = urlsplit(text)
        host = parts.hostname
        valid_port = parts.port != 0
    except ValueError:
        host, valid_port = None, False
    if not host or not valid_port or parts.scheme not in ("http", "https"):
        raise InvalidOptions(
            "api_url must be an address like https://dashboard.k8s.prd.nos.ci/api, not %r" % secrets.mask(text)
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidOptions("api_url must hold no user, password, query or fragment; the key goes into api_key")
    if parts.path.endswith("/deployments"):
        raise InvalidOptions(
            "api_url must be the address of the API itself, such as https://dashboard.k8s.prd.nos.ci/api, without "
            "/deployments"
        )
    if parts.scheme == "http" and not is_loopback(text):
        raise InvalidOptions(
            "api_url %s: plain http would send the key unprotected; it is only for addresses of this machine "
            "(127.0.0.1, localhost). Use https." % text
        )
    return text


def is_loopback(url):
    """Whether an address is one of this machine itself."""
    host = urlsplit(url).hostname
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


_QUOTES = "\"'"  # a file of variables for a container may leave them around a key


def checked_key(api_key):
    """The API key. Raises InvalidOptions when there is none, or it can't be sent as a header."""
    if not api_key:
        raise InvalidOptions("api_key is missing: give it from a vaulted variable, or in NOSANA_API_KEY")
    if not re.fullmatch(r"[\x21-\x7e]+", api_key) or api_key[0] in _QUOTES or api_key[-1] in _QUOTES:
        raise InvalidOptions(
            "api_key has white space, a line break or another character that no key has: copy it again, without quotes"
        )
    return str(api_key)


def json_of(content):
    """The JSON value of an answer. Raises ValueError or RecursionError for what is none that can be worked with."""
    value = json.loads(content, parse_constant=_finite, parse_float=_finite)
    if shapes.is_too_deep(value):
        raise ValueError("nested too deep")
    return value


def _finite(text):
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("no finite number")
    return number


def message(content, content_type=""):
    """What an answer says, whichever of its shapes the API chose: an object with ``message`` or ``error``, or text."""
    text = content.decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = text
    if isinstance(value, dict):
        value = next((value[key] for key in ("message", "error") if isinstance(value.get(key), str)), "no reason given")
    if not isinstance(value, str):
        return "no reason given"
    if "html" in content_type or value.lstrip()[:1] == "<":
        title = re.search(r"<title>([^<]*)", value, re.IGNORECASE)
        value = "an HTML page" + (" (%s)" % title.group(1).strip() if title else "")
    return printable(value) or "no reason given"


def code(content):
    """The API's word for the kind of an error (``code``), None where the answer has none."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    found = value.get("code") if isinstance(value, dict) else None
    return found if isinstance(found, str) else None


def is_refusal(text):
    """Whether the message of a 500 refuses a change of state (and is no fault of the server)."""
    return text in (INCORRECT_STATE, ARCHIVED_STATE)


def refusal(method, path, status, text, base, content):
    """The exception for an answer that says no: what was asked, what the API said, what to do now."""
    kind, remedy = Refused, ""
    if status == 401:
        remedy = "Check api_key (NOSANA_API_KEY): the API at %s does not accept it." % base
    elif status == 403:
        remedy = "The key may not do this."
        if "scope" in text.lower():
            remedy = "The key lacks a permission (scope), which is fixed when a key is made: make one that has it."
    elif status == 404 and re.match(r"Route [A-Z]+:\S+ not found", text):
        kind, remedy = RouteUnknown, "The server at %s does not know this operation: check api_url." % base
        text = re.sub(r"\?\S*", "", text)  # it repeats the whole query
    elif status == 405:
        kind, remedy = RouteUnknown, "The server at %s does not know this operation: check api_url." % base
    elif status == 404 and _is_the_apis(content):
        kind = NotFound
    elif status == 404:
        remedy = "No Nosana API seems to be at %s: check api_url." % base
    elif 300 <= status < 400:
        remedy = (
            "Redirects are not followed, since they could carry the key elsewhere: set api_url to the final address."
        )
    refused = "%s %s: the API refused it (%d): %s" % (method, path, status, text)
    refused += "" if refused.endswith(".") else "."
    problem = kind((refused + " " + remedy).strip(), method, path, status, text)
    problem.code = code(content)
    return problem


def says_missing(problem, what):
    """Whether an ApiError says that there is no such thing; ``what`` is the word for it, such as "job".

    Parts of the API that do not deal with deployments write their 404 in other shapes (so that it is no NotFound).
    """
    told = isinstance(problem, NotFound) or what in str(problem.message).lower()
    return problem.status == 404 and told and not isinstance(problem, RouteUnknown)


def _is_the_apis(content):
    """Whether a 404 has a form in which the API, or its gateway, says that there is no such deployment or job."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return False
    if not isinstance(value, dict) or "statusCode" in value:
        return False
    return isinstance(value.get("error"), str) or all(isinstance(value.get(key), str) for key in ("message", "code"))


def page(answer, field, name):
    """``(items, cursor of the next page or None)`` of a list's answer, which on older servers is a bare array."""
    items, cursor = answer, None
    if isinstance(answer, dict):
        items = answer.get(field)
        pagination = answer.get("pagination")
        cursor = pagination.get("cursor_next") if isinstance(pagination, dict) else pagination and [pagination]
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BadAnswer("%s: the server's answer is not a list of %s; check api_url" % (name, field))
    if cursor and not (isinstance(cursor, str) and re.fullmatch(r"[\x21-\x7e]{1,4096}", cursor)):
        raise BadAnswer("%s: the server's list has more pages, and does not say where; check api_url" % name)
    return shapes.listed(name, items), cursor or None

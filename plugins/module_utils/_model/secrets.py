# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds what is secret in a task's options and in job definitions, and masks it. Pure.

Secret are:

- the value of a key whose name says so (``is_secret_name``), with everything below it;
- the value in a text that is ``NAME=value`` or ``Name: value`` as a whole, and the list item that follows ``--name``;
- the word after ``NAME=`` in any text (``https://host/?token=value``), and the password in a URL;
- the same in JSON that is given as text;
- text that looks like a well-known kind of key (``hf_...``, ``ghp_...``, a JSON web token, a private key).

Never secret: dull values (``DULL``, or shorter than 4 characters), because hiding them would hide every such word;
placeholders such as ``%%ops.a.results.token%%`` and shell variables, because they only point to a value; public keys.
A command that is written as one text is not parsed any further (``--password value``).
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator

from ansible_collections.nosana.cloud.plugins.module_utils._model.secret_names import is_secret_name

SHORTEST_SECRET = 4  # characters
DULL = frozenset(
    "true false yes no on off null none nil undefined default auto basic bearer enabled disabled required"
    " optional".split()
)
# What stays readable even below a secret name (credentials: {username: ..., password: ...}).
_READABLE = frozenset(["username", "user", "email", "server", "host", "region", "registry", "type"])
#: Open places: keys of what tasks find and compare things by. A value that stands there is no secret to keep.
OPEN = frozenset(
    "id deployment_id name market markets search job vault state status strategy schedule type category variant gpu"
    " opId image group depends_on dest target repo model work_dir expose port replicas timeout".split()
)

_PLACEHOLDER = re.compile(r"%%[^%]+%%")
_SCHEME = re.compile(r"(?:bearer|basic|token|digest|apikey)\s+", re.IGNORECASE)
_PUBLIC_KEY = re.compile(r"(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\S+|sk-(?:ssh|ecdsa)-\S+) AAAA")
_NAMED = re.compile(r"-{0,2}(?P<name>[A-Za-z_][\w.-]*)(?:=|:\s+)(?P<value>.+)", re.DOTALL)
_OPTION = re.compile(r"--?(?P<name>[A-Za-z][\w-]*)")
_URL_USER = re.compile(r"://(?P<user>[^\s/?#:@]*)(?::(?P<value>[^\s/?#]*))?@")
_ASSIGNED = re.compile(r"""(?<![\w.-])-{0,2}(?P<name>[A-Za-z_][\w.-]*)=["']?(?P<value>[^\s"'&;#]+)""")
_LONG_USER = 20  # characters: a user name that long in a URL is a token (https://<token>@host)
_NOT_A_PASSWORD = frozenset(["", "x-oauth-basic"])

_KNOWN_SHAPES = re.compile(
    r"(?<![\w-])(?:"
    r"hf_[A-Za-z0-9]{16,}"
    r"|nos_[\w-]{16,}"
    r"|gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}"
    r"|glpat-[\w-]{16,}"
    r"|sk-(?!ssh-|ecdsa-)[\w-]{20,}"
    r"|xox[abeoprs]-[\w-]{10,}"
    r"|AKIA[A-Z0-9]{16}"
    r"|AIza[\w-]{30,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r")"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"
)


def secret_values(value: object) -> list[str]:
    """The secrets inside a task's options or a job definition (any JSON value) that may be hidden wherever they stand.

    Once each, by first appearance. Without those that are part of an open value: to hide the password ``postgres`` in
    the name ``postgres-1``, too, would give another name to whoever uses it.
    """
    open_texts = {
        str(leaf) for leaf, secret, key in _leaves(value) if key in OPEN and not secret and not _found(leaf, secret)
    }
    return [secret for secret in all_secrets(value) if not any(secret in text for text in open_texts)]


def all_secrets(value: object) -> list[str]:
    """Every secret inside a value, once each, by first appearance."""
    return list(dict.fromkeys(found for leaf, secret, _key in _leaves(value) for found in _found(leaf, secret)))


def spellings(secret: str) -> list[str]:
    """The secret as it is, and as Python or JSON write it inside a structure, as logs and errors have it."""
    bare = repr(secret + '"')[1:-2].replace("\\'", "'")
    written = [secret, bare, bare.replace("'", "\\'")]  # which quotes Python escapes depends on the text around it
    written += [json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]]
    return list(dict.fromkeys(written))


def _leaves(value):
    """What is no mapping and no list in a value: ``(leaf, secret, key)``, see _changed()."""
    found = []
    try:
        _changed(value, lambda *leaf: found.append(leaf))
    except RecursionError:  # deeper than any definition that could run: all of it is secret
        return [(leaf, True, "") for leaf in _flat(value)]
    return found


def _changed(value, change, secret=False, key=""):
    """The same structure with ``change(leaf, secret, key)`` for each leaf.

    ``secret``: whether the name it is found under says that it is one as a whole; ``key``: the nearest key above it.
    """
    if isinstance(value, dict):
        return {
            name: _changed(item, change, _is_secret_below(str(name), secret), str(name)) for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [
            _changed(item, change, secret or _is_argument(before, item), key)
            for before, item in zip([None, *value], value)
        ]
    return change(value, secret, key)


def _is_secret_below(name, secret):
    return is_secret_name(name) or secret and name.lower() not in _READABLE


def _is_argument(before, item):
    """Whether a list item is the value of a secret option that stands before it (``[--api-key, VALUE]``)."""
    option = _OPTION.fullmatch(before) if isinstance(before, str) else None
    return option is not None and is_secret_name(option["name"]) and not str(item).startswith("-")


def _flat(value):
    """The leaves of a value that may be nested too deeply for Python."""
    rest = [value]
    while rest:
        item = rest.pop()
        if isinstance(item, (dict, list, tuple)):
            rest.extend(item.values() if isinstance(item, dict) else item)
        else:
            yield item


def _found(leaf, secret):
    """The secrets in a leaf, in a list."""
    if isinstance(leaf, str):
        return [part for part in _in_text(str.__str__(leaf), secret) if not is_dull(part)]
    is_number = isinstance(leaf, (int, float)) and not isinstance(leaf, bool)
    return [str(leaf)] if secret and is_number and not is_dull(str(leaf)) else []


def is_dull(text):
    """Whether to hide a text would hide too much: it is short, a word such as true, or a mask."""
    bare = text.strip()
    return len(bare) < SHORTEST_SECRET or bare.lower() in DULL or _MASKED.fullmatch(bare) is not None


def _in_text(text, secret):
    if secret and not _PUBLIC_KEY.match(text):
        yield from _bare(text)
    named = _NAMED.fullmatch(text)
    if named and is_secret_name(named["name"]):
        yield from _bare(named["value"])
    for url in _URL_USER.finditer(text):
        if url["value"] is not None and url["value"] not in _NOT_A_PASSWORD:
            yield url["value"]
        elif len(url["user"]) >= _LONG_USER:
            yield url["user"]
    for assigned in _ASSIGNED.finditer(text):
        if is_secret_name(assigned["name"]):
            yield from _bare(assigned["value"])
    yield from (one[0] for one in _KNOWN_SHAPES.finditer(text))
    if text.lstrip().startswith(("{", "[")):
        yield from (written for one in all_secrets(_parsed(text)) for written in spellings(one))


def _bare(text):
    """A secret text, without the word before it (Bearer), and nothing when it only points elsewhere."""
    text = text.strip()
    scheme = _SCHEME.match(text)
    text = text[scheme.end() :] if scheme else text
    if not _PLACEHOLDER.fullmatch(text) and not text.startswith("$"):
        yield text


def _parsed(text):
    """The value of a text that is JSON, else None."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


# --- masks -------------------------------------------------------------------------------------------------------

#: Our mask, and what Ansible puts in place of a secret that is the whole text: nobody else writes these.
_MASK = re.compile(r"<?VALUE_HIDDEN_[0-9]+>?|VALUE_SPECIFIED_IN_NO_LOG_PARAMETER")
#: What Ansible puts in place of a secret inside a longer text; people write it, too.
_STARS = r"(?<!\*)\*{8}(?!\*)"
_MASKED = re.compile("%s|%s" % (_MASK.pattern, _STARS))
#: The stars as a value with a name (``--password ********``, ``TOKEN=********``), or as the password of a URL.
_MASKED_VALUE = re.compile(r"""(?<![\w.-])-{0,2}(?P<name>[\w.-]+)["']?[\s=:]{1,8}["']?%s(?P<at>@)?""" % _STARS)


class Masker:
    """Replaces secrets by masks that are numbered by first appearance in the values it is made for.

    The same secret has the same mask in all of them: a changed secret shows as a change, an unchanged one does not.
    A secret that is part of an open value, too, is masked only where it is the secret.
    """

    def __init__(self, *values: object) -> None:
        self._numbers = {secret: number for number, secret in enumerate(all_secrets(values), 1)}
        self._everywhere = frozenset(secret_values(values))

    def mask(self, value):
        """The same structure (dict, list, str, ...) with each secret replaced, also as a part of a longer text."""
        return _changed(value, self._masked)

    def _masked(self, leaf, secret, _key):
        hidden = self._everywhere
        if len(hidden) < len(self._numbers):
            hidden |= self._numbers.keys() & _found(leaf, secret)
        if isinstance(leaf, str):
            return _pattern(hidden).sub(self._mask_of, str.__str__(leaf))
        is_number = isinstance(leaf, (int, float)) and not isinstance(leaf, bool)
        return _pattern(hidden).sub(self._mask_of, str(leaf)) if is_number and str(leaf) in hidden else leaf

    def _mask_of(self, found):
        """A mask; the brackets keep it apart from digits that follow."""
        return "<VALUE_HIDDEN_%d>" % self._numbers[found[0]]


@functools.lru_cache(maxsize=16)
def _pattern(secrets):
    """Matches each of the secrets, the longest first; without any, nothing."""
    return re.compile("|".join(map(re.escape, sorted(secrets, key=lambda one: (-len(one), one)))) or "(?!)")


def mask(value):
    """The same structure with each secret in it replaced by a mask."""
    return Masker(value).mask(value)


def mask_pair(before, after) -> tuple:
    """Both with each secret of either replaced; the same secret has the same mask on both sides."""
    masker = Masker(before, after)
    return masker.mask(before), masker.mask(after)


def holds_mask(value: object) -> bool:
    """Whether an option (text, or a mapping or list of texts) holds a mask, ours or Ansible's, also as a part."""
    return any(isinstance(leaf, str) and _MASKED.search(leaf) for leaf, _secret, _key in _leaves(value))


def masked_places(value: object, place: tuple = (), secret: bool = False) -> Iterator[tuple]:
    """The places of a definition that hold a mask, as tuples of keys and list indexes, in reading order.

    Eight stars are one as a part of a single word (``https://me:********@host``) and where a secret belongs, but
    nowhere else in a longer text: ``echo '********'`` is a command.
    """
    if isinstance(value, dict):
        for key, item in value.items():
            yield from masked_places(item, place + (str(key),), _is_secret_below(str(key), secret))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from masked_places(item, place + (index,), secret)
    elif isinstance(value, str) and _is_masked(value, secret):
        yield place


def _is_masked(text, secret):
    if _MASK.search(text):
        return True
    if secret or not any(char.isspace() for char in text):
        return _MASKED.search(text) is not None
    return any(found["at"] or is_secret_name(found["name"]) for found in _MASKED_VALUE.finditer(text))

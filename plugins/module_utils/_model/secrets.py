# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds what is secret in a task's options and in job definitions, and masks it. Pure.

What counts as secret:

- the value of a key whose name says so (``is_secret_name``), with everything below it;
- a password in a URL (``https://user:password@host``);
- in any text, such as a command: ``NAME=value``, ``--name value``, ``Name: value`` where the name says so;
- in JSON that is given as text: the same;
- text that looks like a well-known kind of key (``hf_...``, ``ghp_...``, a JSON web token, a private key).

Never secret: dull values (``DULL``, or shorter than 4 characters), because hiding them would hide every such word;
placeholders such as ``%%ops.a.results.token%%`` and shell variables, because they only point to a value; public keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from ansible_collections.nosana.cloud.plugins.module_utils._model.text import place_text

SHORTEST_SECRET = 4  # characters
DULL = frozenset(
    "true false yes no on off null none nil undefined default auto basic bearer enabled disabled required"
    " optional".split()
)

# --- names -------------------------------------------------------------------------------------------------------

# A name is split into words at "_", "-", ".", other punctuation, digits, and where camelCase turns upper.
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

# One of these words anywhere in the name makes it secret ...
_SECRET_WORDS = frozenset(
    "password passwords passwd passphrase passcode secret secrets token apikey apikeys credential credentials"
    " authorization bearer pat jwt cookie htpasswd creds".split()
)
# ... as does a word that ends like this (PGPASSWORD, HFTOKEN, secretkey), ...
_SECRET_ENDINGS = ("password", "passwd", "secret", "token", "apikey", "accesskey", "privatekey", "secretkey")
# ... or one of these as the last of at least two words (MYSQL_PWD, DB_PASS; but PWD is the working directory) ...
_SECRET_AT_END_OF_SEVERAL = frozenset(["pwd", "pass", "pw"])
# ... or "auth" as the last word (REDIS_AUTH; but not AUTH_MODE) ...
_SECRET_AT_END = frozenset(["auth"])
# ... or "key" as the last word after another one (OPENAI_KEY), but not after one of these:
_HARMLESS_KEYS = frozenset(
    "public pub primary foreign sort partition cache idempotency object row hot map site ssh authorized known".split()
)
# "access key", "api key", "private key" anywhere in the name (AWS_ACCESS_KEY_ID).
_SECRET_KEYS = frozenset(["access", "api", "private", "encryption", "signing", "master"])
# A name that ends in one of these tells about a secret, but does not hold it (PASSWORD_FILE, TOKEN_TTL).
_ABOUT = frozenset(
    "file files path dir directory mode type length len size limit count ttl timeout expiry expires expiration lifetime"
    " url uri endpoint policy algorithm alg issuer audience format version name names prefix enabled required"
    " parallelism budget window rate rotation strategy".split()
)
# Tokens of language models are no secrets (MAX_TOKEN, eos_token).
_MODEL_TOKENS = frozenset(
    "max min num new next eos bos pad unk sep cls mask stop special image video audio end start per think".split()
)
# What stays readable even below a secret name (credentials: {username: ..., password: ...}).
_READABLE = frozenset(["username", "user", "email", "server", "host", "region", "registry", "type"])


def is_secret_name(name: str) -> bool:
    """Whether a key, a variable or an option of this name holds a secret."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or words[-1] in _ABOUT:
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else None
    if last in _SECRET_AT_END or before and last in _SECRET_AT_END_OF_SEVERAL:
        return True
    if last in ("key", "keys") and before and before not in _HARMLESS_KEYS:
        return True
    return any(_is_secret_word(words, index) for index in range(len(words)))


def _is_secret_word(words, index):
    word, before = words[index], words[index - 1] if index else None
    if word == "token":
        return before not in _MODEL_TOKENS
    if word == "key":
        return before in _SECRET_KEYS
    return word in _SECRET_WORDS or word.endswith(_SECRET_ENDINGS)


# --- values ------------------------------------------------------------------------------------------------------

_PLACEHOLDER = re.compile(r"%%[^%]+%%")
_SCHEME_WORD = re.compile(r"bearer|basic|token|digest|apikey", re.IGNORECASE)
_SCHEME = re.compile(r"(?:%s)\s+" % _SCHEME_WORD.pattern, re.IGNORECASE)
_PUBLIC_KEY = re.compile(r"(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\S+|sk-(?:ssh|ecdsa)-\S+) AAAA")
_WORD_OR_QUOTED = r"""(?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'&;|<>)]+)"""
_VALUE = re.compile(r"\s{0,8}" + _WORD_OR_QUOTED)

# Each pattern begins where a word begins, so that a long text is read once and not once for each character.
_ASSIGNED_NAME = re.compile(r"""(?<![\w.$-])(?P<name>-{0,2}[A-Za-z_][\w.-]*)["']?(?:=|\s{0,8}:(?!//))""")
_OPTION = re.compile(r"(?<!\S)--?(?P<name>[A-Za-z][\w-]*)[ \t]+(?!-)" + _WORD_OR_QUOTED)
_WHOLE_ASSIGNMENT = re.compile(r"-{0,2}(?P<name>[A-Za-z_][\w.-]*)=(?P<value>.+)", re.DOTALL)
_HEADER = re.compile(r"(?P<name>[A-Za-z][\w-]*):\s+(?P<value>.+)", re.DOTALL)
_OPTION_ALONE = re.compile(r"--?(?P<name>[A-Za-z][\w-]*)")
_CURL_USER = re.compile(r"(?<!\S)curl\s(?:[^\n;|&]{0,300}?\s)??(?:-u|--user)[ =]?[\"']?[^\s:\"']+:(?P<value>[^\s\"']+)")
_URL_USER = re.compile(r"://(?P<user>[^\s/?#:@]*)(?::(?P<value>[^\s/?#]*))?@")
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
    """Every secret inside a task's options or a job definition (any JSON value), once each, by first appearance."""
    return list(dict.fromkeys(secret for secret in _in(value, False) if not _is_dull(secret)))


def spellings(secret: str) -> list[str]:
    """The secret as it is, and as Python or JSON write it inside a structure, as logs and errors have it."""
    bare = repr(secret + '"')[1:-2].replace("\\'", "'")
    written = [secret, bare, bare.replace("'", "\\'")]  # which quotes Python escapes depends on the text around it
    written += [json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]]
    return list(dict.fromkeys(written))


def _is_dull(text):
    bare = text.strip()
    return len(bare) < SHORTEST_SECRET or bare.lower() in DULL or _MASK.fullmatch(bare) is not None


def _in(value, secret):
    """Yields what is secret in a value; ``secret``: whether the name it is found under says that all of it is."""
    if isinstance(value, dict):
        for key, item in value.items():
            name = str(key)
            yield from _in(item, is_secret_name(name) or secret and name.lower() not in _READABLE)
    elif isinstance(value, (list, tuple)):
        yield from _in_list(value, secret)
    elif isinstance(value, str):
        yield from _in_text(str.__str__(value), secret)
    elif secret and isinstance(value, (int, float)) and not isinstance(value, bool):
        yield str(value)


def _in_list(items, secret):
    for index, item in enumerate(items):
        option = _OPTION_ALONE.fullmatch(items[index - 1]) if index and isinstance(items[index - 1], str) else None
        takes_item = option is not None and is_secret_name(option["name"]) and not str(item).startswith("-")
        yield from _in(item, secret or takes_item)
    words = [item for item in items if isinstance(item, str)]
    if "curl" in words:
        yield from (found["value"] for found in _CURL_USER.finditer(" ".join(words)))


def _in_text(text, secret):
    if secret and not _PUBLIC_KEY.match(text):
        yield from _all_of(text)
    for pattern in (_WHOLE_ASSIGNMENT, _HEADER):
        found = pattern.fullmatch(text)
        if found and is_secret_name(found["name"]):
            yield from _all_of(found["value"])
    for start, part in sorted(_parts_of(text)):
        yield from _all_of(part)
    yield from _in(_parsed(text), secret)


def _parsed(text):
    """The value of a text that is JSON, such as a definition given as text, for what is escaped there; else None."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _all_of(text):
    """A secret text, without the word before it (Bearer), and nothing when it only points elsewhere."""
    text = text.strip()
    scheme = _SCHEME.match(text)
    text = text[scheme.end() :] if scheme else text
    if not _PLACEHOLDER.fullmatch(text) and not text.startswith("$"):
        yield text


def _parts_of(text: str) -> Iterator[tuple[int, str]]:
    """What is secret inside a text, each with where it starts."""
    yield from _assigned(text)
    for found in _OPTION.finditer(text):
        if is_secret_name(found["name"]):
            yield found.start("value"), _unquoted(found["value"])
    for found in _CURL_USER.finditer(text):
        yield found.start("value"), found["value"]
    for found in _URL_USER.finditer(text):
        password = found["value"]
        if password is not None and password not in _NOT_A_PASSWORD:
            yield found.start("value"), password
        elif len(found["user"]) >= _LONG_USER:
            yield found.start("user"), found["user"]
    for found in _KNOWN_SHAPES.finditer(text):
        yield found.start(), found[0]


def _assigned(text):
    """The values after ``NAME=`` and ``Name:``; after "Authorization: Bearer" the word that follows."""
    end = 0
    while found := _ASSIGNED_NAME.search(text, end):
        end = found.end()
        value = _VALUE.match(text, end) if is_secret_name(found["name"]) else None
        if value and _SCHEME_WORD.fullmatch(value["value"]):
            value = _VALUE.match(text, value.end())
        if value:
            end = value.end()
            yield value.start("value"), _unquoted(value["value"])


def _unquoted(value):
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.lstrip("=").rstrip(",")


# --- masks -------------------------------------------------------------------------------------------------------

# Ours, and the two that Ansible itself puts in place of secrets.
_MASK = re.compile(r"<?VALUE_HIDDEN_[0-9][0-9+]*>?|VALUE_SPECIFIED_IN_NO_LOG_PARAMETER|(?<!\*)\*{8}(?!\*)")


def _mask_of(numbers):
    """A mask; several numbers where secrets overlap. The brackets keep it apart from digits that follow."""
    return "<VALUE_HIDDEN_%s>" % "+".join(map(str, numbers))


class Masker:
    """Replaces secrets by masks that are numbered by first appearance in the values it is made for.

    The same secret has the same mask in all of them: a changed secret shows as a change, an unchanged one does not.
    """

    def __init__(self, *values: object) -> None:
        secrets = secret_values(list(values))
        self._numbers = {secret: number for number, secret in enumerate(secrets, 1)}

    def mask(self, value):
        """The same structure (dict, list, str, ...) with each secret replaced, also as a part of a longer text."""
        if isinstance(value, dict):
            return {key: self.mask(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.mask(item) for item in value]
        if isinstance(value, str):
            return self._mask_text(str.__str__(value))
        if isinstance(value, (int, float)) and not isinstance(value, bool) and str(value) in self._numbers:
            return _mask_of([self._numbers[str(value)]])
        return value

    def _mask_text(self, text):
        pieces, end = [], 0
        for start, stop, numbers in self._hidden(text):
            pieces += [text[end:start], _mask_of(numbers)]
            end = stop
        return "".join(pieces + [text[end:]])

    def _hidden(self, text):
        """The stretches of the text that secrets cover: (start, stop, numbers); overlapping ones are one stretch."""
        found = sorted(
            (start, -len(secret), number)
            for secret, number in self._numbers.items()
            for start in _occurrences(secret, text)
        )
        stretches = []
        for start, minus_length, number in found:
            stop = start - minus_length
            if not stretches or start >= stretches[-1][1]:
                stretches.append([start, stop, [number]])
            elif stop > stretches[-1][1]:
                stretches[-1][1] = stop
                stretches[-1][2].append(number)
        return stretches


def _occurrences(part, text):
    start = text.find(part)
    while start >= 0:
        yield start
        start = text.find(part, start + 1)


def mask(value):
    """The same structure with each secret in it replaced by a mask."""
    return Masker(value).mask(value)


def mask_pair(before, after) -> tuple:
    """Both with each secret of either replaced; the same secret has the same mask on both sides."""
    masker = Masker(before, after)
    return masker.mask(before), masker.mask(after)


def contains_mask(value: object) -> list[str]:
    """The places (such as ``ops[0].args.env.TOKEN``) that hold a mask, ours or Ansible's, in reading order."""
    return [place_text(place) for place in masked_places(value)]


def masked_places(value: object, place: tuple = ()) -> Iterator[tuple]:
    """Yields the same places as tuples of keys and list indexes."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from masked_places(item, place + (str(key),))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from masked_places(item, place + (index,))
    elif isinstance(value, str) and _MASK.search(value):
        yield place

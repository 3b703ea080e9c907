# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells by the name of a key, a variable or an option whether its value is a secret. Pure."""

from __future__ import annotations

import re

# A name is split into words at "_", "-", ".", other punctuation, digits, and where camelCase turns upper.
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

# One of these words anywhere in the name makes it secret ...
_SECRET_WORDS = frozenset(
    "password passwords passwd passphrase passcode secret secrets token apikey apikeys credential credentials"
    " authorization bearer pat jwt cookie htpasswd creds dsn mnemonic seedphrase".split()
)
# ... as does a word that ends like this (PGPASSWORD, HFTOKEN, secretkey), ...
_SECRET_ENDINGS = tuple(
    "password passwd secret token apikey accesskey authkey privatekey privkey secretkey keypair".split()
)
# ... or one of these pairs of words (AWS_ACCESS_KEY_ID, SEED_PHRASE; but RANDOM_SEED is a number), ...
_SECRET_PAIRS = frozenset(
    "access key,api key,private key,priv key,encryption key,signing key,master key,key pair,connection string,conn str"
    ",seed phrase,seed words,recovery phrase,wallet phrase,wallet seed,master seed,signer seed,solana seed".split(",")
)
# ... or one of these as the last of at least two words (MYSQL_PWD, DB_PASS; but PWD is the working directory) ...
_SECRET_AT_END_OF_SEVERAL = frozenset(["pwd", "pass", "pw"])
# ... or as the last word (REDIS_AUTH; but not AUTH_MODE) ...
_SECRET_AT_END = frozenset(["auth", "webhook"])
# ... or "key" as the last word after another one (OPENAI_KEY), but not after one of these:
_HARMLESS_KEYS = frozenset(
    "public pub primary foreign sort partition cache idempotency object row hot map site ssh authorized known".split()
)
# A name that ends in one of these tells about a secret, but does not hold it (PASSWORD_FILE, TOKEN_TTL) ...
_ABOUT = frozenset(
    "file files path dir directory mode type length len size limit count ttl timeout expiry expires expiration lifetime"
    " url uri endpoint policy algorithm alg issuer audience format version name names prefix enabled required"
    " parallelism budget window rate rotation strategy".split()
)
# ... unless it ends in this (SLACK_WEBHOOK_URL): whoever knows that address can use it.
_SECRET_ADDRESSES = (["webhook", "url"], ["webhook", "uri"])
# Tokens of language models are no secrets (MAX_TOKEN, eos_token).
_MODEL_TOKENS = frozenset(
    "max min num new next eos bos pad unk sep cls mask stop special image video audio end start per think".split()
)


def is_secret_name(name: str) -> bool:
    """Whether a key, a variable or an option of this name holds a secret."""
    words = [word.lower() for word in _WORDS.findall(name)]
    if words[-2:] in _SECRET_ADDRESSES:
        return True
    if not words or words[-1] in _ABOUT:
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else None
    if last in _SECRET_AT_END or before and last in _SECRET_AT_END_OF_SEVERAL:
        return True
    if last in ("key", "keys") and before and before not in _HARMLESS_KEYS:
        return True
    return any(_is_secret_word(word, previous) for word, previous in zip(words, [None, *words]))


def _is_secret_word(word, previous):
    if word == "token":
        return previous not in _MODEL_TOKENS
    return word in _SECRET_WORDS or word.endswith(_SECRET_ENDINGS) or "%s %s" % (previous, word) in _SECRET_PAIRS

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made-up but well-formed identifiers: account keys, transactions, content hashes, host names."""

from __future__ import annotations

import hashlib
import json
import random
import re

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
KEY_PATTERN = re.compile(r"^[1-9A-HJ-NP-Za-km-z]{43,44}$")
NO_NODE = "1" * 32


def base58(data: bytes) -> str:
    """Return ``data`` in the base58 alphabet (without the leading-zero rule, which keys here never need)."""
    number = int.from_bytes(data, "big")
    digits = []
    while number:
        number, digit = divmod(number, 58)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


class Ids:
    """Identifiers in a fixed order, so that two runs of the same test meet the same ones."""

    def __init__(self, seed: int = 20260801) -> None:
        self._random = random.Random(seed)  # nosec B311

    def key(self) -> str:
        """A public key: base58 of 32 bytes, 43 or 44 characters."""
        # A first byte of 0x20 or more keeps the number large enough for 43 digits.
        first = self._random.randrange(0x20, 0x100)
        return base58(bytes([first]) + self._random.randbytes(31))

    def transaction(self) -> str:
        """A transaction signature: base58 of 64 bytes."""
        return base58(b"\x40" + self._random.randbytes(63))


def definition_hash(published: dict | list) -> str:
    """The IPFS-like hash of a published definition or result."""
    text = json.dumps(published, sort_keys=True)
    return base58(b"\x12\x20" + hashlib.sha256(text.encode()).digest())


def header_signature(vault: str, message: str) -> str:
    """What a vault signs a message with, for the hosts that run its jobs."""
    return base58(hashlib.sha512(f"{vault}{message}".encode()).digest())


def host_label(op_id: str, deployment: str, vault: str) -> str:
    """The host name of an operation: the same for all its ports and for all revisions that keep its id."""
    return base58(hashlib.sha256(f"{op_id}:{deployment}:{vault}".encode("utf-8", "surrogatepass")).digest())

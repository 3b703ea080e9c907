# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH public keys: which texts are some, and when two are the same."""

from __future__ import annotations

import base64
import binascii

MOST_SSH_KEYS = 10
LONGEST_KEY = 8192
ALGORITHMS = ("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
              "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com")


def key_material(key: str) -> tuple[str, ...]:
    """What makes an SSH key that key: its type and material, not its comment."""
    return tuple(key.split()[:2])


def unique_keys(keys: list[str]) -> list[str]:
    """The keys without repetitions, the first spelling of each."""
    kept: dict[tuple[str, ...], str] = {}
    for key in keys:
        kept.setdefault(key_material(key), key)
    return list(kept.values())


def _is_key(key: str) -> bool:
    """Whether a text is ``TYPE BASE64 [COMMENT]``, and the material says the same type and more."""
    words = key.split()
    if len(key) > LONGEST_KEY or not 2 <= len(words) <= 3 or words[0] not in ALGORITHMS:
        return False
    try:
        material = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError):
        return False
    kind = words[0].encode()
    begin = len(kind).to_bytes(4, "big") + kind
    return material.startswith(begin) and len(material) > len(begin)


def problem(keys: list[str]) -> str | None:
    """Why keys can't be added; None when they can."""
    if len(keys) > MOST_SSH_KEYS:
        return f"At most {MOST_SSH_KEYS} SSH public keys are allowed."
    for number, key in enumerate(keys):
        if not _is_key(key):
            return (f"public_keys[{number}] is not a valid OpenSSH public key "
                    '(expected "<algorithm> <base64> [comment]").')
        if key in keys[:number]:
            return f"public_keys[{number}] is a duplicate."
    return None

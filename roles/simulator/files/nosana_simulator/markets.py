# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The markets of the simulated network, and what a job costs there.

As in the real network not all of them are alike: prices are numbers here and texts there, memory is not told
everywhere, and one market has no price at all.
"""

from __future__ import annotations

import hashlib
import math

from .ids import base58

NETWORK_FEE_PERCENTAGE = 10
NOS_IN_USD = 0.45
SHARED_IMAGES = ["docker.io/nosana/remote-resource-helper:0.4.0"]

# address (None: made up), slug, name, type, USD an hour for the host as the API writes it, graphics card, memory in GB,
# hosts that wait for a job
_ROWS: list[tuple] = [
    ("7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq", "nvidia-3060", "NVIDIA 3060", "PREMIUM", 0.048,
     "NVIDIA GeForce RTX 3060", 12, 14),
    (None, "nvidia-3060-community", "NVIDIA 3060 Community", "COMMUNITY", "0.032", "NVIDIA GeForce RTX 3060", None, 5),
    ("97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf", "nvidia-4090", "NVIDIA 4090", "PREMIUM", 0.32,
     "NVIDIA GeForce RTX 4090", 24, 9),
    (None, "nvidia-4090-community", "NVIDIA 4090 Community", "COMMUNITY", "0.24", "NVIDIA GeForce RTX 4090", 24, 3),
    ("CA5pMpqkYFKtme7K31pNB1s62X2SdhEv1nN9RdxKCpuQ", "nvidia-3090", "NVIDIA 3090", "PREMIUM", "0.18",
     "NVIDIA GeForce RTX 3090", 24, 6),
    (None, "nvidia-4060", "NVIDIA 4060", "COMMUNITY", 0.04, "NVIDIA GeForce RTX 4060", 8, 4),
    (None, "nvidia-4070", "NVIDIA 4070", "COMMUNITY", "0.08", "NVIDIA GeForce RTX 4070", None, 2),
    (None, "nvidia-5090", "NVIDIA 5090", "PREMIUM", "0.40", "NVIDIA GeForce RTX 5090", 32, 1),
    (None, "nvidia-a5000", "NVIDIA A5000", "PREMIUM", 0.23, "NVIDIA RTX A5000", 24, 2),
    ("F3aGGSMb73XHbJbDXVbcXo7iYM9fyevvAZGQfwgrnWtB", "nvidia-a100-40gb", "NVIDIA A100 40GB", "COMMUNITY", "0.75",
     "NVIDIA A100-PCIE-40GB", 40, 0),
    (None, "nvidia-a100-80gb", "NVIDIA A100 80GB", "PREMIUM", 0.9, "NVIDIA A100-SXM4-80GB", 80, 2),
    ("Crop49jpc7prcgAcS82WbWyGHwbN5GgDym3uFbxxCTZg", "nvidia-h100", "NVIDIA H100", "PREMIUM", "1.50",
     "NVIDIA H100 80GB HBM3", 80, 1),
    (None, "trial", "Trial hosts", "OTHER", None, None, None, 0),
]


def _made_up(text: str) -> str:
    """An address that looks like one, always the same for a text."""
    return base58(b"\x40" + hashlib.sha256(text.encode()).digest()[1:])


_ADDRESSES = {row[1]: row[0] or _made_up(row[1]) for row in _ROWS}


def _relation(slug: str) -> str | None:
    """The market for the same card on the other side of PREMIUM and COMMUNITY."""
    community = "-community"
    return _ADDRESSES.get(slug.removesuffix(community) if slug.endswith(community) else slug + community)


def _market(slug: str, name: str, kind: str, usd: float | str | None, card: str | None, vram: int | None,
            hosts: int) -> dict:
    reward = float(usd or 0) / 3600 / NOS_IN_USD
    market = {
        "address": _ADDRESSES[slug], "slug": slug, "name": name, "sft": _made_up(f"{slug} access key"), "type": kind,
        "usd_reward_per_hour": usd,
        "nos_reward_per_second": round(reward, 9),
        "nos_job_price_per_second": round(reward * (1 + NETWORK_FEE_PERCENTAGE / 100), 9),
        "network_fee_percentage": NETWORK_FEE_PERCENTAGE,
        "premium_community_relation": _relation(slug),
        "gpu_types": [card] if card else [],
        "required_images": SHARED_IMAGES + (["docker.io/ollama/ollama:0.12.3"] if kind == "PREMIUM" else []),
        "required_remote_resources": [{"type": "Ollama", "model": "llama3.2:3b"}] if kind == "PREMIUM" else [],
        "nodes": [_made_up(f"{slug} host {count}") for count in range(hosts)],
        "client": kind != "OTHER",
    }
    if vram is not None:
        market["lowest_vram"] = vram
    return market


def built_in() -> dict[str, dict]:
    """The markets that a simulator has at first, by address."""
    return {_ADDRESSES[row[1]]: _market(*row[1:]) for row in _ROWS}


def number(value: object) -> float | None:
    """A number, also where it is written as text; None for anything else."""
    try:
        found = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else math.nan
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def reward_per_hour(market: dict | None) -> float | None:
    """What the host gets for an hour, in USD; None where the market does not tell."""
    return number((market or {}).get("usd_reward_per_hour"))


def nos_price(market: dict | None) -> int:
    """What a second costs on the chain, in millionths of a NOS; 0 where the market does not tell."""
    return round((number((market or {}).get("nos_job_price_per_second")) or 0.0) * 1e6)


def usd_per_hour(market: dict | None) -> float:
    """What a user pays for an hour of one job; 0 in no market, and in one without a price."""
    fee = number((market or {}).get("network_fee_percentage")) or 0.0
    return (reward_per_hour(market) or 0.0) * (1 + fee / 100)

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The markets of the simulated network, and what a job costs there."""

from __future__ import annotations

NETWORK_FEE_PERCENTAGE = 10
NOS_IN_USD = 0.45

# address, slug, name, type, USD an hour for the host, video memory in GB
_ROWS = [
    ("7AtiXMSH6R1jjBxrcYjehCkkSF7zvYWte63gwEDBcGHq", "nvidia-3060", "NVIDIA 3060", "PREMIUM", 0.048, 12),
    ("97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf", "nvidia-4090", "NVIDIA 4090", "PREMIUM", 0.32, 24),
    ("CA5pMpqkYFKtme7K31pNB1s62X2SdhEv1nN9RdxKCpuQ", "nvidia-3090", "NVIDIA 3090", "PREMIUM", 0.18, 24),
    ("F3aGGSMb73XHbJbDXVbcXo7iYM9fyevvAZGQfwgrnWtB", "nvidia-a100-40gb", "NVIDIA A100 40GB", "COMMUNITY", 0.75, 40),
    ("Crop49jpc7prcgAcS82WbWyGHwbN5GgDym3uFbxxCTZg", "nvidia-h100", "NVIDIA H100", "PREMIUM", 1.5, 80),
]


def _market(address: str, slug: str, name: str, kind: str, usd: float, vram: int) -> dict:
    reward = usd / 3600 / NOS_IN_USD
    return {
        "address": address, "slug": slug, "name": name, "type": kind,
        "usd_reward_per_hour": usd,
        "nos_reward_per_second": round(reward, 9),
        "nos_job_price_per_second": round(reward * (1 + NETWORK_FEE_PERCENTAGE / 100), 9),
        "network_fee_percentage": NETWORK_FEE_PERCENTAGE,
        "gpu_types": [name], "lowest_vram": vram,
        "required_images": ["docker.io/nosana/nosana-node:latest"],
        "required_remote_resources": [],
    }


MARKETS = {row[0]: _market(*row) for row in _ROWS}


def usd_per_hour(address: str) -> float:
    """What a user pays for an hour of one job; 0 in a market that is none."""
    market = MARKETS.get(address)
    if market is None:
        return 0.0
    return market["usd_reward_per_hour"] * (1 + market["network_fee_percentage"] / 100)

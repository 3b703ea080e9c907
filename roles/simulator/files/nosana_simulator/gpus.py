# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which graphics cards there are and how many of them are free, as the markets tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .markets import reward_per_hour, usd_per_hour
from .requirement_keys import can_meet, options

if TYPE_CHECKING:
    from .engine import Engine


def _free(engine: Engine, market: dict) -> int:
    """The hosts of a market that wait for a job.

    Jobs find one all the same, and only make this number smaller; but where the market has a number of free hosts,
    it is that number.
    """
    if market["address"] in engine.free_hosts:
        return engine.free_hosts[market["address"]]
    busy = sum(job.state == "RUNNING" and job.market == market["address"] for job in engine.jobs.values())
    return max(0, len(market.get("nodes") or []) - busy)


def listed(engine: Engine) -> list[dict]:
    """One entry a card, over all markets that have it."""
    found: dict[str, dict] = {}
    for market in engine.markets.values():
        for name in market.get("gpu_types") or []:
            card = found.setdefault(name, {"name": name, "vramGb": None, "available": 0, "markets": []})
            card["available"] += _free(engine, market)
            card["markets"].append(market["address"])
            card["vramGb"] = card["vramGb"] or market.get("lowest_vram")
    return list(found.values())


def available(engine: Engine, requirements: dict) -> dict:
    """How many hosts meet the requirements and are free, and what an hour there costs a user, fee included."""
    fitting = [market for market in engine.markets.values()
               if can_meet(market, requirements) and _free(engine, market)]
    prices = [round(usd_per_hour(market), 6) for market in fitting if reward_per_hour(market) is not None]
    return {"total": sum(_free(engine, market) for market in fitting),
            "price": {"minUsdPerHour": min(prices), "maxUsdPerHour": max(prices)} if prices else None,
            "markets": [market["address"] for market in fitting]}


def requirement_options(engine: Engine, requirements: dict, names: list[str] | None) -> dict:
    """What hosts may be asked to have, and what those that meet the requirements have."""
    return options(((market, len(market.get("nodes") or [])) for market in engine.markets.values()
                    if can_meet(market, requirements)), names)

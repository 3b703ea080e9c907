# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts may be asked to have: the keys of ``requirements``, and which markets meet them.

All hosts of a market are alike here, and have what follows from the market's own figures.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from .kinds import is_number
from .markets import number

Values = dict[str, list]
COUNTRIES = ("DE", "FR", "NL", "US")


@dataclass(frozen=True)
class Key:
    """A key of ``requirements``. ``minimum``: the number asked for is the least; else it is exactly that."""

    name: str
    group: str
    type: str  # integer, float, text or boolean
    minimum: bool = False
    per_instance: bool = False  # of each graphics card, not of the host

    def accepts(self, value: object) -> bool:
        """Whether a value is of the key's type."""
        if self.type in ("integer", "float"):
            return is_number(value) and (self.type == "float" or value == int(value))
        return isinstance(value, bool if self.type == "boolean" else str)

    def meets(self, has: object, wanted: object) -> bool:
        """Whether what a host has is enough."""
        return has >= wanted if self.minimum else has == wanted


KEYS = {key.name: key for key in (
    Key("name", "gpu", "text", per_instance=True),
    Key("cuda_driver_version", "gpu", "float", minimum=True),
    Key("ram_gb", "system", "integer", minimum=True),
    Key("cpu_cores", "system", "integer", minimum=True),
    Key("disk_gb", "system", "integer", minimum=True),
    Key("download_mbps", "network", "float", minimum=True),
    Key("country", "location", "text"),
    Key("data_center", "location", "boolean"),
)}


def problem(requirements: dict | None) -> str | None:
    """Why requirements can't be looked for; None when they can."""
    for name, value in (requirements or {}).items():
        if name not in KEYS:
            return f"Unknown requirement: {name}"
        if not KEYS[name].accepts(value):
            return f"Requirement {name} must be of type {KEYS[name].type}"
    return None


def _has(market: dict) -> Values:
    """What the hosts of a market have; a market with several cards has hosts of each."""
    memory = int(number(market.get("lowest_vram")) or 12)
    chance = hashlib.sha256(str(market["address"]).encode()).digest()[0]
    return {"name": list(market.get("gpu_types") or []), "cuda_driver_version": [13.0 if memory >= 24 else 12.4],
            "ram_gb": [4 * memory], "cpu_cores": [8 if memory < 24 else 32], "disk_gb": [500 if memory < 24 else 2000],
            "download_mbps": [250.5 if memory < 24 else 950.0], "country": [COUNTRIES[chance % len(COUNTRIES)]],
            "data_center": [market.get("type") == "PREMIUM"]}


def can_meet(market: dict, requirements: dict | None) -> bool:
    """Whether the market's hosts have what is asked for."""
    values = _has(market)
    return all(any(KEYS[name].meets(has, wanted) for has in values[name])
               for name, wanted in (requirements or {}).items() if name in KEYS)


def options(markets: Iterable[tuple[dict, int]], names: list[str] | None) -> dict:
    """The keys (or some of them), with the values that hosts have; ``markets`` come with their number of hosts."""
    hosts = [(_has(market), count) for market, count in markets if count]
    return {"nodes": sum(count for _values, count in hosts),
            "metrics": [_described(key, hosts) for key in KEYS.values() if names is None or key.name in names]}


def _described(key: Key, hosts: list[tuple[Values, int]]) -> dict:
    counted: Counter = Counter()
    for values, count in hosts:
        for value in values[key.name]:
            counted[value] += count
    told = {"key": key.name, "group": key.group, "type": key.type, "match": "minimum" if key.minimum else "exact",
            "perInstance": key.per_instance}
    if key.minimum and counted:
        told |= {"min": min(counted), "max": max(counted)}
    return {**told, "values": [{"value": value, "nodes": nodes} for value, nodes in sorted(counted.items())]}

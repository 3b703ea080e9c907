# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What running costs: prices of markets, the cost of a deployment, and what a plan must not spend. Pure.

What a user pays for an hour of one job is the market's ``usd_reward_per_hour`` and the network's fee on top. All
amounts are US dollars.
"""

from __future__ import annotations

import math

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import TooExpensive

#: Decimal places of an amount in results: a tenth of a cent would hide what the cheapest markets cost.
PLACES = 6


def amount(value):
    """An amount as the API writes it, a number or a number as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def usd_per_hour(market):
    """What an hour of one job costs in a market (the API's own dict), None when it does not say."""
    reward, fee = amount(market.get("usd_reward_per_hour")), amount(market.get("network_fee_percentage"))
    return None if reward is None or fee is None else round(reward * (1 + fee / 100), PLACES)


def of_deployment(deployment, price):
    """The cost of a deployment while it runs, given the price of an hour of one job (None: not known)."""
    replicas, timeout = amount(deployment.get("replicas")), amount(deployment.get("timeout"))
    if price is None or replicas is None:
        return {"usd_per_hour": None, "usd_until_timeout": None}
    hourly = price * replicas
    until = None if timeout is None else round(hourly * timeout / 60, PLACES)
    return {"usd_per_hour": round(hourly, PLACES), "usd_until_timeout": until}


def check_limit(limit, cost, what, market):
    """Raises TooExpensive when the cost is above the limit (max_usd_per_hour), or not known.

    ``what`` is the deployment's name, ``market`` names its market.
    """
    hourly = cost["usd_per_hour"]
    if hourly is None:
        raise TooExpensive(
            "max_usd_per_hour: what %s costs in market %s is not known, so that the limit of %s can't be kept. "
            "Nothing was changed. Leave the limit out, or choose another market (nosana_market_info)."
            % (what, market, usd(limit))
        )
    if hourly > limit:
        raise TooExpensive(
            "max_usd_per_hour: %s would cost %s an hour in market %s, above the limit of %s. Nothing was changed. "
            "Raise the limit, ask for fewer replicas, or choose a cheaper market (nosana_market_info)."
            % (what, usd(hourly), market, usd(limit))
        )


def shortage(needed, available):
    """A warning when the credits do not cover what jobs reserve when they are listed; None when they do, or unknown."""
    if needed is None or available is None or available >= needed:
        return None
    return (
        "the account has %s of credits left, and the new jobs reserve %s until their timeout: they are not listed "
        "before there are enough" % (usd(available), usd(needed))
    )


def credits_of(balance):
    """The account's credits, from the API's balance: assigned, reserved, settled, and what is left (available)."""
    balance = balance if isinstance(balance, dict) else {}
    parts = {name: amount(balance.get(name + "Credits")) for name in ("assigned", "reserved", "settled")}
    known = None not in parts.values()
    left = parts["assigned"] - parts["reserved"] - parts["settled"] if known else None
    return dict(parts, available=None if left is None else round(left, PLACES))


def usd(value):
    """An amount in a message: whole cents, or as many places as it has where those would hide some of it."""
    return "$%.2f" % value if round(value, 2) == round(value, PLACES) else "$" + ("%.6f" % value).rstrip("0")

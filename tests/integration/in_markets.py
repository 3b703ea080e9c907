# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Markets with and without hosts, and in which of them a deployment had jobs, by the server's own view."""

from __future__ import annotations

import itertools


def set_hosts(runner, number, *markets):
    """Gives markets a number of free hosts; None: a host for every job."""
    for market in markets:
        runner.server.control("PUT", "/markets/%s" % market, {"hosts": number})


def set_price(runner, market, usd_per_hour):
    """Lets an hour of one job in a market cost so much from now on."""
    world = runner.request("GET", "/markets/")
    for one in world:
        if one["address"] == market:
            one.update(usd_reward_per_hour=usd_per_hour, network_fee_percentage=0)
    runner.server.control("PUT", "/markets", world)


def check_never_in_two_markets(deployment):
    """No job of the deployment was live while one lived in another market."""
    for one, other in itertools.combinations(deployment["jobs"], 2):
        if one["market"] != other["market"]:
            first, second = sorted((one, other), key=lambda job: job["created_at"])
            ended = first["updated_at"] if first["state"] not in ("QUEUED", "RUNNING") else "never"
            assert ended <= second["created_at"], (first, second)


def accepted(runner):
    """The operations of the changing requests that the server accepted, in order."""
    return [one["operation"] for one in runner.mutations() if one["accepted"]]

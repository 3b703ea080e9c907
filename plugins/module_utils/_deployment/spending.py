# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judges what a plan would cost, between planning and applying: the same in check mode. Reads only."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import ApiError, InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import RESTARTED
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import CREATE, START
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._offers import cost


def judge(client, markets, desired, before, planned):
    """``(cost, warnings)`` of a plan: its cost while it runs, and whether the credits lack.

    Raises InvalidOptions when it would cost more than ``max_usd_per_hour``, or moves to a market that does not exist.
    """
    deployment = planned.deployment
    if desired.ends or not deployment:
        return None, []
    market = deployment.get("market")
    # a new revision of what runs may be the restart that is asked for, without a step that starts
    spends = spends_more(planned.steps, before.deployment) or desired.state == RESTARTED
    hourly = price(markets, market, must_exist=_moves(planned, before))
    what = cost.of_deployment(deployment, hourly)
    if desired.max_usd_per_hour is not None and spends:
        try:
            cost.check_limit(desired.max_usd_per_hour, what, deployment.get("name"), markets.label(market))
        except InvalidOptions as problem:
            problem.result["cost"] = what
            raise
    return what, _warnings(client, planned, before, hourly) if spends and hourly is not None else []


def _moves(planned, before):
    """Whether the plan lists jobs in a market that the deployment was not in."""
    return before.deployment is None or planned.deployment.get("market") != before.deployment.get("market")


def price(markets, address, must_exist=False):
    """The price of an hour of one job in the market of the address, None where it can't be told.

    Raises InvalidOptions for a market that ``must_exist`` and does not.
    """
    if not d.is_address(str(address)):
        return None
    try:
        market = markets.by_address(address)
    except InvalidOptions:
        if must_exist:
            raise
        return None
    except ApiError:  # prices are not needed to go on: with a limit, a price that is not known refuses
        return None
    return None if market is None else cost.usd_per_hour(market)


def _warnings(client, planned, before, hourly):
    jobs = new_jobs(planned.steps, before.deployment, planned.deployment)
    needed = cost.of_deployment(dict(planned.deployment, replicas=jobs), hourly)["usd_until_timeout"]
    if not needed:
        return []
    try:
        available = cost.credits_of(client.call("get_credits"))["available"]
    except ApiError:  # a key may lack the scope; the server itself says so when credits lack
        return []
    warning = cost.shortage(needed, available)
    return [] if warning is None else ["%s: %s" % (planned.deployment.get("name"), warning)]


def spends_more(steps, before):
    """Whether a plan's steps create, start, add replicas, extend or move; ``before`` is the deployment as it is."""
    return any(_spends(step, before or {}) for step in steps if not step.former)


def _spends(step, before):
    if step.kind in ("update_replicas", "update_timeout"):
        was = cost.amount(before.get("replicas" if step.kind == "update_replicas" else "timeout"))
        return was is None or step.value > was
    return step.kind in (CREATE, START, "update_market", "update_requirements")


def new_jobs(steps, before, after):
    """How many jobs the steps have listed at once; ``before`` and ``after`` are the deployment."""
    if any(step.kind == START for step in steps if not step.former):
        return cost.amount(after.get("replicas")) or 0
    raised = [step.value for step in steps if step.kind == "update_replicas"]
    runs = bool(before) and before.get("status") in (d.STARTING, d.RUNNING)
    return max(0, raised[0] - (cost.amount(before.get("replicas")) or 0)) if raised and runs else 0

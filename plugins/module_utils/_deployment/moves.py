# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moves a deployment from market to market (``markets``) while no host takes any of its jobs.

This is a loop around the wait for the goal, and plans nothing. No two markets ever have jobs of the deployment: it is
stopped, and proven to have no job left, before its market changes. It changes alone only where there is no job at all.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    ApiError,
    InvalidOptions,
    TimedOut,
    TooExpensive,
    Unsupported,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment import candidates, wording
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.claims import Claims, NotClaimed, waits_for_hosts
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import COMPLETED
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import Steps
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._offers import cost
from ansible_collections.nosana.cloud.plugins.module_utils._offers.markets import Markets

#: Seconds that a move may take: one that may not end in the time of the task is not begun.
MOVE_TAKES = 60.0
UPDATE_MARKET = "update_market"


def with_addresses(markets, desired):
    """The desired state with the addresses of its markets, each once; with a limit, with their prices as well."""
    try:
        found = tuple(dict.fromkeys(markets.address_of(text) for text in desired.markets))
        prices = {} if desired.max_usd_per_hour is None else {one: markets.price(one, True) for one in found}
    except InvalidOptions as problem:
        raise _of_markets(problem) from None
    return dataclasses.replace(desired, markets=found, prices=prices)


def may_be_needed(desired, before, wait, wait_for):
    """Whether a task waits for hosts, so that it may have to move the deployment."""
    strategy = (before.deployment or desired.fields).get("strategy")
    waits = wait and wait_for != "status" and strategy != d.SCHEDULED
    return bool(desired.markets) and waits and (desired.runs or desired.state == COMPLETED)


class Moves:
    """The moves of one task. ``cost`` is what the deployment costs since the last one, None before the first.

    ``may_cost(cost)`` raises TooExpensive for a move that is too expensive for other reasons than the task's own limit.
    """

    def __init__(self, client, desired, before, may_cost=None):
        self.client = client
        self.may_cost = may_cost
        self.claims = Claims(client.clock, desired.claim_timeout)
        self.cost = None
        self._desired = desired
        self._order = candidates.in_order(desired, before.deployment)
        self._left = []
        self._tried = []  # markets in words, the present one last
        self._too_late_for = None  # a market in words that there was no time to move to

    def prepare(self, markets, planned):
        """Returns warnings. Raises InvalidOptions, before anything is changed, where a move could not be made."""
        count, seconds = len(self._order), self.client.deadline.seconds
        if count > 1 and not self.client.supports(UPDATE_MARKET):
            raise Unsupported(
                "markets: the API at %s does not offer %s (by its OpenAPI document), so that a deployment can't move "
                "to the next market. Give one market, or ask for a newer server. Nothing was changed."
                % (self.client.base, UPDATE_MARKET)
            )
        try:
            for market in self._order if planned.steps else ():
                markets.by_address(market)
        except InvalidOptions as problem:
            raise _of_markets(problem) from None
        except ApiError:  # a market that is moved to is looked at again
            pass
        if seconds is None or seconds >= count * self.claims.seconds:
            return []
        return [
            "wait_timeout (%d s) is shorter than claim_timeout (%d s) for %s: not all of them may be tried"
            % (seconds, self.claims.seconds, "the market" if count == 1 else "each of the %d markets" % count)
        ]

    def reach(self, applier, goal, wait):
        """Calls ``wait`` (of the Goal), again after each move, until it returns. Raises what ends it."""
        watch = applier.watch
        if len(self._order) > 1:
            self._left = [market for market in self._order if market != watch.deployment.get("market")]
        self._tried.append(wording.market_name(watch))
        self.claims.begin_anew()
        while True:
            try:
                return wait()
            except NotClaimed as problem:
                target = self._next_market(goal, watch)
                if target is None:
                    problem.add(self._summary(watch))
                    raise
                self._go_on(applier, goal, target)
            except TimedOut as problem:
                if len(self._tried) > 1:
                    problem.add("Tried: %s." % ", ".join(self._tried))
                if self._too_late_for:
                    text = "It did not move to %s, because a move takes up to %d s. Raise wait_timeout."
                    problem.add(text % (self._too_late_for, MOVE_TAKES))
                raise

    def _next_market(self, goal, watch):
        """The next market that the limit affords, at the price of this moment; None when none is left."""
        while self._left:
            target, fresh = self._left.pop(0), Markets(self.client)
            try:
                price = fresh.price(target, must_exist=True)
                what, label = cost.of_deployment(watch.deployment, price), fresh.label(target)
                if self._desired.max_usd_per_hour is not None:
                    name = watch.deployment.get("name")
                    cost.check_limit(self._desired.max_usd_per_hour, what, name, label)
                if self.may_cost is not None:
                    self.may_cost(what)
                return target, label, what
            except InvalidOptions as problem:
                goal.note("%s is left out: %s" % (fresh.label(target), _why(problem)))
        return None

    def _go_on(self, applier, goal, target):
        """Moves; or waits on in the same market, where a host has just taken a job, or the time is too short for it."""
        (address, label, what), left = target, self.client.deadline.remaining()
        live = applier.watch.live_jobs()
        taken = any(job.get("state") == "RUNNING" for job in live)
        if taken or left < MOVE_TAKES:
            self.claims.settled = True
            if not taken:
                self._too_late_for = label
                goal.note("%d s are left, which is too little for a move to %s" % (left, label))
            return
        goal.note(
            "no host took a job within %d s (claim_timeout) in %s: it moves to %s"
            % (self.claims.seconds, self._tried[-1], label)
        )
        applier.run(_steps(applier.watch, live, address))
        self.cost = what
        self._tried.append(label)
        self.claims.begin_anew()

    def _summary(self, watch):
        """Which markets were tried, where jobs may still be queued, and what ends them."""
        queued = sum(job.get("state") == "QUEUED" for job in watch.jobs or ())
        waits = (
            "%d job%s queued" % (queued, " is" if queued == 1 else "s are") if queued else "its server asks for hosts"
        )
        return "Tried: %s. It stays in %s, where %s: run the task again to try again, or end it with %s." % (
            ", ".join(self._tried),
            self._tried[-1],
            waits,
            d.task(id=watch.id, state="stopped"),
        )


def _steps(watch, live, address):
    """The steps to another market; ``live`` are the live jobs.

    Where there is none and a listing waits for hosts, it asks in the new market as soon as that is set. Everything else
    is stopped before: servers list in the new market before they have stopped what is in the old one.
    """
    steps, alone = Steps(watch.status), not live and _only_a_listing_waits(watch)
    if not alone:
        steps.stop()
    steps.change(UPDATE_MARKET, address)
    if not alone:
        steps.start()
    return steps.collected


def _only_a_listing_waits(watch):
    """Whether the server has nothing to do but to list jobs when hosts are free."""
    tasks = watch.tasks()
    return not any(task["due"] for task in tasks) and waits_for_hosts(watch, tasks)


def _of_markets(problem):
    """The problem of a market, told of the option ``markets``."""
    return type(problem)(str(problem).replace("market:", "markets:", 1))


def _why(problem):
    return "it costs too much, or its price is not known" if isinstance(problem, TooExpensive) else str(problem)

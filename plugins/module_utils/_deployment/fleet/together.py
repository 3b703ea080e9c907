# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Judges what many items come to together, before anything changes: duplicates, their total cost, the credits."""

from __future__ import annotations

import threading

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions, TooExpensive
from ansible_collections.nosana.cloud.plugins.module_utils._deployment import spending
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import STOPPED
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import joined_problems
from ansible_collections.nosana.cloud.plugins.module_utils._offers import cost


def refuse(problems):
    """Raises one InvalidOptions for all of them, of the reason of the first."""
    if problems:
        text = joined_problems([str(problem) for problem in problems])
        raise InvalidOptions(text, problems[0].reason)


def refuse_wrong_items(items):
    """Raises InvalidOptions where what an item asks for can't be; other failures are the item's own.

    So are those of one that can't be stopped or removed: that must not keep the others running.
    """
    wrong = [item for item in items if isinstance(item.problem, InvalidOptions) and not _is_only_gone(item)]
    refuse([InvalidOptions("%s: %s" % (item.label, item.problem), item.problem.reason) for item in wrong])


def _is_only_gone(item):
    """Whether an item that is to end, or to stop, is not there any more, or in a status that is not known here."""
    ends = item.desired.id and (item.desired.ends or item.desired.state == STOPPED)
    return bool(ends) and item.problem.reason in ("not_found", "unsupported")


def _is_nowhere(item):
    return item.problem.reason == "not_found"


def refuse_duplicates(items):
    """Raises InvalidOptions where two items lead to one deployment: by name, by id, or by a new name."""
    first, problems = {}, []
    for item in items:
        for key in dict.fromkeys(_led_to(item)):
            other = first.setdefault(key, item)
            if other is not item:
                what = "the deployment %s" % key[1] if key[0] == "id" else "a deployment named %r" % key[1]
                problems.append(InvalidOptions("%s and %s both lead to %s" % (other.label, item.label, what)))
                break
    refuse(problems)


def _led_to(item):
    if item.desired.name:
        yield "name", item.desired.name
    if item.desired.id:
        yield "id", item.desired.id
    if item.convergence is not None and item.convergence.before.deployment:
        yield "id", item.convergence.before.deployment["id"]


def refuse_total(items, limit, concurrency):
    """Warnings where what runs costs more than ``limit`` (US dollars an hour) without this task.

    Of batch runs that are waited for, the dearest ``concurrency`` count, as no more are under way at once.

    Raises TooExpensive where a task that spends more would bring it above that, or a price is not known.
    """
    if limit is None:
        return []
    running = [item for item in items if _runs_in_the_end(item)]
    prices = [item.convergence.cost["usd_per_hour"] for item in running]
    if not any(map(_spends, items)):
        total = round(sum(_at_once(running, prices, concurrency)), cost.PLACES)
        if total <= limit:
            return []
        text = "the deployments of this task cost %s an hour, more than max_usd_per_hour (%s). They are left running, "
        return [(text + "since the task adds nothing.") % (cost.usd(total), cost.usd(limit))]
    unready = [item for item in items if not item.is_ready and not (_is_only_gone(item) and _is_nowhere(item))]
    unknown = [item for item, price in zip(running, prices) if price is None] + unready
    if unknown:
        raise TooExpensive(
            "max_usd_per_hour: what %s costs is not known, so that the limit of %s for all deployments can't be kept. "
            "Nothing was changed." % (unknown[0].label, cost.usd(limit))
        )
    counted = _at_once(running, prices, concurrency)
    total = round(sum(counted), cost.PLACES)
    if total > limit:
        raise TooExpensive(
            "max_usd_per_hour: the %d deployments that run after this task would cost %s an hour, above the limit of "
            "%s. Nothing was changed. Raise the limit, or run less." % (len(counted), cost.usd(total), cost.usd(limit))
        )
    return []


def _at_once(items, amounts, concurrency):
    """The amounts (None: not known, 0) of those items that are on at the same time.

    Of batch runs that are waited for, no more than ``concurrency`` are begun, and those that run already come first.
    """
    found = [(item, amount or 0) for item, amount in zip(items, amounts)]
    already = [amount for item, amount in found if item.is_run and item.runs_already]
    dearest = sorted((amount for item, amount in found if item.is_run), reverse=True)[:concurrency]
    return [amount for item, amount in found if not item.is_run] + max(already, dearest, key=sum)


def _spends(item):
    found = item.convergence
    return item.is_ready and spending.spends_in_the_end(found.desired, found.before, found.planned)


def _runs_in_the_end(item):
    found = item.convergence
    if not item.is_ready or found.cost is None:
        return False
    return spending.runs_in_the_end(found.desired, found.before, found.planned)


class Total:
    """What the items cost together while some of them move to other markets. Each thread may ask."""

    def __init__(self, items, limit, concurrency):
        self._limit = limit
        self._concurrency = concurrency
        self._running = [item for item in items if _runs_in_the_end(item)]
        self._allowed = {}  # what items may cost that are about to move, by item
        self._lock = threading.Lock()

    def allow(self, item, what):
        """Notes that an item may move to where it costs ``what``. Raises TooExpensive where all would cost too much."""
        hourly, now = what["usd_per_hour"], _hourly(item)
        with self._lock:
            allowed = {**self._allowed, item: hourly or 0}
            prices = [max(_hourly(one), 0 if _stays(one) else allowed.get(one, 0)) for one in self._running]
            total = round(sum(_at_once(self._running, prices, self._concurrency)), cost.PLACES)
            if hourly is None or (hourly > now and total > self._limit):
                raise TooExpensive("max_usd_per_hour: all deployments together would cost too much")
            self._allowed = allowed


def _hourly(item):
    """What an item costs an hour where it is now."""
    found = item.convergence
    moved = found.moves and found.moves.cost
    return (moved or found.cost)["usd_per_hour"] or 0


def _stays(item):
    """Whether it does not move any more."""
    return item.convergence.moves is None or item.convergence.moves.claims.settled


def shortage(client, items, concurrency):
    """Warnings where the credits don't pay for all the jobs that the items list at once."""
    spending_items = [item for item in items if _spends(item)]
    amounts = _at_once(spending_items, map(_reserved, spending_items), concurrency)
    warning = spending.shortage(client, round(sum(amounts), cost.PLACES))
    return [] if warning is None else [warning]


def _reserved(item):
    found = item.convergence
    hourly = found.markets.price(found.planned.deployment.get("market"))
    return spending.reserved(found.planned, found.before, hourly) if hourly is not None else None

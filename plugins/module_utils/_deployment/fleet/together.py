# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Judges what many items come to together, before anything changes: duplicates, their total cost, the credits."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions, TooExpensive
from ansible_collections.nosana.cloud.plugins.module_utils._deployment import spending
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import COMPLETED
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import START
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import joined_problems
from ansible_collections.nosana.cloud.plugins.module_utils._offers import cost


def refuse(problems):
    """Raises one InvalidOptions for all of them, of the reason of the first."""
    if problems:
        text = joined_problems([str(problem) for problem in problems])
        raise InvalidOptions(text, problems[0].reason)


def refuse_wrong_items(items):
    """Raises InvalidOptions where what an item asks for can't be; other failures are the item's own."""
    wrong = [item for item in items if isinstance(item.problem, InvalidOptions)]
    refuse([InvalidOptions("%s: %s" % (item.label, item.problem), item.problem.reason) for item in wrong])


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

    Of batch runs, the dearest ``concurrency`` count, as no more are under way at once.

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
    unready = [item for item in items if not item.is_ready]
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
    """The amounts (None: not known, 0) of those items that are on at the same time: of batch runs, only the dearest."""
    found = [(item, amount or 0) for item, amount in zip(items, amounts)]
    runs = sorted((amount for item, amount in found if item.is_run), reverse=True)
    return [amount for item, amount in found if not item.is_run] + runs[:concurrency]


def _spends(item):
    found = item.convergence
    return item.is_ready and spending.spends_in_the_end(found.desired, found.before, found.planned)


def _runs_in_the_end(item):
    if not item.is_ready or item.convergence.cost is None:
        return False
    starts = any(step.kind == START and not step.old for step in item.planned.steps)
    completes = item.desired.state == COMPLETED and starts
    return item.planned.deployment.get("status") in d.RUNNING_STATUSES or completes


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

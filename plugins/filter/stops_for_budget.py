# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: stops_for_budget
short_description: Choose what to stop so that a budget is met
version_added: 1.0.0
description:
  - Chooses the fewest deployments to stop so that all others together cost no more than a limit. If several choices
    have as few, it takes the one that stops the least cost. If that is equal, too, it stops the newest.
    Among hundreds of different prices, it may miss the very least cost, but never the fewest.
  - What counts is a deployment that is STARTING, RUNNING or INSUFFICIENT_FUNDS (it continues when there are credits),
    or has active jobs and is not STOPPING. It counts with all its replicas, also if it is SCHEDULED and does not run at
    this moment.
  - If the price of one of them is not known, nothing is chosen, not even of the others.
  - A deployment whose status this version of the collection does not know counts, and is never chosen, since no module
    can stop it.
author:
  - Nosana Ansible contributors (@nosana-ci)
requirements:
  - python >= 3.11, on the controller
options:
  _input:
    description:
      - All deployments of the account, newest first, as M(nosana.cloud.nosana_deployment_info) returns them with
        C(include=[cost]).
    type: list
    elements: dict
    required: true
  limit:
    description: What all deployments together may cost an hour, in US dollars.
    type: float
    required: true
  protect:
    description:
      - Prefixes of names, a list or comma-separated text. Deployments whose names begin with one of them are never
        chosen. They count nevertheless.
      - By default, none is protected.
    type: list
    elements: str
notes:
  - Text counts for every type. Empty text counts as left out.
seealso:
  - module: nosana.cloud.nosana_deployment_info
  - plugin: nosana.cloud.matching_deployments
    plugin_type: filter
"""

EXAMPLES = r"""
- name: List all deployments with their costs
  nosana.cloud.nosana_deployment_info:
    include:
      - cost
  register: found

- name: Show what to stop so that the account costs at most 2 dollars an hour
  ansible.builtin.debug:
    msg: "{{ (found.deployments | nosana.cloud.stops_for_budget(2.0, ['prod-'])).stop | map(attribute='name') | list }}"
"""

RETURN = r"""
_value:
  description:
    - C(stop) are the deployments to stop, C(as_items) their ids as items for
      O(nosana.cloud.nosana_deployments#module:deployments).
    - C(counted) are all deployments that count, in the order of the input.
    - C(unknown) are those whose price is not known, and C(unknown_status) those whose status is not known to this
      version.
    - C(usd_per_hour) is what all cost together now, and C(usd_per_hour_after) what they cost afterwards. Both are null
      if a price is not known.
    - C(is_met) says whether the budget is met afterwards.
  type: dict
  sample:
    stop: []
    as_items: []
    counted: []
    unknown: []
    unknown_status: []
    usd_per_hour: 1.408
    usd_per_hour_after: 1.408
    is_met: true
"""

import functools
import itertools

from ansible_collections.nosana.cloud.plugins.filter.matching_deployments import (
    has_known_status,
    is_protected,
    is_running,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.plugin_utils._options import REQUIRED, option_of

#: Parts of a dollar in which prices are exact.
PARTS = 10**6
#: Ways to choose that are compared, at each step, by how little they stop.
MOST_WAYS = 5000


def stops_for_budget(deployments, limit, protect=None):
    """See DOCUMENTATION."""
    option = functools.partial(option_of, "stops_for_budget")
    limit, protect = option("limit", limit, "float", REQUIRED), option("protect", protect, "list", [])
    counted = [one for one in option("_input", deployments, "dicts", REQUIRED) if _counts(one)]
    unknown = [one for one in counted if _price(one) is None]
    strange = [one for one in counted if not has_known_status(one)]
    found = {"counted": counted, "unknown": unknown, "unknown_status": strange, "stop": [], "as_items": []}
    if unknown:
        return dict(found, usd_per_hour=None, usd_per_hour_after=None, is_met=False)
    total, most = sum(map(_price, counted)), round(limit * PARTS)
    free = [one for one in counted if _price(one) and has_known_status(one) and not is_protected(one, protect)]
    places = fewest([_price(one) for one in free], total - most)
    stop = [free[place] for place in places]
    after = total - sum(map(_price, stop))
    found.update(stop=stop, as_items=[{"id": one["id"]} for one in stop])
    return dict(found, usd_per_hour=total / PARTS, usd_per_hour_after=after / PARTS, is_met=after <= most)


def _counts(deployment):
    is_waiting = deployment.get("status") == d.ERROR and not deployment.get("active_jobs")
    return is_running(deployment) and not is_waiting


def _price(deployment):
    """What a deployment costs an hour, in parts of a dollar; None if it is not known."""
    hourly = (deployment.get("cost") or {}).get("usd_per_hour")
    return None if hourly is None else round(hourly * PARTS)


def fewest(prices, excess):
    """The places of the fewest prices that come to ``excess`` together, and of those the ones that come to least.

    All places, if all prices together don't come to it. With equal prices, the earlier places are taken.
    """
    if excess <= 0:
        return []
    order = sorted(range(len(prices)), key=lambda place: -prices[place])
    sums = [0, *itertools.accumulate(prices[place] for place in order)]  # what the first n, the dearest, come to
    if sums[-1] <= excess:
        return sorted(order)
    count = next(n for n, total in enumerate(sums) if total >= excess)
    # A way to choose is (how many are taken, what they come to), with their places as nested pairs. It is followed
    # only as long as the dearest of those that come later can still make up for what it lacks.
    ways = {(0, 0): ()}
    for index, place in enumerate(order, 1):
        going_on = {}
        for (taken, total), places in [*_taking(ways, count, prices[place], place), *ways.items()]:
            last = index + count - taken  # up to which of the later ones it could take
            if last < len(sums) and total + sums[last] - sums[index] >= excess:
                going_on[taken, total] = places
        ways = dict(sorted(going_on.items(), key=lambda way: way[0][1])[:MOST_WAYS])
    return sorted(_flat(min(ways.items(), key=lambda way: way[0][1])[1]))


def _taking(ways, count, price, place):
    """The ways that come of taking one more, where fewer than ``count`` are taken."""
    return [((taken + 1, total + price), (place, places)) for (taken, total), places in ways.items() if taken < count]


def _flat(pairs):
    places = []
    while pairs:
        place, pairs = pairs
        places.append(place)
    return places


class FilterModule:
    """The filter, by its name."""

    def filters(self):
        return {"stops_for_budget": stops_for_budget}

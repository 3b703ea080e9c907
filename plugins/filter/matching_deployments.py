# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: matching_deployments
short_description: Choose deployments by name, market, age and cost
version_added: 1.0.0
description:
  - Chooses those of a list of deployments that meet all criteria that are given, and sets aside those that are
    protected.
  - A deployment of which a criterion can't be judged does not meet it, such as one whose price is not known.
  - A deployment whose status this version of the collection does not know is never chosen, since no module can change
    it.
author:
  - Nosana Ansible contributors (@nosana-ci)
requirements:
  - python >= 3.11, on the controller
options:
  _input:
    description:
      - Deployments as M(nosana.cloud.nosana_deployment_info) returns them, with C(include=[cost]) if O(running_hours)
        or O(usd_per_hour) is given.
    type: list
    elements: dict
    required: true
  running:
    description:
      - Whether to choose only those that run, or may run without further action. Their status is STARTING, RUNNING,
        INSUFFICIENT_FUNDS or ERROR, or they have active jobs and are not STOPPING.
      - By default, that does not matter.
    type: bool
    default: false
  name_prefix:
    description:
      - The beginning of the name.
      - By default, the name does not matter.
    type: str
  markets:
    description:
      - The markets that it may be in, by their addresses, or by their O(slugs); a list, or comma-separated text. An
        empty list is no market at all.
      - By default, the market does not matter.
    type: list
    elements: str
  slugs:
    description:
      - A mapping from the addresses of markets to their slugs.
      - By default, O(markets) has only addresses.
    type: dict
    default: {}
  running_hours:
    description:
      - For how many hours it has been running at least, since its C(running_since).
      - By default, that does not matter.
    type: float
  unchanged_days:
    description:
      - For how many days at least nobody has changed, started or stopped it, by its C(updated_at). That jobs ended by
        themselves does not count.
      - By default, that does not matter.
    type: float
  usd_per_hour:
    description:
      - What it costs an hour at least, in US dollars.
      - By default, the cost does not matter.
    type: float
  protect:
    description:
      - Prefixes of names, a list or comma-separated text. Deployments whose names begin with one of them are never
        chosen.
      - By default, none is protected.
    type: list
    elements: str
  now:
    description:
      - The time from which ages count, in seconds since 1970.
      - By default, the time of this machine.
    type: float
notes:
  - Text counts for every type. Empty text counts as left out.
seealso:
  - module: nosana.cloud.nosana_deployment_info
  - plugin: nosana.cloud.stops_for_budget
    plugin_type: filter
"""

EXAMPLES = r"""
- name: List all deployments with their costs
  nosana.cloud.nosana_deployment_info:
    include:
      - cost
  register: found

- name: Show which of the test deployments have been running for a day or more
  ansible.builtin.debug:
    msg: "{{ chosen.matching | map(attribute='name') | list }}"
  vars:
    chosen: >-
      {{ found.deployments | nosana.cloud.matching_deployments(running=true, name_prefix='test-', running_hours=24,
      protect=['test-keep']) }}
"""

RETURN = r"""
_value:
  description:
    - C(matching) are the deployments that were chosen, in the order of the input.
    - C(as_items) are their ids as items for O(nosana.cloud.nosana_deployments#module:deployments).
    - C(protected) are those that meet the criteria and are protected.
    - C(unknown) are those that meet all criteria except for one that can't be judged, or whose status is not known to
      this version. They are not protected.
    - C(unknown_status) are those of them whose status is not known to this version.
  type: dict
  sample:
    matching: []
    as_items: []
    protected: []
    unknown: []
    unknown_status: []
"""

import functools
import time

from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.plugin_utils._options import REQUIRED, option_of

HOUR = 3600
DAY = 24 * HOUR


def matching_deployments(
    deployments,
    running=False,
    name_prefix=None,
    markets=None,
    slugs=None,
    running_hours=None,
    unchanged_days=None,
    usd_per_hour=None,
    protect=None,
    now=None,
):
    """See DOCUMENTATION."""
    option = functools.partial(option_of, "matching_deployments")
    deployments, protect = option("_input", deployments, "dicts", REQUIRED), option("protect", protect, "list", [])
    criteria = {
        "running": option("running", running, "bool", False),
        "name_prefix": option("name_prefix", name_prefix, "str", ""),
        "markets": option("markets", markets, "list"),
        "slugs": option("slugs", slugs, "dict", {}),
        "running_hours": option("running_hours", running_hours, "float"),
        "unchanged_days": option("unchanged_days", unchanged_days, "float"),
        "usd_per_hour": option("usd_per_hour", usd_per_hour, "float"),
        "now": option("now", now, "float", time.time()),
    }
    chosen = {"matching": [], "protected": [], "unknown": []}
    for one in deployments:
        answers = _answers(one, **criteria)
        if False not in answers:
            kind = "protected" if is_protected(one, protect) else "unknown" if None in answers else "matching"
            chosen[kind].append(one)
    chosen["as_items"] = [{"id": one["id"]} for one in chosen["matching"]]
    chosen["unknown_status"] = [one for one in chosen["unknown"] if not has_known_status(one)]
    return chosen


def _answers(deployment, running, name_prefix, markets, slugs, running_hours, unchanged_days, usd_per_hour, now):
    """Whether a deployment meets each of the criteria; None for what can't be judged."""
    market = deployment.get("market")
    return [
        has_known_status(deployment) or None,
        not running or is_running(deployment),
        _name(deployment).startswith(name_prefix),
        markets is None or not {market, slugs.get(market)}.isdisjoint(markets),
        _is_older(deployment.get("running_since"), running_hours, HOUR, now),
        _is_older(deployment.get("updated_at"), unchanged_days, DAY, now),
        _costs(deployment, usd_per_hour),
    ]


def has_known_status(deployment):
    """Whether this version knows the status of a deployment. Of others it can change nothing."""
    return deployment.get("status") in d.STATUSES


def is_running(deployment):
    """Whether a deployment runs, or may run without further action."""
    if deployment.get("status") in (*d.RUNNING_STATUSES, d.ERROR):
        return True
    return bool(deployment.get("active_jobs")) and deployment.get("status") != d.STOPPING


def is_protected(deployment, prefixes):
    """Whether the name of a deployment begins with one of the prefixes."""
    return _name(deployment).startswith(tuple(prefixes))


def _name(deployment):
    return str(deployment.get("name") or "")


def _is_older(when, least, unit, now):
    """Whether a time is at least so many units ago; None if it is not known."""
    if least is None:
        return True
    seconds = d.seconds_of(when)
    return None if seconds is None else now - seconds >= least * unit


def _costs(deployment, least):
    """Whether a deployment costs at least so much an hour; None if it is not known."""
    if least is None:
        return True
    hourly = (deployment.get("cost") or {}).get("usd_per_hour")
    return None if hourly is None else hourly >= least


class FilterModule:
    """The filter, by its name."""

    def filters(self):
        return {"matching_deployments": matching_deployments}

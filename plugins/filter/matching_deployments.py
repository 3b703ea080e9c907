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
      - How the name begins.
      - By default, the name does not matter.
    type: str
  markets:
    description:
      - The markets that it may be in, by their addresses, or by their O(slugs).
      - By default, the market does not matter.
    type: list
    elements: str
  slugs:
    description:
      - The slugs of markets, by their addresses.
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
      - For how many days it has not changed at least, since its C(updated_at).
      - By default, that does not matter.
    type: float
  usd_per_hour:
    description:
      - What it costs an hour at least, in US dollars.
      - By default, the cost does not matter.
    type: float
  protect:
    description:
      - How the names of deployments begin that are not chosen in any case.
      - By default, none is protected.
    type: list
    elements: str
  now:
    description:
      - The time from which ages count, in seconds since 1970.
      - By default, the time of this machine.
    type: float
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
    - C(unknown) are those that meet all criteria except for one that can't be judged, and are not protected.
  type: dict
  sample:
    matching: []
    as_items: []
    protected: []
    unknown: []
"""

import time

from ansible_collections.nosana.cloud.plugins.module_utils._definition.compare import plain
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

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
    now = time.time() if now is None else now
    slugs = plain(slugs or {})
    chosen = {"matching": [], "as_items": [], "protected": [], "unknown": []}
    for one in plain(deployments):
        answers = [
            not running or is_running(one),
            name_prefix is None or _name(one).startswith(name_prefix),
            markets is None or not {one.get("market"), slugs.get(one.get("market"))}.isdisjoint(plain(markets)),
            _is_older(one.get("running_since"), running_hours, HOUR, now),
            _is_older(one.get("updated_at"), unchanged_days, DAY, now),
            _costs(one, usd_per_hour),
        ]
        if False in answers:
            continue
        kind = "protected" if is_protected(one, protect) else "unknown" if None in answers else "matching"
        chosen[kind].append(one)
    chosen["as_items"] = [{"id": one["id"]} for one in chosen["matching"]]
    return chosen


def is_running(deployment):
    """Whether a deployment runs, or may run without further action."""
    if deployment.get("status") in (*d.RUNNING_STATUSES, d.ERROR):
        return True
    return bool(deployment.get("active_jobs")) and deployment.get("status") != d.STOPPING


def is_protected(deployment, prefixes):
    """Whether the name of a deployment begins with one of the prefixes."""
    return _name(deployment).startswith(tuple(map(str, prefixes or ())))


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

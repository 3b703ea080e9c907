# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of several markets (``markets``) a deployment is to be in. Pure."""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._offers import cost


def placed(desired, deployment):
    """The desired state with one of its markets as its market; ``deployment`` is as it is, None where there is none."""
    return dataclasses.replace(desired, fields=dict(desired.fields, market=_market(desired, deployment or {})))


def affordable(desired, deployment):
    """Those of the markets that ``max_usd_per_hour`` affords, in the task's order; all of them without a limit."""
    limit = desired.max_usd_per_hour
    if limit is None:
        return list(desired.markets)
    hourly = {market: _hourly(desired, deployment or {}, market) for market in desired.markets}
    return [market for market in desired.markets if hourly[market] is not None and hourly[market] <= limit]


def in_order(desired, deployment):
    """The markets that a task may use, in the order in which it tries them: the deployment's own comes first."""
    first = placed(desired, deployment).fields["market"]
    return [first, *(market for market in affordable(desired, deployment) if market != first)]


def _market(desired, deployment):
    """The deployment's own market, if it is one of them, and affordable or in use. Else the first affordable one.

    Where none is affordable, it is up to the cost guard whether the task may go on.
    """
    own, can_be = deployment.get("market"), affordable(desired, deployment)
    in_use = deployment.get("status") in (*d.RUNNING_STATUSES, d.STOPPING)
    if own in desired.markets and (own in can_be or in_use or not can_be):
        return own
    return (can_be or desired.markets)[0]


def _hourly(desired, deployment, market):
    replicas = desired.fields.get("replicas", deployment.get("replicas"))
    return cost.of_deployment({"replicas": replicas}, desired.prices.get(market))["usd_per_hour"]

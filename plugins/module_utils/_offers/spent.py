# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a deployment cost so far, since when it runs, and when it runs next, by its jobs. Pure.

It is an estimate: at today's price of each job's market, and from times that the server lists. What is not known makes
the whole amount unknown: one that is too low would be taken for all there is to pay.
"""

from __future__ import annotations

import dataclasses
import datetime

from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._model import times
from ansible_collections.nosana.cloud.plugins.module_utils._offers import cost

#: Seconds between two jobs of an INFINITE deployment that don't end its time: it replaces jobs, a revision does too.
LONGEST_PAUSE = 600.0
#: Seconds after its timeout in which a job that ended by it is still written down as changed.
LATE = 120.0
#: Runs of a schedule that are named.
NEXT_RUNS = 3


@dataclasses.dataclass(frozen=True)
class Span:
    """When a job ran, in Unix seconds. Both are the same where no host ever had it; None: not known."""

    market: str
    start: float | None
    end: float | None
    runs: bool = False

    @property
    def seconds(self):
        """How long it ran, None where that is not known."""
        return None if self.start is None or self.end is None else max(0.0, self.end - self.start)


def outlasted(job, timeout):
    """Whether a job that has ended seems to have run for longer than a timeout (seconds): it was given more time."""
    start, changed = (times.moment_of(job.get(key)) for key in ("time_start", "updated_at"))
    return not d.is_live(job) and None not in (start, changed, timeout) and changed - start > timeout + LATE


def span(job, timeout, market, now):
    """The Span of a job as it is listed.

    It ran until ``now`` or, if it has ended, until it was last changed, and no longer than its timeout (seconds; None:
    not known). ``market`` is the deployment's, for servers that don't list each job's.
    """
    state, start, market = d.job_state(job), times.moment_of(job.get("time_start")), str(job.get("market") or market)
    if state == "QUEUED" or (state == "STOPPED" and start is None and d.node_of(job) is None):
        return Span(market, now, now)
    if state == "RUNNING":
        return Span(market, start, now, runs=True)
    changed = times.moment_of(job.get("updated_at"))
    if state not in ("COMPLETED", "STOPPED") or None in (start, changed, timeout):
        return Span(market, start, None)
    return Span(market, start, min(changed, start + timeout))


def so_far(deployment, spans, prices, now):
    """``usd_so_far``, ``running_since`` and ``next_runs`` of a deployment, each None where it has none, or not known.

    ``spans`` are those of all of its jobs, ``prices`` what an hour of one costs by the address of a market.
    """
    return {
        "usd_so_far": _usd(spans, prices),
        "running_since": times.text_of(_running_since(deployment, spans)),
        "next_runs": _next_runs(deployment, now),
    }


def _usd(spans, prices):
    total = 0.0
    for one in spans:
        if one.seconds == 0:
            continue
        price = prices.get(one.market)
        if one.seconds is None or price is None:
            return None
        total += price * one.seconds / 3600
    return round(total, cost.PLACES)


def _running_since(deployment, spans):
    """When the first of the jobs that run began; of an INFINITE one, when the first of those began that they follow."""
    since = min((one.start for one in spans if one.runs and one.start is not None), default=None)
    if since is None or deployment.get("strategy") != d.INFINITE:
        return since
    ended = [one for one in spans if one.seconds and not one.runs]
    for one in sorted(ended, key=lambda one: one.end, reverse=True):
        if one.end + LONGEST_PAUSE < since:
            break
        since = min(since, one.start)
    return since


def _next_runs(deployment, now):
    if deployment.get("strategy") != d.SCHEDULED:
        return None
    from ansible_collections.nosana.cloud.plugins.module_utils._model import cron

    moment = datetime.datetime.fromtimestamp(now, datetime.timezone.utc)
    found = cron.next_times(deployment.get("schedule"), moment, NEXT_RUNS)
    return [times.text_of(one.timestamp()) for one in found] or None

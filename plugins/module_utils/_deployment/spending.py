# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judges what a plan would cost, between planning and applying: the same in check mode. Reads only."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import ApiError, TooExpensive
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import COMPLETED, RESTARTED, STOPPED
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import CREATE, START
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import long_timeout
from ansible_collections.nosana.cloud.plugins.module_utils._offers import cost


def judge(client, markets, desired, before, planned, alone=True):
    """``(cost, cost before, warnings)`` of a plan: what it costs while it runs, at today's prices; what may surprise.

    ``alone``: whether this plan alone is to be paid from the credits.

    Raises TooExpensive when it would cost more than ``max_usd_per_hour``, InvalidOptions when it moves to a market that
    does not exist.
    """
    deployment = planned.deployment
    if desired.ends or not deployment:
        return None, None, []
    market, spends = deployment.get("market"), spends_in_the_end(desired, before, planned)
    if alone and not planned.steps and desired.max_usd_per_hour is None and not markets.knows(market):
        unknown = cost.of_deployment(deployment, None)  # a price is not worth a request to a task that changes nothing
        return unknown, unknown, []
    hourly = markets.price(market, must_exist=_moves(planned, before))
    what, warnings = cost.of_deployment(deployment, hourly), []
    if desired.max_usd_per_hour is not None:
        runs = runs_in_the_end(desired, before, planned)
        warnings += _judge_limit(markets, desired, deployment, what, spends, runs)
    warnings += _long_timeout(before, planned, hourly)
    if alone and spends and hourly is not None:
        warnings += _credits(client, planned, before, hourly)
    return what, _cost_before(markets, before.deployment), warnings


def _cost_before(markets, deployment):
    return cost.of_deployment(deployment, markets.price(deployment.get("market"))) if deployment else None


def spends_in_the_end(desired, before, planned):
    """Whether a plan creates, starts, adds replicas, extends or moves what runs in the end."""
    # a new revision of what runs may be the restart that is asked for, without a step that starts
    more = spends_more(planned.steps, before.deployment) or desired.state == RESTARTED
    creates = any(step.kind == CREATE for step in planned.steps) and desired.state != STOPPED
    return more and (runs_in_the_end(desired, before, planned) or creates)


def runs_in_the_end(desired, before, planned):
    """Whether something runs after a plan. What is predicted of a batch run is how it ends: STOPPED."""
    if planned.deployment.get("status") in d.RUNNING_STATUSES:
        return True
    starts = any(step.kind == START and not step.old for step in planned.steps)
    is_on = (before.deployment or {}).get("status") in d.RUNNING_STATUSES
    return desired.state == COMPLETED and (starts or (is_on and planned.run is None))


def _judge_limit(markets, desired, deployment, what, spends, runs):
    """Warnings where nothing is spent in addition. Raises TooExpensive, with the cost in its result, else."""
    limit = desired.max_usd_per_hour
    if spends:
        try:
            cost.check_limit(limit, what, deployment.get("name"), markets.label(deployment.get("market")))
        except TooExpensive as problem:
            problem.result["cost"] = what
            if len(desired.markets) > 1 and _affords_none(desired, deployment):
                problem.add("None of its %d markets is within the limit." % len(desired.markets))
            raise
    elif runs and (what["usd_per_hour"] or 0) > limit:
        return [
            "%s costs %s an hour, more than max_usd_per_hour (%s). It is left running, since this task adds nothing: "
            "%s stops it."
            % (
                d.describe(deployment),
                cost.usd(what["usd_per_hour"]),
                cost.usd(limit),
                d.task(id=deployment.get("id"), state=STOPPED),
            )
        ]
    return []


def _affords_none(desired, deployment):
    from ansible_collections.nosana.cloud.plugins.module_utils._deployment.candidates import affordable

    return not affordable(desired, deployment)


def _long_timeout(before, planned, hourly):
    """A warning of a timeout of more than a day, where jobs are to run until then."""
    deployment, was = planned.deployment, (before.deployment or {}).get("timeout")
    timeout, kinds = cost.amount(deployment.get("timeout")), {step.kind for step in planned.steps if not step.old}
    extends = "update_timeout" in kinds and timeout is not None and timeout > (cost.amount(was) or 0)
    if deployment.get("strategy") not in (d.SIMPLE, d.SCHEDULED) or not (kinds & {CREATE, START} or extends):
        return []
    hours = long_timeout(int(timeout)) if timeout is not None else None
    if hours is None:
        return []
    until = cost.of_deployment(deployment, hourly)["usd_until_timeout"]
    text = "%s: a timeout of %s" % (deployment.get("name"), hours)
    return [text + ("." if until is None else "; until then its jobs cost %s." % cost.usd(until))]


def _moves(planned, before):
    """Whether the plan lists jobs in a market that the deployment was not in."""
    return before.deployment is None or planned.deployment.get("market") != before.deployment.get("market")


def _credits(client, planned, before, hourly):
    """A warning where the credits don't pay for the jobs that the plan lists at once."""
    warning = shortage(client, reserved(planned, before, hourly))
    return ["%s: %s" % (planned.deployment.get("name"), warning)] if warning else []


def reserved(planned, before, hourly):
    """The credits that the jobs which a plan lists at once reserve until their timeout, None where nobody knows."""
    jobs = new_jobs(planned.steps, before.deployment, planned.deployment)
    return cost.of_deployment(dict(planned.deployment, replicas=jobs), hourly)["usd_until_timeout"]


def shortage(client, needed):
    """What to say where the account's credits are less than what is needed, None where they are not, or unknown."""
    if not needed:
        return None
    try:
        available = cost.credits_of(client.call("get_credits"))["available"]
    except ApiError:  # a key may lack the scope; the server itself says so when credits lack
        return None
    return cost.shortage(needed, available)


def spends_more(steps, before):
    """Whether a plan's steps create, start, add replicas, extend or move; ``before`` is the deployment as it is."""
    return any(_step_spends(step, before or {}) for step in steps if not step.old)


def _step_spends(step, before):
    if step.kind in ("update_replicas", "update_timeout"):
        was = cost.amount(before.get("replicas" if step.kind == "update_replicas" else "timeout"))
        return was is None or step.value > was
    return step.kind in (CREATE, START, "update_market", "update_requirements")


def new_jobs(steps, before, after):
    """How many jobs the steps have listed at once; ``before`` and ``after`` are the deployment.

    None of a SCHEDULED one, which has no job until its time comes.
    """
    if after.get("strategy") == d.SCHEDULED:
        return 0
    if any(step.kind == START for step in steps if not step.old):
        return cost.amount(after.get("replicas")) or 0
    raised = [step.value for step in steps if step.kind == "update_replicas"]
    runs = bool(before) and before.get("status") in (d.STARTING, d.RUNNING)
    return max(0, raised[0] - (cost.amount(before.get("replicas")) or 0)) if raised and runs else 0

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task that fails says: what was done so far, who else had a hand in it, and what to do now."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    ApiError,
    Gone,
    Interrupted,
    InvalidOptions,
    NotFound,
    Refused,
    UnknownOutcome,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import RESTARTED, STARTED, STOPPED
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.outcome import jobs_of, progress_of, returned
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import CREATE
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._offers.cost import usd


def is_gone_as_wanted(problem, client, watch, desired):
    """Whether somebody else removed the deployment meanwhile, and the task wanted it to end.

    ``watch`` then holds what is left of it, also where the task wanted it to run.
    """
    if watch is None or not watch.deployment or not isinstance(problem, (Refused, Gone, InvalidOptions)):
        return False
    found = _removed(client, watch.id)
    if found is None:
        return False
    watch.deployment = found
    return desired.ends or desired.state == STOPPED


def _removed(client, deployment_id):
    """What is left of a deployment that somebody removed: {} of a deleted one; None of one that is there still."""
    try:
        deployment = client.call("get_deployment", id=deployment_id)
    except NotFound:
        return {}
    except ApiError:
        return None
    return deployment if isinstance(deployment, dict) and d.is_archived(deployment) else None


def completed(problem, client, desired, planned, applier, cost):
    """The problem to raise, with what was done so far and what to do now."""
    watch = applier.watch
    if isinstance(problem, KeyboardInterrupt):
        problem = Interrupted("interrupted. Run the task again: it goes on from what it finds.")
    elif _is_gone(problem, watch):
        problem = _says_gone(watch, desired)
    if watch and watch.deployment and "nosana_deployment: {" not in str(problem):
        _add_remedy(problem, watch, planned, applier.actions)
    _add_price(problem, watch, cost)
    problem.result.update(so_far(applier, planned, cost))
    if isinstance(problem, UnknownOutcome) or client.accepted:
        problem.result["changed"] = True
    if isinstance(problem, ApiError):
        problem.result["error"] = problem.as_dict()
    return problem


def _is_gone(problem, watch):
    if watch is None or not isinstance(problem, (Refused, Gone)):
        return False
    return not watch.deployment or watch.status == d.ARCHIVED


def _says_gone(watch, desired):
    how = "archived" if watch.deployment else "deleted"
    text = "somebody else %s the deployment while this task worked on it" % how
    remedy = "state: started makes" if desired.state == RESTARTED else "the task makes"
    if desired.id:
        return Gone("%s. Its id is of no use any more: give the name, and %s a new one." % (text, remedy))
    if desired.state == RESTARTED:
        return Gone("%s. There is nothing to restart any more; %s a new one." % (text, remedy))
    return Gone("%s. Run the task again: it makes a new one." % text)


def _add_remedy(problem, watch, planned, actions):
    who = d.describe(watch.deployment)
    if watch.status == d.DRAFT and CREATE in actions:
        problem.add(
            "%s was created and not started, which costs nothing: run the task again, or remove it: %s."
            % (who, d.task(id=watch.id, state="absent"))
        )
    elif planned.deployment.get("status") == d.RUNNING and watch.status in (d.STOPPED, d.STOPPING, d.ERROR):
        problem.add(
            "%s was %s when last seen, and is to run. This starts it: %s."
            % (who, watch.status, d.task(id=watch.id, state=STARTED))
        )


def _add_price(problem, watch, cost):
    """Says what a deployment that is left running costs. ``cost``: see ``cost.of_deployment``; None if not known."""
    hourly = cost and cost["usd_per_hour"]
    if hourly and watch and watch.deployment and watch.status in (d.RUNNING, d.STARTING):
        problem.add("While its jobs run, it costs %s an hour." % usd(hourly))


def so_far(applier, planned, cost):
    """What a failed task returns: what was done, and the deployment as last seen."""
    watch = applier.watch or applier.old
    return returned(
        applier.actions,
        deployment=d.complete(watch.deployment) if watch else None,
        jobs=jobs_of(watch),
        replaced_id=planned.replaced_id,
        cost=cost,
        progress=progress_of(watch),
    )

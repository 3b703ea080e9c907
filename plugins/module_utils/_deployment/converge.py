# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way of every change: desired and snapshot make a plan, check mode stops there, else it is applied."""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    ApiError,
    InvalidOptions,
    JobsLost,
    NosanaError,
)
from ansible_collections.nosana.cloud.plugins.module_utils._api.routes import OPERATIONS
from ansible_collections.nosana.cloud.plugins.module_utils._deployment import snapshot, spending
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.apply import Adopted, Applier
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.level import start_anew
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.quiet import quiesce
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import (
    COMPLETED,
    PRESENT,
    STARTED,
    STOPPED,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.plan import plan
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import CREATE, LEVEL, START, STOP_JOBS
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.wait import Watch
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._offers.markets import Markets

#: What a result leaves out of its jobs: long, and of no use to a task (nosana_job_info has it).
_DULL_IN_JOBS = ("tx", "deployment")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of it. ``before`` and ``after`` are the two sides of the diff."""

    before: dict
    after: dict
    actions: list
    deployment: dict
    warnings: list
    jobs: list | None = None
    replaced_id: str | None = None
    cost: dict | None = None
    progress: list | None = None

    def result(self):
        """The result of a task, without the diff."""
        return _told(
            self.actions,
            deployment=self.deployment,
            jobs=self.jobs,
            replaced_id=self.replaced_id,
            cost=self.cost,
            progress=self.progress,
        )


def _told(actions, **parts):
    """What a task returns, also one that fails: the parts that there are."""
    return dict({"changed": bool(actions), "actions": actions}, **{k: v for k, v in parts.items() if v is not None})


def converge(client, desired, check=False, wait=True, wait_for=None, for_diff=False):
    """Makes the deployment as desired, or (``check``) finds out what that would take.

    Raises NosanaError; its ``result`` then holds what was done and the deployment as last seen.
    """
    markets = Markets(client)
    desired = _with_address(desired, markets)
    before = snapshot.read(client, desired, for_diff)
    planned = plan(desired, before)
    if wait and not check and _may_be_about_to_change(client, desired, before, planned):
        Watch(client, before.deployment).settle()
        before = snapshot.read(client, desired, for_diff)
        planned = plan(desired, before)
    _require_support(client, planned)
    _require_sense(desired, before, wait_for)
    cost, warnings = spending.judge(client, markets, desired, before, planned)
    if check and planned.failure:
        raise _predicted_failure(planned, cost)
    if check:
        return _outcome(planned, planned.actions, planned.deployment, [*planned.warnings, *warnings], cost)
    applier = Applier(client)
    try:
        last = _apply(client, applier, desired, before, planned, wait)
        if last.run is not None:
            applier.watch.reports = last.run.reports()
        if last.failure:
            raise NosanaError(last.failure)
        if wait and last.run is None:
            _reach_goal(applier, desired, last, wait_for)
    except (NosanaError, KeyboardInterrupt) as problem:
        raise _with_result(problem, applier, planned, cost) from None
    except Exception as problem:  # a bug: what was done is told all the same
        problem.result = _so_far(applier, planned, cost)
        raise
    watch = applier.watch
    deployment = watch.deployment if watch else last.deployment
    warnings = [*last.warnings, *warnings, *applier.warnings]
    return _outcome(planned, applier.actions, deployment, warnings, cost, _jobs(watch), _progress(watch))


def _may_be_about_to_change(client, desired, before, planned):
    """Whether nothing is to be done now, but somebody changed the deployment a moment ago: what comes of it is not yet
    to be seen. On some servers a revision lets the status fall to STOPPED, or lists jobs on one that is STOPPED."""
    deployment = before.deployment
    if planned.steps or desired.state not in (PRESENT, STARTED) or deployment is None:
        return False
    return deployment.get("status") in (d.RUNNING, d.STOPPED) and Watch(client, deployment).is_fresh()


def _outcome(planned, actions, deployment, warnings, cost, jobs=None, progress=None):
    replaced = planned.replaced_id
    return Outcome(planned.before, planned.after, actions, deployment, warnings, jobs, replaced, cost, progress)


def _with_address(desired, markets):
    """The desired state with the market's address, where the task gives a slug or a name."""
    if "market" not in desired.fields:
        return desired
    address = markets.address_of(desired.fields["market"])
    return dataclasses.replace(desired, fields=dict(desired.fields, market=address))


def _predicted_failure(planned, cost):
    """The failure that the real run comes to as well, after whatever else it changes."""
    problem = NosanaError(planned.failure)
    problem.result.update(_told(planned.actions, deployment=planned.deployment, cost=cost))
    return problem


def _apply(client, applier, desired, before, planned, wait):
    """Carries out the plan; a deployment that turns out to exist already is read and planned again."""
    applier.look_at(before, planned.replaced_id)
    try:
        applier.run(_steps(planned, wait))
        return planned
    except Adopted:
        made = applier.watch.id
        again = desired if planned.replaced_id else dataclasses.replace(desired, id=made)
        before = snapshot.read(client, again)
        planned = plan(again, before)
        applier.look_at(before, planned.replaced_id)
        applier.run(_steps(planned, wait))
        return planned


def _jobs(watch):
    """The jobs that stand for the replicas, with their results where a run has ended; None where they were not read."""
    if watch is None or (watch.reports is None and watch.jobs is None):
        return None
    jobs = watch.current_jobs() if watch.reports is None else watch.reports
    return [{key: value for key, value in job.items() if key not in _DULL_IN_JOBS} for job in jobs]


def _progress(watch):
    """What a wait saw, None where there was nothing to wait for."""
    return watch.progress or None if watch else None


def _steps(planned, wait):
    """The plan's steps, without ``wait`` none of the waits that come after its last change."""
    steps = list(planned.steps)
    while steps and not wait and not steps[-1].changes and steps[-1].kind != LEVEL:
        steps.pop()
    return steps


def _reach_goal(applier, desired, planned, wait_for):
    watch = applier.watch
    starts = bool(planned.steps) and planned.steps[-1].kind == START
    if watch is None or not (desired.runs or starts or desired.state in (STOPPED, COMPLETED)):
        return
    if desired.state == COMPLETED:
        watch.until_completed()
    elif starts and not desired.runs:  # present gives no promise of its own: it only sees the start through
        watch.leave(d.STARTING)
    elif desired.runs:
        inherits = starts and applier.before.live_jobs and not planned.replaced_id
        _see_started(watch, wait_for or default_wait_for(watch.strategy), inherits)
    elif watch.status == d.STOPPING or (watch.status == d.STOPPED and watch.is_fresh() and not applier.actions):
        watch.leave(d.STOPPING)
        if quiesce(watch):
            applier.actions.append(STOP_JOBS)


def _see_started(watch, goal, inherits):
    """Waits until it has started. Jobs of a STOPPED one count for its start (``inherits``): such as end meanwhile, for
    a run that was killed had stopped them, are made up for."""
    try:
        watch.until_started(goal)
    except JobsLost:
        if not inherits:
            raise
        start_anew(watch)
        watch.until_started(goal)


def default_wait_for(strategy):
    """What "started" waits for when the task does not say: a SCHEDULED one has no jobs until its time comes."""
    return "status" if strategy == d.SCHEDULED else "jobs"


def _require_support(client, planned):
    """Refuses, before anything is changed, a plan with operations or fields that the server does not have."""
    for step in planned.steps:
        if step.kind == CREATE:
            _require_fields(client, step.value)
        optional = step.kind in OPERATIONS and OPERATIONS[step.kind].optional
        if optional and not client.supports(step.kind):
            raise InvalidOptions(
                "%s: the API at %s can't change it: %s is an operation that it does not offer (by its "
                "OpenAPI document). Leave it out, or ask for a newer server. Nothing was changed."
                % (_option_of(step.kind), client.base, step.kind)
            )


def _option_of(kind):
    """The option that asks for a step."""
    return next((field.name for field in d.FIELDS if field.update == kind), "active_revision")


def _require_fields(client, body):
    """A server ignores the fields that it does not know: the deployment would come out other than asked for."""
    for field in d.FIELDS:
        if field.newer and field.name in body and not client.takes(CREATE, field.name):
            raise InvalidOptions(
                "%s: the API at %s does not know it (by its OpenAPI document). Leave it out, or ask for a newer "
                "server. Nothing was changed." % (field.name, client.base)
            )


def _require_sense(desired, before, wait_for):
    strategy = (before.deployment or desired.fields).get("strategy")
    if wait_for in ("jobs", "endpoints") and strategy == d.SCHEDULED and desired.runs:
        raise InvalidOptions(
            "wait_for: a SCHEDULED deployment has no jobs until its time comes; use status, or leave wait_for out"
        )


def _with_result(problem, applier, planned, cost):
    if isinstance(problem, KeyboardInterrupt):
        problem = NosanaError("interrupted. Run the task again: it goes on from what it finds.")
    watch = applier.watch
    if watch and watch.status == d.DRAFT and CREATE in applier.actions and "{id: " not in str(problem):
        problem.add(
            "%s was created and not started, which costs nothing: run the task again, with state: started if it is to "
            "run, or remove it with {id: %s, state: absent}." % (d.describe(watch.deployment), watch.id)
        )
    elif watch and planned.deployment.get("status") == d.RUNNING and "{id: " not in str(problem):
        problem.add(
            "%s was %s when last seen, and is to run: {id: %s, state: started} sees to that."
            % (d.describe(watch.deployment), watch.status, watch.id)
        )
    problem.result.update(_so_far(applier, planned, cost))
    if isinstance(problem, ApiError):
        problem.result["error"] = problem.as_dict()
    return problem


def _so_far(applier, planned, cost):
    """What a failed task returns: what was done, and the deployment as last seen."""
    watch = applier.watch or applier.former
    return _told(
        applier.actions,
        deployment=watch.deployment if watch else None,
        jobs=_jobs(watch),
        replaced_id=planned.replaced_id,
        cost=cost,
        progress=_progress(watch),
    )

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way of every change: desired and snapshot make a plan, check mode stops there, else it is applied."""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils import plan as planning
from ansible_collections.nosana.cloud.plugins.module_utils import snapshot
from ansible_collections.nosana.cloud.plugins.module_utils.apply import Adopted, Applier
from ansible_collections.nosana.cloud.plugins.module_utils.desired import STARTED, STOPPED
from ansible_collections.nosana.cloud.plugins.module_utils.errors import ApiError, InvalidOptions, NosanaError
from ansible_collections.nosana.cloud.plugins.module_utils.routes import OPERATIONS


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of it. ``before`` and ``after`` are the two sides of the diff."""

    before: dict
    after: dict
    actions: list
    deployment: dict
    warnings: list
    jobs: list | None = None

    def result(self):
        """The result of a task, without the diff."""
        result = {"changed": bool(self.actions), "actions": self.actions, "deployment": self.deployment}
        if self.jobs is not None:
            result["jobs"] = self.jobs
        return result


def converge(client, desired, check=False, wait=True, wait_for=None, for_diff=False):
    """Makes the deployment as desired, or (``check``) finds out what that would take.

    Raises NosanaError; its ``result`` then holds what was done and the deployment as last seen.
    """
    before = snapshot.read(client, desired, for_diff)
    plan = planning.plan(desired, before)
    _require_support(client, plan)
    _require_sense(desired, before, wait_for)
    if check:
        return Outcome(plan.before, plan.after, plan.actions, plan.deployment, list(plan.warnings))
    applier = Applier(client, before)
    try:
        plan_applied = _apply(client, applier, desired, plan, wait)
        if wait:
            _reach_goal(applier, desired, wait_for)
    except (NosanaError, KeyboardInterrupt) as problem:
        raise _with_result(problem, applier) from None
    watch = applier.watch
    deployment = watch.deployment if watch else plan_applied.deployment
    warnings = list(plan_applied.warnings) + applier.warnings
    return Outcome(plan.before, plan.after, applier.actions, deployment, warnings, _jobs(watch))


def _apply(client, applier, desired, plan, wait):
    """Carries out the plan; a deployment that turns out to exist already is read and planned again."""
    try:
        applier.run(_steps(plan, wait))
        return plan
    except Adopted:
        desired = dataclasses.replace(desired, id=applier.watch.id)
        applier.before = snapshot.read(client, desired)
        again = planning.plan(desired, applier.before)
        applier.run(_steps(again, wait))
        return again


def _jobs(watch):
    """The jobs that stand for the replicas, None where they were not read."""
    return watch.current_jobs() if watch and watch.jobs is not None else None


def _steps(plan, wait):
    """The plan's steps, without ``wait`` none of the waits that come after its last change."""
    steps = list(plan.steps)
    while steps and not wait and not steps[-1].changes:
        steps.pop()
    return steps


def _reach_goal(applier, desired, wait_for):
    watch = applier.watch
    if watch is None or desired.state not in (STARTED, STOPPED):
        return
    if desired.state == STARTED:
        watch.until_started(wait_for or default_wait_for(watch.strategy))
    elif watch.status == d.STOPPING or (watch.status == d.STOPPED and watch.is_fresh() and not applier.actions):
        watch.leave(d.STOPPING)
        if applier.quiesce():
            applier.actions.append(planning.STOP_JOBS)


def default_wait_for(strategy):
    """What "started" waits for when the task does not say: a SCHEDULED one has no jobs until its time comes."""
    return "status" if strategy == d.SCHEDULED else "jobs"


def _require_support(client, plan):
    """Refuses, before anything is changed, a plan with operations that the server does not have."""
    for step in plan.steps:
        if step.changes and OPERATIONS[step.kind].optional and not client.supports(step.kind):
            raise InvalidOptions(
                "%s is not possible: the API at %s does not offer it (by its OpenAPI document). Nothing was changed."
                % (step.kind, client.base)
            )


def _require_sense(desired, before, wait_for):
    strategy = (before.deployment or desired.fields).get("strategy")
    if wait_for == "jobs" and strategy == d.SCHEDULED and desired.state == STARTED:
        raise InvalidOptions(
            "wait_for: a SCHEDULED deployment has no jobs until its time comes; use status, or leave wait_for out"
        )


def _with_result(problem, applier):
    if isinstance(problem, KeyboardInterrupt):
        problem = NosanaError("interrupted. Run the task again: it goes on from what it finds.")
    problem.result.update(changed=bool(applier.actions), actions=applier.actions)
    watch = applier.watch
    if watch:
        problem.result["deployment"] = watch.deployment
        if watch.jobs is not None:
            problem.result["jobs"] = _jobs(watch)
    if isinstance(problem, ApiError):
        problem.result["error"] = problem.as_dict()
    return problem

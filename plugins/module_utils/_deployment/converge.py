# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one path of every change: desired and snapshot make a plan, check mode stops there, else it is applied."""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    InvalidOptions,
    JobFailed,
    NosanaError,
    NoSuch,
    NotFound,
    Refused,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment import snapshot, spending
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.apply import Applier, PlanAgain
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import (
    COMPLETED,
    PRESENT,
    ROLL_BACK,
    STARTED,
    STOPPED,
    WORKING,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.outcome import (
    Outcome,
    jobs_of,
    progress_of,
    returned,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.change import surplus
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.plan import plan
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import CREATE, REVISIONS, START
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.support import require_sense, require_support
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.watch import Watch
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import nearest
from ansible_collections.nosana.cloud.plugins.module_utils._offers.markets import Markets

#: How often a plan is made anew because the deployment is not as it assumes.
MOST_PLANS = 5


def converge(client, desired, check=False, wait=True, wait_for=None, for_diff=False):
    """Makes the deployment as desired, or (``check``) finds out what that would take.

    Raises NosanaError; its ``result`` then holds what was done and the deployment as last seen.
    """
    convergence = Convergence(client, desired, Markets(client), wait, wait_for, for_diff)
    convergence.prepare()
    return convergence.predicted() if check else convergence.carry_out()


class Convergence:
    """One deployment's way from desired to outcome, and what it remembers on it.

    First ``prepare``, which only reads; then ``predicted``, as in check mode, or ``carry_out``. ``alone``: whether its
    costs are the task's, or only a part of them, which are judged together.
    """

    def __init__(self, client, desired, markets, wait=True, wait_for=None, for_diff=False, alone=True):
        self.client = client
        self.markets = markets
        self.desired = self._with_address(desired)
        self.wait = wait
        self.wait_for = wait_for
        self.for_diff = for_diff
        self.alone = alone
        self.first_seen = {}  # see runs.with_results
        self.applier = Applier(client)
        self.before = self.planned = None  # the snapshot, and the plan that it leads to
        self.cost = self.cost_before = self.moves = self.may_cost = None
        self.warnings = []

    def _with_address(self, desired):
        """The desired state with the market's address, where the task gives a slug or a name."""
        if desired.markets:
            from ansible_collections.nosana.cloud.plugins.module_utils._deployment import moves

            return moves.with_addresses(self.markets, desired)
        if "market" not in desired.fields:
            return desired
        address = self.markets.address_of(desired.fields["market"])
        return dataclasses.replace(desired, fields=dict(desired.fields, market=address))

    def prepare(self, account=None):
        """Reads, plans, and judges the plan: all that comes before the first change.

        ``account``: where to find deployments, by default the server. Raises NosanaError for what can't be done.
        """
        self.before, self.planned = self._read_and_plan(account)
        require_support(self.client, self.planned, self.desired)
        require_sense(self.desired, self.before, self.wait_for)
        told = self._prepare_moves(self.before, self.planned)
        self.cost, self.cost_before, warnings = spending.judge(
            self.client, self.markets, self.desired, self.before, self.planned, self.alone
        )
        self.warnings = [*told, *warnings]

    def prepare_again(self):
        """Prepares anew, some time later; returns the outcome if somebody else did meanwhile what the task wanted."""
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment import failing

        planned = self.planned
        try:
            self.prepare()
        except InvalidOptions as problem:  # it is not there any more, or ARCHIVED
            self.applier.look_at(self.before, None)
            if not failing.is_gone_as_wanted(problem, self.client, self.applier.watch, self.desired):
                raise
            return self._outcome(planned, [], self.applier.watch.deployment, [])
        return None

    def predicted(self):
        """The outcome as it would be. Raises JobFailed where a run that is not repeated has failed."""
        planned = self.planned
        if planned.run is not None:  # what the run came to is known in check mode, too
            self.applier.look_at(self.before, None)
            self.applier.watch.reports = planned.run.reports()
        if planned.failure:
            problem = JobFailed(planned.failure)
            told = {"deployment": planned.deployment, "jobs": jobs_of(self.applier.watch), "cost": self.cost}
            problem.result.update(returned(planned.actions, **told))
            raise problem
        return self._outcome(planned, planned.actions, planned.deployment, [*planned.warnings, *self.warnings])

    def carry_out(self):
        """Carries out the plan, waits, and returns the outcome. Raises NosanaError, with what was done so far."""
        if self.wait:
            try:
                waited = self._wait_before_planning(self.before, self.planned)
            except (NosanaError, KeyboardInterrupt) as problem:
                return self._ended_early(problem, self.planned, [])
            if waited:
                self.prepare()
        return self._apply(self.before, self.planned, self.warnings)

    def limit_moves(self, may_cost):
        """Lets ``may_cost(cost)`` judge each move: it raises TooExpensive."""
        self.may_cost = may_cost
        if self.moves is not None:
            self.moves.may_cost = may_cost

    def _prepare_moves(self, before, planned):
        """Makes ready for moves where the task may need them; returns warnings."""
        if not self.desired.markets:
            return []
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment import moves

        if not moves.may_be_needed(self.desired, before, self.wait, self.wait_for):
            return []
        self.moves = moves.Moves(self.client, self.desired, before, self.may_cost)
        return self.moves.prepare(self.markets, planned)

    # --- reading and planning ---

    def _read_and_plan(self, account):
        before = self._read(account)
        try:
            return before, plan(self.desired, before)
        except NoSuch as problem:
            self._name_the_nearest(problem, before)
            raise

    def _read(self, account):
        try:
            return snapshot.read(self.client, self.desired, self.for_diff, self.first_seen, account)
        except Refused as problem:
            if not isinstance(problem, NotFound) and problem.status != 500:
                raise
            # somebody removed it between two of these reads: then the first of them says so now
            return snapshot.read(self.client, self.desired, self.for_diff, self.first_seen)

    def _name_the_nearest(self, problem, before):
        if self.desired.name and not before.archived:
            listed = self.client.pages("list_deployments", "deployments")
            names = {one["name"] for one in listed if isinstance(one.get("name"), str) and not d.is_archived(one)}
            near = nearest(self.desired.name, names)
            if near:
                problem.add("The nearest names: %s." % near)

    def _wait_before_planning(self, before, planned):
        """Waits where what somebody else began decides what is to be done; returns whether it did. Reads only."""
        deployment, state, run = before.deployment, self.desired.state, before.run
        if deployment is None or planned.steps:
            return False
        self.applier.look_at(before, None)
        watch = self.applier.watch
        if state == STOPPED and watch.status == d.STOPPING:
            watch.wait_for_status_change(d.STOPPING)
            watch.wait_until_surely_idle()
            return True
        if state in (STARTED, STOPPED) and watch.status in (d.RUNNING, d.STOPPED) and watch.is_fresh():
            # a revision may let the status fall to STOPPED, or list jobs on one that is STOPPED
            watch.wait_until_idle()
            return True
        if state == COMPLETED and run is not None and run.has_ended and run.is_under_way:
            self._goal(watch).wait_for_results(run)
            return True
        return False

    # --- applying ---

    def _apply(self, before, planned, warnings):
        applier = self.applier
        try:
            last = self._apply_plans(before, planned)
            watch = applier.watch
            if last.run is not None:
                watch.reports = last.run.reports()
            if last.failure:
                raise JobFailed(last.failure)
            if self.wait and last.run is None:
                self._reach_goal(last)
        except (NosanaError, KeyboardInterrupt) as problem:
            return self._ended_early(problem, planned, warnings, before)
        except Exception as problem:  # a bug: what was done is reported all the same
            from ansible_collections.nosana.cloud.plugins.module_utils._deployment import failing

            problem.result = failing.so_far(applier, planned, self.cost)
            raise
        deployment = watch.deployment if watch else last.deployment
        found = dict.fromkeys([*last.warnings, *warnings, *applier.warnings, *self._surplus()])
        return self._outcome(planned, applier.actions, deployment, list(found), last)

    def _apply_plans(self, before, planned):
        """Carries out the plan, and another one where the deployment turns out to be other than it assumes."""
        desired = self.desired
        for _plan in range(MOST_PLANS):
            self.applier.look_at(before, planned.replaced_id)
            try:
                self.applier.run(self._steps(planned))
                return planned
            except PlanAgain:
                made = self.applier.watch.id
                desired = desired if planned.replaced_id else dataclasses.replace(desired, id=made)
                before = snapshot.read(self.client, desired, first_seen=self.first_seen)
                planned = plan(desired, before)
        raise NosanaError("the deployment changes faster than it can be planned for; run the task again", "gone")

    def _steps(self, planned):
        """The plan's steps, without ``wait`` none of the waits that come after its last change."""
        steps = list(planned.steps)
        while steps and not self.wait and not steps[-1].changes:
            steps.pop()
        return steps

    def _reach_goal(self, planned):
        watch, desired = self.applier.watch, self.desired
        if watch is None or not watch.deployment:
            return
        starts = bool(planned.steps) and planned.steps[-1].kind == START
        revises = bool(set(REVISIONS) & set(self.applier.actions))
        every_job = revises and desired.on_failure == ROLL_BACK
        goal = self._goal(watch, every_job, watch.remembers or CREATE in self.applier.actions)
        if desired.state == COMPLETED:
            self._wait(goal, goal.wait_until_completed)
        elif desired.runs:
            wait_for = self._what_to_wait_for(watch)
            # a listing may tell less of endpoints than the deployment itself; that of many may be some time ago
            just_read = self.alone and not planned.steps and wait_for in ("jobs", "status")
            self._wait(goal, lambda: goal.wait_until_started(wait_for, just_read))
        elif starts:  # present gives no promise of its own: it only waits for the end of the start
            watch.wait_for_status_change(d.STARTING)

    def _goal(self, watch, every_job=False, knows_earlier=True):
        if self.desired.state == COMPLETED:
            from ansible_collections.nosana.cloud.plugins.module_utils._deployment.run_goal import RunGoal as Goal
        else:
            from ansible_collections.nosana.cloud.plugins.module_utils._deployment.goal import Goal
        return Goal(watch, self.first_seen, self.moves and self.moves.claims, every_job, knows_earlier)

    def _what_to_wait_for(self, watch):
        return self.wait_for or default_wait_for(watch.strategy, self.desired.on_failure)

    def _wait(self, goal, wait):
        """Waits for the goal, with moves from market to market where the task may need them."""
        if self.moves is None:
            return wait()
        try:
            return self.moves.reach(self.applier, goal, wait)
        finally:
            self.cost = self.moves.cost or self.cost

    def _surplus(self):
        """Warnings of more jobs than replicas that the final wait saw."""
        watch = self.applier.watch
        if watch is None or watch.jobs is None or watch.status != d.RUNNING or not self.desired.runs:
            return []
        return surplus(watch.deployment, [job for job in watch.jobs if d.is_live(job)])

    def _ended_early(self, problem, planned, warnings, before=None):
        """The outcome where somebody else did meanwhile what the task wanted. Raises NosanaError for all else, where
        the task asks for it after going back to the revision of ``before`` (a Snapshot)."""
        from ansible_collections.nosana.cloud.plugins.module_utils._deployment import failing

        applier = self.applier
        if failing.is_gone_as_wanted(problem, self.client, applier.watch, self.desired):
            found = self._outcome(planned, applier.actions, applier.watch.deployment, warnings)
            return dataclasses.replace(found, may_have_changed=bool(self.client.accepted or self.client.unknown))
        failure = failing.completed(problem, self.client, self.desired, planned, applier, self.cost)
        if before is not None and self.desired.runs and self.desired.on_failure == ROLL_BACK:
            from ansible_collections.nosana.cloud.plugins.module_utils._deployment import roll_back

            failure = roll_back.after(failure, before.deployment, applier.watch, self._go_back)
        raise failure from None

    def _go_back(self, desired):
        """The Outcome of a task that goes back to a revision, with all of the time again and the same wait."""
        wait_for = self._what_to_wait_for(self.applier.watch)
        back = Convergence(self.client.with_time_anew(), desired, self.markets, True, wait_for, alone=self.alone)
        back.prepare()
        return back.carry_out()

    # --- what came of it ---

    def _outcome(self, planned, actions, deployment, warnings, last=None):
        last, watch = last or planned, self.applier.watch
        before = planned.before
        if last is not planned and CREATE not in planned.actions:  # what the second plan found is part of the change
            before = dict(last.before, **planned.before)
        after = last.after
        if self.moves is not None and self.moves.cost is not None:  # a move is part of the change
            after = dict(after, market=deployment.get("market"))
        return Outcome(
            *self._with_cost(before, after),
            actions,
            d.complete(deployment),
            warnings,
            jobs_of(watch),
            planned.replaced_id,
            self.cost,
            progress_of(watch),
        )

    def _with_cost(self, before, after):
        """The two sides of the diff, with the cost where the task changes it, by replicas, timeout or market."""
        if not after or self.cost is None or self.cost["usd_per_hour"] is None or self.cost == self.cost_before:
            return before, after
        return dict(before, cost=self.cost_before) if before else before, dict(after, cost=self.cost)


def is_reached(convergence):
    """Whether nothing is to be done, and the deployment as it was read shows all that would be waited for.

    As many jobs run as asked for, of one that was not changed a moment ago: its own jobs need not be read.
    """
    planned, desired, deployment = convergence.planned, convergence.desired, convergence.before.deployment
    if planned.steps or planned.failure or planned.run is not None:
        return False
    if not deployment or not convergence.wait or desired.state == PRESENT or desired.ends:
        return True
    if desired.state != STARTED or deployment.get("status") != d.RUNNING:
        return False
    if Watch(convergence.client, deployment).unsettled:
        return False
    wait_for = convergence.wait_for or default_wait_for(deployment.get("strategy"), desired.on_failure)
    enough = deployment.get("active_jobs") == deployment.get("replicas")
    return wait_for == "status" or (wait_for == "jobs" and enough)


def default_wait_for(strategy, on_failure):
    """What "started" waits for when the task does not say: a SCHEDULED one has no jobs until its time comes."""
    if strategy == d.SCHEDULED:
        return "status"
    return WORKING if on_failure == ROLL_BACK else "jobs"

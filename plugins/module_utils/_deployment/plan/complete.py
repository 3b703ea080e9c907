# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans batch work that is to have run to its end (state: completed). Pure.

A revision that has run with success is done. Else a run that is under way is waited for, and a new one is begun where
there is none, or where the last one failed and the task says that it shall be run again.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import ALWAYS, NEVER, only_ending
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.change import Change
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import (
    QUIESCE,
    REVISIONS,
    START,
    STOP_JOBS,
    Step,
)
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import runs
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

#: The status in a diff that a run leads to.
_AFTER_A_RUN = "STOPPED (after a run)"


class Completion(Change):
    """Plans state: completed for a deployment that is there."""

    def plan(self):
        planned = super().plan()
        if not self.begins:
            ended = self.snapshot.run if self.last_run in (runs.SUCCEEDED, runs.FAILED) else None
            after = planned.after
            if "status" in after and self._awaited():  # the run under way is stopped and started for another change
                after = dict(after, status=_AFTER_A_RUN)
            return dataclasses.replace(planned, after=after, run=ended, failure=self._failure())
        # jobs that the server lists for a new revision are the run already, and START only lists what is missing
        steps = tuple(dataclasses.replace(step, begins=step.kind in (START, *REVISIONS)) for step in planned.steps)
        return dataclasses.replace(
            planned,
            steps=steps,
            before=dict(planned.before, status=self.deployment.get("status"), last_run=self.last_run),
            after=dict(planned.after, status=_AFTER_A_RUN, last_run="begun anew"),
            deployment=dict(planned.deployment, status=d.STOPPED),  # as its last job leaves it
        )

    def _awaited(self):
        under_way = self.last_run == runs.UNDER_WAY and self.status in (d.STARTING, d.RUNNING)
        return d.STOPPED if under_way else None  # as its last job leaves it

    @property
    def last_run(self):
        """What became of the last run of the revision that is asked for."""
        if self.snapshot.run is None:  # a new revision
            return runs.NONE
        status = self.deployment.get("status")
        # a LIST of one that does not run may come to nothing; START is left out when it does come to something
        listing = self.snapshot.listing and status not in (d.STOPPED, d.ERROR)
        under_way = status in (d.STARTING, d.INSUFFICIENT_FUNDS) or listing
        return runs.UNDER_WAY if under_way else self.snapshot.run.state

    @property
    def begins(self):
        """Whether a new run has to begin."""
        state, rerun = self.last_run, self.desired.rerun
        if self._is_failed():
            return rerun != NEVER
        return state == runs.NONE or (state == runs.SUCCEEDED and rerun == ALWAYS)

    def _is_failed(self):
        """Whether the last run failed, or is on and won't end well: somebody stops it, or the server gave it up."""
        ending = self.deployment.get("status") in (d.STOPPING, d.ERROR)
        return self.last_run == runs.FAILED or (ending and self.last_run == runs.UNDER_WAY)

    def _failure(self):
        if not self._is_failed():
            return None
        reason = "it is %s" % self.deployment.get("status")
        if self.last_run == runs.FAILED:
            reason = self.snapshot.run.blame_counted()
        return "%s: its last run failed, and is not run again: %s. rerun: on_failure runs it again." % (
            d.describe(self.deployment),
            reason.rstrip("."),
        )

    def _refuse(self, updates, revision):
        super()._refuse(updates, revision)
        replicas = self.desired.fields.get("replicas", self.deployment.get("replicas"))
        if self.strategy not in d.ENDING_STRATEGIES:
            raise InvalidOptions(only_ending(self.strategy))
        if not replicas:
            raise InvalidOptions("state: completed needs replicas of 1 or more; %s has 0" % d.describe(self.deployment))

    def _prepare(self, changes, updates):
        if self.status == d.STARTING and changes:
            self._leave(d.STARTING, d.RUNNING)
        if self.status == d.STOPPING and (changes or self.begins):
            self._leave(d.STOPPING, d.STOPPED)
        if self.begins and self._has_to_stop():
            self._stop()
        elif self.begins and self._was_stopped() and (self.snapshot.live_jobs or self._has_waiting_lists()):
            self._add(Step(STOP_JOBS))
            self._add(Step(QUIESCE))
        elif self._goes_around_a_listing(updates):
            self._stop()
            return True
        return False

    def _has_waiting_lists(self):
        """Whether a listing waits for a later time, which a start would double."""
        return any(not task.get("due") for task in self.snapshot.lists)

    def _has_to_stop(self):
        """Whether what is on has to end before a run begins; a new revision on a RUNNING one ends it by itself."""
        if self.status == d.ERROR:
            return bool(self.snapshot.live_jobs)
        return self.status == d.INSUFFICIENT_FUNDS or (self.status == d.RUNNING and not self._revision())

    def _finish(self, restart):
        if restart or self.begins:
            self._add(Step(START))
            self.status = d.RUNNING

    def _jobs_after(self, kinds):
        return None

    def _warn(self, revises):
        """Nothing to warn of: a run is what was asked for."""

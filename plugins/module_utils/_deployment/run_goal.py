# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits for the end of a batch run, and for the results of its jobs."""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import JobFailed, JobsLost
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.goal import Goal
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import runs
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


class RunGoal(Goal):
    """Waits for what ``completed`` means."""

    def wait_until_completed(self):
        """Waits until the run of the active revision has ended with success, and its results are posted.

        ``watch.reports`` then holds its jobs with their results. Raises NosanaError for a run that failed or can't come
        about, TimedOut at the deadline.
        """
        watch, run = self.watch, runs.Run((), int(self.watch.replicas))
        for _look in self._looks("not completed within %d s (wait_timeout)"):
            watch.read()
            self._refuse_hopeless("it can't run now")
            if self._has_reason_to_look():
                run = self._look_at_run(run)
                if run.state == runs.SUCCEEDED:
                    return
            self._refuse_unclaimed()

    def wait_for_results(self, run):
        """Waits until it is known what became of a run whose jobs have ended. Raises TimedOut, naming ``rerun``."""
        for _look in self._looks("no result of every job within %d s (wait_timeout)"):
            run = self._with_results(run)
            if not run.is_under_way:
                return

    def _look_at_run(self, run):
        """The run as it is now. Raises where it failed, or can't come about."""
        watch = self.watch
        watch.read_jobs()
        run = dataclasses.replace(run, jobs=tuple(watch.current_jobs()))
        if len(run.jobs) < run.replicas:
            if watch.status == d.STOPPED and not any(d.is_live(job) for job in run.jobs) and not watch.is_busy():
                raise JobsLost(self._failure("it stopped by itself, or was stopped by somebody else"))
            self._look_for_hosts()
        elif not any(d.is_live(job) for job in run.jobs):
            if self._is_yet_to_come():
                return runs.Run((), run.replicas)
            watch.read_jobs()  # what was listed in between
            run = self._with_results(dataclasses.replace(run, jobs=tuple(watch.current_jobs())))
            if run.state == runs.FAILED:
                text = "%s: the run failed: %s" % (self._who(), run.failure_reason_counted().rstrip("."))
                raise JobFailed("%s. rerun: on_failure runs it again." % text)
        return run

    def _is_yet_to_come(self):
        """Whether the server has jobs to list: then those that have ended are of an earlier run, or not all of this."""
        watch = self.watch
        if watch.status not in (d.STARTING, d.RUNNING):
            return False
        lists = [task for task in watch.tasks() if task.get("task") == "LIST"]
        if any(not task["due"] for task in lists):
            self._note_hosts()
        return bool(lists) or watch.status == d.STARTING

    def _with_results(self, run):
        watch = self.watch
        run = runs.with_results(watch.client.patient(), watch.deployment, run, self._first_seen)
        watch.reports = run.reports()
        self.seen.without_result = [str(job.get("job")) for job in run.to_be_read]
        return run

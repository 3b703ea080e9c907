# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at one deployment, and waits until its server has nothing due, a status is over, or jobs have ended.

Everything here reads only. All waits of a task share its one deadline, and outlive an outage of the API until then.
"""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api import again, reads, shapes
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

#: Seconds that two looks without anything due have to be apart: the server makes its tasks a moment after its answer.
IDLE_AFTER = 2.0
#: The same where a listing is expected that may come late: some servers see their own changes seconds later.
IDLE_AFTER_A_LISTING = 6.0
#: Seconds after which a listing that is expected of the server no longer holds up the next change.
LISTING_COMES_WITHIN = 30.0
#: Seconds after a change in which the server may still be about to make tasks for it.
FRESH = 5.0


class Watch:
    """Looks at one deployment. ``deployment`` is as last seen, ``jobs`` the newest ones where they were read."""

    def __init__(self, client, deployment):
        self.client = client
        self.deployment = deployment
        self.jobs = None
        self.ended = frozenset()  # jobs that had ended before the task began to change anything
        self.remembers = False  # whether these were read
        self.unsettled = self.is_fresh()  # whether the server may be about to do something for a change
        self.reports = None  # the jobs of a run with their results, once it has ended
        self.progress = []  # what the wait for the goal saw, a line each time that it changed
        self._reader = client.patient()

    @property
    def id(self):
        return self.deployment["id"]

    @property
    def status(self):
        return self.deployment.get("status")

    @property
    def strategy(self):
        return self.deployment.get("strategy")

    @property
    def replicas(self):
        """The number of jobs that are to run. A number of any other kind counts as 0."""
        replicas = self.deployment.get("replicas")
        return replicas if isinstance(replicas, (int, float)) else 0

    def read(self):
        """Reads the deployment anew. Raises NotFound when somebody has deleted it."""
        if self.client.shared is not None:
            self.deployment = self.client.shared.read(self._reader, self.id)
            return self.deployment
        return self.read_alone()

    def read_alone(self):
        """Reads the deployment by itself, also where looks at the account are shared."""
        self.deployment = shapes.deployment(self._reader.call("get_deployment", id=self.id), self.id)
        return self.deployment

    def note(self, answer):
        """Takes over what the answer to a change says of the deployment."""
        told = shapes.told_of_deployment(answer)
        known = {key: told[key] for key in self.deployment if key != "id" and told.get(key) is not None}
        self.deployment = dict(self.deployment, **known)

    def read_jobs(self):
        """Reads the newest jobs: enough of them to judge what is to run now."""
        self.jobs = reads.newest_jobs(self._reader, self.id, 2 * int(self.replicas))
        return self.jobs

    def live_jobs(self):
        return reads.live_jobs(self._reader, self.id)

    def tasks(self):
        return reads.tasks_of(self._reader, self.id)

    def events(self, count):
        """At least so many of the newest events (fewer when there are no more), newest first."""
        return self._reader.pages("list_events", "events", at_least=count, id=self.id)[:count]

    def revisions(self):
        return reads.revisions_of(self._reader, self.id)

    def remember_ended(self):
        """Notes which jobs have ended by now, so that they are not taken for what is started next."""
        self.ended = frozenset(job.get("job") for job in self.read_jobs() if not d.is_live(job))
        self.remembers = True

    def is_current(self, job):
        return d.is_current(job, self.deployment)

    def new_jobs(self):
        """The newest jobs of the active revision and the present market; none long ended."""
        return [job for job in self.jobs or () if self.is_current(job) and job.get("job") not in self.ended]

    def current_jobs(self):
        """The jobs that ``replicas`` stands for now: current ones that run, then the newest; none long ended."""
        jobs = self.new_jobs()
        jobs.sort(key=lambda job: job.get("state") != "RUNNING")
        return jobs[: int(self.replicas)]

    def is_fresh(self):
        """Whether the deployment was changed a moment ago, so that tasks may still be about to appear."""
        changed = d.seconds_of(self.deployment.get("updated_at"))
        return changed is not None and self.client.server_time() - changed < FRESH

    def looks(self, waiting_for):
        """Yields for each look. Raises TimedOut, saying what was waited for, at the deadline."""
        return again.looks(self._reader, waiting_for, self._timed_out)

    def _timed_out(self, sentence):
        who = d.describe(self.deployment)
        return "%s: %s; its status is %s. Run the task again to go on." % (who, sentence, self.status)

    # --- waits ---

    def wait_until_idle(self, idle_after=IDLE_AFTER):
        """Waits until the server has nothing due: on two looks, if something was just changed.

        While it runs, a change is over only when its jobs, or a LIST that waits for them, were seen: the server may see
        its own changes late. Returns the tasks that are left for later.
        """
        began, idle_since = self.client.clock.now(), None
        for _look in self.looks("its server to do what is due"):
            tasks, now = self.tasks(), self.client.clock.now()
            if any(task["due"] for task in tasks):
                idle_since = None
            elif not self.unsettled:
                return tasks
            elif idle_since is None:
                idle_since = now
            elif now - idle_since >= idle_after and (now - began >= LISTING_COMES_WITHIN or self._has_listed(tasks)):
                self.unsettled = False
                return tasks
        raise AssertionError("looking never ends by itself")

    def _has_listed(self, tasks):
        """Whether nothing more is expected of a deployment that runs: its jobs are there, or a LIST waits for them."""
        if self.status != d.RUNNING or not self.replicas or any(task.get("task") == "LIST" for task in tasks):
            return True
        self.read()
        self.read_jobs()
        return self.status != d.RUNNING or len(self.current_jobs()) >= self.replicas

    def wait_until_surely_idle(self, idle_after=IDLE_AFTER):
        """Waits until idle on two looks, as after a change."""
        self.unsettled = True
        return self.wait_until_idle(idle_after)

    def wait_for_status_change(self, status):
        """Waits until the status is no longer the given one, which does not last (STARTING, STOPPING)."""
        if self.status != status and self.read().get("status") != status:
            return
        for _look in again.looks(self._reader, "it to leave %s" % status, self._stuck):
            if self.read().get("status") != status:
                return

    def _stuck(self, sentence):
        return "%s: %s. %s" % (d.describe(self.deployment), sentence, self.cost_of_status())

    def cost_of_status(self):
        """What to say of a status that does not end: whether anything costs, and a way out where there is one."""
        live = self.live_jobs()
        if not live:
            return (
                "No job of it is live, so that nothing costs. Only its server can end the status %s: ask the operators "
                "of the API, if it lasts." % self.status
            )
        names = ", ".join(str(job.get("job")) for job in live)
        return (
            "Jobs of it are live and cost credits: %s. This ends the first: nosana_job: {job: %s, state: stopped}. "
            "Only its server can end the status %s: run the task again, or ask the operators of the API."
            % (names, live[0].get("job"), self.status)
        )

    def wait_until_ended(self, jobs, what):
        """Waits until none of the jobs (addresses) is live; ``what`` says which these are."""
        for _look in self.looks("%s to end" % what):
            if not any(job.get("job") in jobs for job in self.live_jobs()):
                return

    def wait_for_at_most(self, count):
        """Waits until no more than so many jobs are live."""
        for _look in self.looks("its surplus jobs to end"):
            if len(self.live_jobs()) <= count:
                return

    def is_busy(self):
        """Whether the server has anything to do now."""
        return any(task["due"] for task in self.tasks())

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a deployment: until the server has nothing due, until a status is over, until the goal is reached.

Everything here reads only. All waits of a task share its one deadline, and fail at once on a status that can't
lead to what is waited for.
"""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._api import reads, shapes
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import JobsLost, NosanaError, TimedOut
from ansible_collections.nosana.cloud.plugins.module_utils._api.stream import News
from ansible_collections.nosana.cloud.plugins.module_utils._deployment import readiness
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import runs
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import printable

#: Seconds between two looks; the vendor asks for no more than one every few seconds. Long waits look less often.
PACE, LONGEST_PACE = 2.0, 10.0
#: Seconds that two looks without anything due have to be apart: the server makes its tasks a moment after its answer.
SETTLED_AFTER = 2.0
#: Seconds after a change in which the server may still be about to make tasks for it.
FRESH = 5.0
#: Lines of progress that a result has at most.
MOST_LINES = 50
#: Events that a failure quotes.
QUOTED_EVENTS = 3


#: Statuses in which waiting for a start is in vain, and what to do about them.
_HOPELESS = {
    d.INSUFFICIENT_FUNDS: "It goes on by itself once the account has credits; state: restarted tries again at once, "
    "and {id: %s, state: stopped} gives up.",
    d.ERROR: "Mend what the events say, then state: restarted tries again; {id: %s, state: stopped} ends what still "
    "runs.",
    d.ARCHIVED: "Somebody archived %s: an archived one never runs again.",
}


class Watch:
    """Looks at one deployment. ``deployment`` is as last seen, ``jobs`` the newest ones where they were read."""

    def __init__(self, client, deployment):
        self.client = client
        self.deployment = deployment
        self.jobs = None
        self.ended = frozenset()  # jobs that had ended before the task began to change anything
        self.progress = []  # what the wait for the goal saw, a line each time that it changed
        self._begun = client.clock.now()
        self.reports = None  # the jobs of a run with their results, once it has ended
        self.unposted = []  # jobs that have ended without a result so far
        self.silent = []  # endpoints that did not answer when they were asked last
        self._run = runs.Run((), 0)  # the jobs that have ended meanwhile, with their results
        self._definition = None  # the one that runs, once it was read
        self.unsettled = self.is_fresh()  # whether the server may be about to do something for a change

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
        """Reads the deployment anew."""
        answer = self.client.call("get_deployment", id=self.id)
        self.deployment = shapes.deployment(answer, self.id)
        return self.deployment

    def note(self, answer):
        """Takes over what the answer to a change says of the deployment."""
        told = shapes.told_of_deployment(answer)
        known = {key: told[key] for key in self.deployment if key != "id" and told.get(key) is not None}
        self.deployment = dict(self.deployment, **known)

    def read_jobs(self):
        """Reads the newest jobs: enough of them to judge what is to run now."""
        self.jobs = reads.newest_jobs(self.client, self.id, 2 * int(self.replicas))
        return self.jobs

    def live_jobs(self):
        return reads.live_jobs(self.client, self.id)

    def tasks(self):
        return reads.tasks_of(self.client, self.id)

    def remember_ended(self):
        """Notes which jobs have ended by now, so that they are not taken for what is started next."""
        self.ended = frozenset(job.get("job") for job in self.read_jobs() if not d.is_live(job))

    def is_current(self, job):
        return d.is_current(job, self.deployment)

    def current_jobs(self):
        """The jobs that ``replicas`` stands for now: current ones that run, then the newest; none long ended."""
        jobs = [job for job in self.jobs or () if self.is_current(job) and job.get("job") not in self.ended]
        jobs.sort(key=lambda job: job.get("state") != "RUNNING")
        return jobs[: int(self.replicas)]

    def poll(self, waiting_for):
        """Yields for each look, at a gentle pace. Raises TimedOut, saying what was waited for, at the deadline."""
        pace = PACE
        while True:
            yield
            self._check_time(pace, waiting_for)
            self.client.clock.sleep(pace)
            pace = min(pace * 1.2, LONGEST_PACE)

    def _check_time(self, pause, waiting_for):
        if self.client.deadline.remaining() <= pause:
            raise TimedOut("%s: %s" % (d.describe(self.deployment), self._timed_out(waiting_for)))

    def _poll_by_news(self):
        """Like ``poll``, where the server tells by itself when something has happened: no look without need."""
        news, pace = News(self.client, self.id), PACE
        try:
            while True:
                yield
                self._note_progress()
                if news.connect():
                    continue
                self._check_time(PACE if news.connected else pace, "")
                news.wait(pace)
                pace = min(pace * 1.2, LONGEST_PACE)
        finally:
            news.close()

    def is_fresh(self):
        """Whether the deployment was changed a moment ago, so that tasks may still be about to appear."""
        changed = d.seconds_of(self.deployment.get("updated_at"))
        return changed is not None and self.client.server_time() - changed < FRESH

    def settle(self):
        """Waits until the server has nothing due: on two looks, if something was just changed.

        Returns the tasks that are left for later.
        """
        quiet_since = None
        for _look in self.poll("its server to do what is due"):
            tasks = self.tasks()
            now = self.client.clock.now()
            if any(task["due"] for task in tasks):
                quiet_since = None
            elif self.unsettled and quiet_since is None:
                quiet_since = now
            elif not self.unsettled or now - quiet_since >= SETTLED_AFTER:
                self.unsettled = False
                return tasks
        raise AssertionError("polling never ends by itself")

    def settle_surely(self):
        """Settles on two looks, as after a change."""
        self.unsettled = True
        return self.settle()

    def leave(self, status):
        """Waits until the status is no longer the given one."""
        if self.status != status and self.read().get("status") != status:
            return
        for _look in self.poll("it to leave %s" % status):
            if self.read().get("status") != status:
                return

    def until_gone(self, jobs, what):
        """Waits until none of the jobs (addresses) is live; ``what`` says which these are."""
        for _look in self.poll("%s to end" % what):
            if not any(job.get("job") in jobs for job in self.live_jobs()):
                return

    def until_at_most(self, count):
        """Waits until no more than so many jobs are live."""
        for _look in self.poll("its surplus jobs to end"):
            if len(self.live_jobs()) <= count:
                return

    def until_started(self, wait_for):
        """Waits for what "started" means: ``jobs``, every replica's job was taken by a host; ``status``, RUNNING;
        ``endpoints``, that and every endpoint answers.

        Raises NosanaError at once when the status can't lead there, JobsLost when jobs can't, TimedOut at the deadline;
        all say what was seen.
        """
        for _look in self._poll_goal():
            self.read()
            if self.status in _HOPELESS:
                raise NosanaError("%s. %s" % (self._failure("it can't start now"), _HOPELESS[self.status] % self.id))
            if wait_for == "status" and self.status == d.RUNNING:
                return
            if self.status in (d.RUNNING, d.STOPPED):
                self.read_jobs()
                self._refuse_failed()
                if self._all_taken() and (wait_for != "endpoints" or self._all_answer()):
                    return
            failed = [job.get("job") for job in self.current_jobs() if job.get("state") == "STOPPED"]
            if self.status == d.RUNNING and self.strategy in d.ENDING_STRATEGIES and failed and not self._is_busy():
                text = self._failure("job %s was stopped before its time, and is not listed again" % failed[0])
                raise JobsLost("%s. {id: %s, state: restarted} runs all of them anew." % (text, self.id))
            if self.status == d.STOPPED and not self._is_busy():
                text = self._failure("it stopped by itself, or was stopped by somebody else")
                raise JobsLost("%s. Its jobs may tell why (nosana_deployment_info, include: jobs)." % text)

    def _refuse_failed(self):
        """Raises NosanaError when a job has ended by itself, and not well: others would fare no better."""
        run = dataclasses.replace(
            self._run, jobs=tuple(j for j in self.current_jobs() if j.get("state") == "COMPLETED")
        )
        self._run = runs.with_results(self.client, self.deployment, dataclasses.replace(run, replicas=len(run.jobs)))
        if self._run.state == runs.FAILED:
            text = "%s: %s" % (d.describe(self.deployment), self._run.blame().rstrip("."))
            raise NosanaError("%s; %s. {id: %s, state: stopped} ends what still runs." % (text, self.sight(), self.id))

    def until_completed(self):
        """Waits until the run of the active revision has ended with success, and its results are posted.

        ``reports`` then holds its jobs with their results. Raises NosanaError for a run that failed or won't come
        about, TimedOut at the deadline.
        """
        run = runs.Run((), int(self.replicas))
        for _look in self._poll_goal("not completed within %d s (wait_timeout)"):
            self.read()
            if self.status in _HOPELESS:
                raise NosanaError("%s. %s" % (self._failure("it can't run now"), _HOPELESS[self.status] % self.id))
            self.read_jobs()
            run = dataclasses.replace(run, jobs=tuple(self.current_jobs()))
            if len(run.jobs) < run.replicas:
                if self.status == d.STOPPED and not any(d.is_live(job) for job in run.jobs) and not self._is_busy():
                    raise NosanaError(self._failure("it stopped by itself, or was stopped by somebody else"))
            elif not any(d.is_live(job) for job in run.jobs):
                run = runs.with_results(self.client, self.deployment, run)
                self.reports = run.reports()
                self.unposted = [str(job.get("job")) for job in run.to_be_read]
                if run.state == runs.FAILED:
                    text = "%s: the run failed: %s" % (d.describe(self.deployment), run.blame_counted().rstrip("."))
                    raise NosanaError("%s. rerun: on_failure runs it again." % text)
                if run.state == runs.SUCCEEDED:
                    return

    def _poll_goal(self, headline="not started within %d s (wait_timeout)"):
        try:
            yield from self._poll_by_news()
        except TimedOut:
            text = headline % self.client.deadline.seconds
            raise TimedOut(
                "%s. It stays as it is: run the task again to wait on, or end it with {id: %s, state: stopped}."
                % (self._failure(text), self.id)
            ) from None

    def _all_taken(self):
        """Whether every replica has a job that a host took. Those that have ended count only if no LIST is due:
        else they may be an earlier run's."""
        taken = [job for job in self.current_jobs() if job.get("state") in ("RUNNING", "COMPLETED")]
        if len(taken) < self.replicas:
            return False
        surely = self.status == d.RUNNING and all(d.is_live(job) for job in taken)
        return surely or not self._is_busy()

    def _all_answer(self):
        if self._definition is None:
            revision = d.active_revision(self.deployment, reads.revisions_of(self.client, self.id))
            self._definition = (revision or {}).get("job_definition") or {}
        self.silent = readiness.not_ready(self.client, self.deployment, self._definition)
        return not self.silent

    def _is_busy(self):
        return any(task["due"] for task in self.tasks())

    # --- what a failure says ---

    def _failure(self, headline):
        return "%s: %s: %s" % (d.describe(self.deployment), headline, self.sight())

    def sight(self):
        """What was seen last: the status, how many of how many jobs run and where, and the last events."""
        return "%s in %s; %s" % (self._counts(), self._market(), self._last_events())

    def _counts(self):
        jobs = self.current_jobs()
        running, queued, ended = (
            sum(job.get("state") == state for job in jobs) for state in ("RUNNING", "QUEUED", "COMPLETED")
        )
        text = "%s, %d of %d jobs running" % (self.status, running, self.replicas)
        text += " and %d queued" % queued if queued else ""
        text += ", %d ended" % ended if ended else ""
        text += ", no result yet of job %s" % ", ".join(self.unposted) if self.unposted else ""
        text += ", no answer yet from %s" % ", ".join(self.silent) if self.silent else ""
        return text

    def _note_progress(self):
        """Adds a line to ``progress`` when what is seen has changed."""
        seen = self._counts()
        if (not self.progress or not self.progress[-1].endswith(": " + seen)) and len(self.progress) < MOST_LINES:
            self.progress.append("%d s: %s" % (self.client.clock.now() - self._begun, seen))

    def _market(self):
        address = str(self.deployment.get("market"))
        try:
            market = self.client.call("get_market", market=address)
        except NosanaError:
            return address
        slug = market.get("slug") if isinstance(market, dict) else None
        return "%s (%s)" % (printable(slug, 60), address) if slug else address

    def _last_events(self):
        try:
            events = self.client.pages("list_events", "events", at_least=QUOTED_EVENTS, id=self.id)[:QUOTED_EVENTS]
        except NosanaError as problem:
            return "the last events can't be read (%s)" % problem
        if not events:
            return "no events yet"
        quoted = "; ".join(
            "%s %s: %s"
            % (
                str(event.get("created_at"))[11:19],
                printable(event.get("type"), 60),
                printable(event.get("message"), 160).rstrip("."),
            )
            for event in events
        )
        return "last event%s: %s" % ("s, newest first" if len(events) > 1 else "", quoted)

    def _timed_out(self, waiting_for):
        return "gave up waiting for %s after %d s (wait_timeout); its status is %s. Run the task again to go on." % (
            waiting_for,
            self.client.deadline.seconds or 0,
            self.status,
        )

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes sure that nothing of a deployment runs, and nothing is about to."""

from __future__ import annotations

import uuid

from ansible_collections.nosana.cloud.plugins.module_utils._api import answers
from ansible_collections.nosana.cloud.plugins.module_utils._api.again import send_once
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import NosanaError, UnknownOutcome
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.status import change_status
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import START, STOP
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.watch import IDLE_AFTER
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

#: Seconds within which a job that was stopped has ended.
ENDS_WITHIN = 30.0


def ensure_no_jobs(watch, idle_after=IDLE_AFTER):
    """Makes sure that nothing runs, and nothing is about to.

    On a server of August 2026 a new revision lists jobs even on a STOPPED one, a moment later.
    """
    while True:
        waiting = [task for task in watch.wait_until_idle(idle_after) if task.get("task") == "LIST"]
        live = watch.live_jobs()
        if not live and not waiting:
            _recount(watch)
            return
        if live:  # what they leave behind goes with them, so look again before anything else is done
            stop_jobs(watch, live)
        else:
            _drop_lists(watch)
        watch.unsettled = True


def stop_jobs(watch, jobs, note=lambda: None):
    """Stops the jobs and waits until they are gone. A failure says that they run on, and what ends them.

    ``note`` is called once, as soon as the first was stopped: the task has changed something then, whatever follows.
    """
    if not jobs:
        note()
    try:
        for number, job in enumerate(jobs):
            _stop_job(watch, str(job.get("job")))
            if not number:
                note()
        if jobs:
            watch.wait_until_ended({job.get("job") for job in jobs}, "its jobs")
    except NosanaError as problem:
        problem.add(
            "Jobs of %s still run, and cost. This ends them: %s."
            % (d.describe(watch.deployment), d.task(id=watch.id, state="stopped"))
        )
        raise
    _recount(watch)


def _stop_job(watch, address):
    """Stops one job; with a fresh key each time, as the server may no longer know the one before."""

    def send():
        watch.client.call("stop_job", job=address, headers={"Idempotency-Key": str(uuid.uuid4())})
        return True

    def read_back(problem):
        if not isinstance(problem, UnknownOutcome) and problem.code != answers.KEY_EXPIRED:
            raise problem
        return isinstance(problem, UnknownOutcome) and _ends_soon(watch, address) or None

    send_once(watch.client, send, read_back)


def _ends_soon(watch, address):
    """Whether a job ends, as after a stop whose answer was lost; looks for some time, since no job ends at once."""
    until = watch.client.clock.now() + ENDS_WITHIN
    for _look in watch.looks("job %s to end" % address):
        if all(job.get("job") != address for job in watch.live_jobs()):
            return True
        if watch.client.clock.now() >= until:
            return False
    return False


def _recount(watch):
    """Reads a deployment anew that counted running jobs when it was read: they are gone, and it is returned."""
    if watch.deployment.get("active_jobs"):
        watch.read()


def _drop_lists(watch):
    """Drops listings that lie ahead of one that is stopped: only a full stop does, and it wants a start before."""
    try:
        if watch.read().get("status") == d.STOPPED:
            change_status(watch, START)
            watch.wait_for_status_change(d.STARTING)
        change_status(watch, STOP)
        watch.wait_for_status_change(d.STOPPING)
    except NosanaError as problem:
        remedy = d.task(id=watch.id, state="stopped")
        problem.add("It may be running, or start at its next scheduled time. This ends that: %s." % remedy)
        raise

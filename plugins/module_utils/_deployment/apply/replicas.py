# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes sure that what is to run does, after a change that makes the server swap jobs."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.status import change_status
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.change import surplus
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import START, STOP
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.watch import IDLE_AFTER_A_LISTING
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


def ensure_replicas(watch, lowers=False):
    """After a change of one that runs: it goes on running, with as many jobs of the active revision as asked for.

    A server of August 2026 lets the status of a SIMPLE one fall to STOPPED while it swaps the jobs, and may list
    nothing at all when the old jobs end late; a start then lists just what is missing. With no replicas left, it stops
    by itself when the last job has ended. A job that runs is never stopped to raise a number. Returns warnings.
    """
    watch.read()
    if watch.strategy == d.SCHEDULED or watch.status == d.INSUFFICIENT_FUNDS:
        return []
    wait_for_swap(watch)
    if lowers and watch.status == d.RUNNING and not watch.replicas:
        watch.wait_for_at_most(0)
        _look_again(watch)
    _wait_for_listing(watch)
    if watch.status == d.STOPPED and (any(map(d.is_live, watch.current_jobs())) or not _completed(watch)):
        change_status(watch, START)
        watch.wait_for_status_change(d.STARTING)
        watch.wait_until_surely_idle()
        watch.read()
    if lowers:
        watch.wait_for_at_most(watch.replicas)
    return surplus(watch.deployment, watch.live_jobs())


def _completed(watch):
    return [job for job in watch.current_jobs() if job.get("state") == "COMPLETED"]


def _wait_for_listing(watch):
    """Waits until as many jobs are there as asked for, or a LIST waits for them. Raises TimedOut at the deadline."""
    waiting_for = "%d jobs (this starts it anew: %s)" % (watch.replicas, d.task(id=watch.id, state="restarted"))
    for _look in watch.looks(waiting_for):
        live = [job for job in watch.current_jobs() if d.is_live(job)]
        if watch.status != d.RUNNING or len(live) + len(_completed(watch)) >= watch.replicas:
            return
        if _any_list(watch):
            return
        watch.read()
        watch.read_jobs()


def _any_list(watch):
    return any(task.get("task") == "LIST" for task in watch.tasks())


def wait_for_swap(watch):
    """Waits until the jobs that a new revision or market replaces are gone; reads what there is then."""
    old = {job.get("job") for job in watch.live_jobs() if not watch.is_current(job)}
    if old:
        watch.wait_until_ended(old, "the jobs of the old revision or market")
        _look_again(watch)
    watch.read_jobs()


def _look_again(watch):
    """Reads what there is once the server is idle; a listing may come late."""
    watch.wait_until_surely_idle(IDLE_AFTER_A_LISTING)
    watch.read()
    watch.read_jobs()


def start_run(watch, known):
    """Starts a run of batch work, unless the server began it by itself, for this task's revision or a killed one's.

    It may have begun a part of it, and wait for hosts for the rest. ``known`` are the jobs (addresses) of the runs
    before.
    """
    if watch.status != d.DRAFT:
        watch.read()
        watch.read_jobs()
        new = [job for job in watch.current_jobs() if job.get("job") not in known]
        if len(new) >= watch.replicas:
            return
        if watch.status == d.RUNNING and (any(map(d.is_live, new)) or _any_list(watch)):
            return
    if watch.status == d.RUNNING:
        change_status(watch, STOP)
        watch.wait_for_status_change(d.STOPPING)
        watch.wait_until_surely_idle()
    change_status(watch, START)

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sees to it that what is to run does, after a change that makes the server swap jobs."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.transition import transition
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import START, STOP
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


def level(watch, lowers=False):
    """After a change of one that runs: it goes on running, with as many jobs of the active revision as asked for.

    A server of August 2026 lets the status of a SIMPLE one fall to STOPPED while it swaps the jobs, and may list
    nothing at all when the old jobs end late; a start then lists just what is missing. With no replicas left, it stops
    by itself when the last job has ended. Returns warnings.
    """
    watch.read()
    if watch.strategy == d.SCHEDULED or watch.status == d.INSUFFICIENT_FUNDS:
        return []
    await_swap(watch)
    if lowers and watch.status == d.RUNNING and not watch.replicas:
        _await_last_end(watch)
    current = watch.current_jobs()
    live = sum(d.is_live(job) for job in current)
    done = sum(job.get("state") == "COMPLETED" for job in current)
    if watch.status == d.STOPPED and (live or not done):
        start_anew(watch)
    elif watch.status == d.RUNNING and watch.strategy in d.ENDING_STRATEGIES and live + done < watch.replicas:
        if not any(task.get("task") == "LIST" for task in watch.tasks()):
            start_anew(watch)
    if lowers:
        watch.until_at_most(watch.replicas)
    return _surplus(watch)


def _await_last_end(watch):
    """Waits until the last job is gone; reads what there is then."""
    watch.until_at_most(0)
    watch.settle_surely()
    watch.read()
    watch.read_jobs()


def await_swap(watch):
    """Waits until the jobs that a new revision or market replaces are gone; reads what there is then."""
    old = {job.get("job") for job in watch.live_jobs() if not watch.is_current(job)}
    if old:
        watch.until_gone(old, "the jobs of the former revision or market")
        watch.settle_surely()
        watch.read()
    watch.read_jobs()


def begin_run(watch, known):
    """Begins a run of batch work, unless the server began it by itself, for this task's revision or a killed one's.

    ``known`` are the jobs (addresses) of the runs before.
    """
    if watch.status != d.DRAFT:
        watch.read()
        watch.read_jobs()
        if sum(job.get("job") not in known for job in watch.current_jobs()) >= watch.replicas:
            return
    if watch.status == d.RUNNING:
        transition(watch, STOP)
        watch.leave(d.STOPPING)
        watch.settle_surely()
    transition(watch, START)


def start_anew(watch):
    """Starts one that lacks jobs: a start lists just what is missing, and wants a stop before on one that runs."""
    if watch.status == d.RUNNING:
        transition(watch, STOP)
        watch.leave(d.STOPPING)
        watch.settle_surely()
    transition(watch, START)
    watch.leave(d.STARTING)
    watch.settle_surely()


def _surplus(watch):
    live = watch.live_jobs()
    if len(live) <= watch.replicas:
        return []
    remedy = "the server ends the surplus by itself once they run"
    if watch.strategy in d.ENDING_STRATEGIES:
        remedy = "{id: %s, state: stopped} ends them all" % watch.id
    who = d.describe(watch.deployment)
    wanted = "%d replica%s" % (watch.replicas, "" if watch.replicas == 1 else "s")
    return ["%s has %d live jobs for %s; %s." % (who, len(live), wanted, remedy)]

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sees to it that nothing of a deployment runs, and nothing is about to."""

from __future__ import annotations

import uuid

from ansible_collections.nosana.cloud.plugins.module_utils._api import answers
from ansible_collections.nosana.cloud.plugins.module_utils._api.client import MOST_TRIES
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import NosanaError, Refused, UnknownOutcome
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.apply.transition import transition
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import START, STOP
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


def quiesce(watch):
    """Makes sure that nothing runs, and nothing is about to. Returns whether anything had to be stopped for it.

    On a server of August 2026 a new revision lists jobs even on a STOPPED one, a moment later.
    """
    stopped_any = False
    while True:
        waiting = [task for task in watch.settle() if task.get("task") == "LIST"]
        live = watch.live_jobs()
        if not live and not waiting:
            _recount(watch)
            return stopped_any
        stopped_any = True
        if live:  # what they leave behind goes with them, so look again before anything else is done
            stop_jobs(watch, live)
        else:
            _drop_lists(watch)
        watch.unsettled = True


def stop_jobs(watch, jobs):
    """Stops the jobs and waits until they are gone. A failure says that they run on, and what ends them."""
    try:
        for job in jobs:
            _stop_job(watch, str(job.get("job")))
        if jobs:
            watch.until_gone({job.get("job") for job in jobs}, "its jobs")
    except NosanaError as problem:
        problem.add(
            "Jobs of %s still run, and cost: {id: %s, state: stopped} ends them."
            % (d.describe(watch.deployment), watch.id)
        )
        raise
    _recount(watch)


def _stop_job(watch, address):
    """Stops one job; with a fresh key should the server no longer know the one that it was asked with."""
    for attempt in range(MOST_TRIES):
        try:
            watch.client.call("stop_job", job=address, headers={"Idempotency-Key": str(uuid.uuid4())})
            return
        except Refused as problem:
            if problem.code != answers.KEY_EXPIRED or attempt == MOST_TRIES - 1:
                raise
        except UnknownOutcome:
            if any(job.get("job") == address for job in watch.live_jobs()):
                raise
            return


def _recount(watch):
    """Reads a deployment anew that counted running jobs when it was read: they are gone, and it is returned."""
    if watch.deployment.get("active_jobs"):
        watch.read()


def _drop_lists(watch):
    """Drops listings that lie ahead of one that is stopped: only a full stop does, and it wants a start before."""
    try:
        if watch.read().get("status") == d.STOPPED:
            transition(watch, START)
            watch.leave(d.STARTING)
        transition(watch, STOP)
        watch.leave(d.STOPPING)
    except NosanaError as problem:
        problem.add("It may run or fire now: {id: %s, state: stopped} ends that." % watch.id)
        raise

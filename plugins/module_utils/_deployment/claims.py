# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a deployment may stay in a market without any job taken by a host (``claim_timeout``), and who judges that.

Reads only.
"""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import TimedOut
from ansible_collections.nosana.cloud.plugins.module_utils._deployment import wording
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


class NotClaimed(TimedOut):
    """No host has taken any job of the deployment within ``claim_timeout``."""


class Claims:
    """The time for a host to take the first job: from a task's first look, and anew after each move.

    ``settled`` is true once a job was taken, and for good: then the deployment stays in its market.
    """

    def __init__(self, clock, seconds):
        self.seconds = seconds
        self.settled = False
        self._clock = clock
        self._began = clock.now()

    def begin_anew(self):
        self._began = self._clock.now()

    def remaining(self):
        """Seconds left (0 or less: none), infinity once it does not matter any more."""
        return float("inf") if self.settled else self._began + self.seconds - self._clock.now()

    def are_over(self, watch):
        """Whether the time is over, and the deployment (a Watch) still waits for the first of its hosts."""
        waits = not any(map(d.is_live, watch.current_jobs())) and waits_for_hosts(watch, watch.tasks())
        self.settled = self.settled or _any_taken(watch, waits)
        return self.remaining() <= 0 and watch.status == d.RUNNING and (_any_queued(watch) or waits)


def waits_for_hosts(watch, tasks):
    """Whether the server waits for hosts: a LIST among the tasks lies ahead, and the newest event says why.

    A LIST that failed lies ahead as well, and so does one that replaces a job of an INFINITE deployment (``job``).
    """
    lists = [task for task in tasks if task.get("task") == "LIST" and not task.get("job") and not task["due"]]
    return bool(lists) and wording.no_host_since(watch.events(wording.EVENTS_TO_TELL)) is not None


def _any_queued(watch):
    return any(job.get("state") == "QUEUED" for job in watch.current_jobs())


def _any_taken(watch, waits):
    """Whether a host has taken a job of what is to run now."""
    from ansible_collections.nosana.cloud.plugins.module_utils._jobs import runs

    jobs = watch.current_jobs()
    ended = [job for job in jobs if not d.is_live(job) and runs.was_taken(job)]
    if any(job.get("state") == "RUNNING" for job in jobs):
        return True
    # what has ended is of an earlier run where hosts are waited for all the same
    earlier = watch.strategy == d.INFINITE or (waits and len(ended) >= watch.replicas)
    return bool(ended) and not earlier

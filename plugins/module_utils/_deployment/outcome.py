# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task returns: what was done, and the deployment and its jobs as last seen."""

from __future__ import annotations

import dataclasses

#: What a result leaves out of its jobs: long, and of no use to a task (nosana_job_info has it).
_LEFT_OUT_OF_JOBS = ("tx", "deployment")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What came of it. ``before`` and ``after`` are the two sides of the diff."""

    before: dict
    after: dict
    actions: list
    deployment: dict
    warnings: list
    jobs: list | None = None
    replaced_id: str | None = None
    cost: dict | None = None
    progress: list | None = None
    may_have_changed: bool = False  # by a request of which nobody knows whether it was done

    @property
    def changed(self):
        return bool(self.actions) or self.may_have_changed

    def result(self):
        """The result of a task, without the diff."""
        return returned(
            self.actions,
            changed=self.changed,
            deployment=self.deployment,
            jobs=self.jobs,
            replaced_id=self.replaced_id,
            cost=self.cost,
            progress=self.progress,
        )


def returned(actions, **parts):
    """What a task returns, also one that fails: the parts that there are."""
    return dict({"changed": bool(actions), "actions": actions}, **{k: v for k, v in parts.items() if v is not None})


def jobs_of(watch):
    """The jobs that stand for the replicas, with their results where a run has ended; None where they were not read."""
    if watch is None or (watch.reports is None and watch.jobs is None):
        return None
    jobs = watch.current_jobs() if watch.reports is None else watch.reports
    return [{key: value for key, value in job.items() if key not in _LEFT_OUT_OF_JOBS} for job in jobs]


def progress_of(watch):
    """What a wait saw, None where there was nothing to wait for."""
    return watch.progress or None if watch else None

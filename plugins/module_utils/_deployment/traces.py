# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run that was ended in the middle left behind: traces in jobs and events of whether a deployment ran before.

A task with ``state: present`` leaves running what ran. When its run is killed between a stop and the start that was to
follow, the status no longer tells; these traces may. Pure.
"""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

#: Seconds between the end of a last job and the status that the server writes for it.
SAME_MOMENT = 5.0
#: Seconds within which a revision of one that is SCHEDULED and STOPPED is followed by the start that drops its listing.
IN_ONE_GO = 60.0


def alive_at(jobs, moment):
    """The jobs that were listed before a moment (Unix seconds) and may have lived after it: live ones, and those that
    were written after it. When such a one really ended, only the one-job answer says."""
    listed = [job for job in jobs if _time(job, "created_at") < moment]
    return [job for job in listed if d.is_live(job) or _time(job, "updated_at") > moment]


def ended_after(details, moment):
    """Whether a job ended after a moment, by its one-job answer, which has whole seconds."""
    end = details.get("timeEnd") if isinstance(details, dict) else None
    return isinstance(end, (int, float)) and end > int(moment)


def is_silent(deployment, jobs):
    """Whether a deployment may have run without a job to tell of it: one that has none, or is SCHEDULED."""
    return not jobs or deployment.get("strategy") == d.SCHEDULED


def was_revised_while_it_ran(deployment, revisions, jobs):
    """Whether it seems that the active revision was made while jobs of an earlier one ran."""
    revision = d.active_revision(deployment, revisions)
    made = d.seconds_of(revision.get("created_at")) if revision else None
    return made is not None and bool(alive_at(_former(deployment, jobs), made))


def stopped_in_a_swap(deployment, jobs):
    """Whether it seems to have been stopped while its jobs were swapped, for another revision or market: what was
    written last is that the last former job ended. On one that was stopped before, it would be the change."""
    former, changed = _former(deployment, jobs), d.seconds_of(deployment.get("updated_at"))
    if not former or changed is None:
        return False
    return changed - max(_time(job, "updated_at") for job in former) < SAME_MOMENT


def started_with_its_revision(deployment, revisions):
    """Whether a deployment's status was written right after its active revision was made, one that is not its first."""
    revision, changed = d.active_revision(deployment, revisions), d.seconds_of(deployment.get("updated_at"))
    made = d.seconds_of(revision.get("created_at")) if revision and len(revisions) > 1 else None
    return None not in (made, changed) and 0 < changed - made < IN_ONE_GO


def waits_for_its_first_job(deployment, jobs):
    """Whether nothing of the active revision, in the deployment's market, has run since the last change of these.
    ``jobs`` are the newest first."""
    return bool(jobs) and not d.is_current(jobs[0], deployment)


def _former(deployment, jobs):
    return [job for job in jobs if not d.is_current(job, deployment)]


def last_listing_failed(events):
    """Whether the last attempt to list jobs failed, by the events, the newest first."""
    listings = (event.get("type") for event in events if event.get("type") in ("JOB_LIST_CONFIRMED", "JOB_LIST_ERROR"))
    return next(listings, None) == "JOB_LIST_ERROR"


def _time(job, field):
    return d.seconds_of(job.get(field)) or 0.0

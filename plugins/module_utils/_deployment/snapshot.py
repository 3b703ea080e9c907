# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what ``plan`` works on, with no more requests than the desired state asks for."""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._api import reads, shapes
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions, NotFound
from ansible_collections.nosana.cloud.plugins.module_utils._definition import compare
from ansible_collections.nosana.cloud.plugins.module_utils._deployment import takeover, traces
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import (
    ABSENT,
    COMPLETED,
    PRESENT,
    REPLACE,
    RESTARTED,
    STARTED,
    STOPPED,
)
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import runs
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

#: Seconds after a change in which a server may still swap the jobs of a deployment that runs.
SWAP_TAKES = 600.0
#: How many of the newest events tell whether the last listing failed.
EVENTS_TO_TELL = 20


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """The state of the server as far as a plan needs it; None stands for what was not read."""

    deployment: dict | None = None
    archived: tuple = ()  # ARCHIVED ones of the name
    seen_ids: frozenset = frozenset()  # all that the listing had, to recognise a deployment made later
    name_holders: tuple = ()  # who has the name that is to be given, as text
    revisions: tuple | None = None  # oldest first
    live_jobs: tuple | None = None
    lists: tuple = ()  # LIST tasks that hinder a change: see _hindering_lists
    ran_to_end: bool = False
    listing: bool = False  # whether the server has any LIST task
    run: runs.Run | None = None  # the last run of the revision that is asked for; None for a new revision
    ssh_public_keys: tuple = ()
    fixed: frozenset = frozenset()  # fields that this server can't change, though newer ones can
    successor: dict | None = None  # the DRAFT of a replacement that was begun
    former_ran: bool | None = None  # whether the one ran that a DRAFT takes over from; None: that can't be seen
    swapping: bool = False  # one that runs still has jobs of a former revision or market: a swap is under way
    roused: bool = False  # a SCHEDULED one runs since its last revision; see traces
    halted: str = ""  # why a STOPPED one may be meant to run, in words; see traces

    def value(self, field):
        """What the deployment has in a field, made comparable."""
        if field.name == "ssh_public_keys":
            return field.normal(self.ssh_public_keys)
        return field.normal(self.deployment.get(field.name))

    @property
    def active_definition(self):
        """The definition that runs, normalised; None when there is none to be seen."""
        revision = d.active_revision(self.deployment, self.revisions or ())
        return compare.normalise(revision["job_definition"]) if revision else None


def read(client, desired, for_diff=False):
    """The snapshot for the desired state. ``for_diff``: also what only the diff of a removal shows.

    Raises InvalidOptions when the deployment that is meant can't be told, or does not exist and should.
    """
    snapshot = Snapshot(_find_by_id(client, desired)) if desired.id else _find_by_name(client, desired)
    return snapshot if snapshot.deployment is None else _details(client, desired, snapshot, for_diff)


def ran_to_end(jobs, deployment):
    """Whether the active revision's newest ``replicas`` jobs all ended by themselves."""
    revision, replicas = deployment.get("active_revision"), deployment.get("replicas") or 0
    run = [job for job in jobs if job.get("revision") == revision][: int(replicas)]
    return len(run) >= max(1, int(replicas)) and all(job.get("state") == "COMPLETED" for job in run)


def _find_by_id(client, desired):
    try:
        deployment = client.call("get_deployment", id=desired.id)
    except NotFound:
        if desired.state == ABSENT:
            return None
        raise InvalidOptions(
            "id: no deployment of this account is %s. To make a new one, give its name without an id." % desired.id
        ) from None
    return shapes.deployment(deployment, desired.id)


def _find_by_name(client, desired):
    found = reads.deployments_named(client, desired.name)
    live = [deployment for deployment in found if not d.is_archived(deployment)]
    archived = tuple(deployment for deployment in found if d.is_archived(deployment))
    seen = frozenset(one.get("id") for one in found)
    if len(live) == 2 and desired.on_immutable_change == REPLACE and not desired.ends:
        drafts = [one for one in live if takeover.is_begun(client, desired, one)]
        if len(drafts) == 1:
            [old] = [one for one in live if one is not drafts[0]]
            ran = takeover.former_ran(client, desired, [old], drafts[0])
            return Snapshot(old, archived, seen, successor=drafts[0], former_ran=ran)
    if len(live) > 1:
        ids = ", ".join("%s (%s)" % (one.get("id"), one.get("status")) for one in live)
        drafts = [one["id"] for one in live if one.get("status") == d.DRAFT]
        hint = " The DRAFT costs nothing; {id: %s, state: absent} removes it." % drafts[0] if len(drafts) == 1 else ""
        raise InvalidOptions(
            "name: %d deployments are named %r: %s. Say which one is meant with id.%s"
            % (len(live), desired.name, ids, hint)
        )
    return _taken_over(client, desired, Snapshot(live[0] if live else None, archived, seen))


def _taken_over(client, desired, snapshot):
    """The snapshot; of a DRAFT that a replacement made, with what is known of those that were archived since."""
    draft = snapshot.deployment
    if draft is None or draft.get("status") != d.DRAFT or desired.on_immutable_change != REPLACE:
        return snapshot
    made = d.seconds_of(draft.get("created_at"))
    since = [one for one in snapshot.archived if made and (d.seconds_of(one.get("updated_at")) or 0) >= made]
    if not since or desired.state != PRESENT or not takeover.is_begun(client, desired, draft):
        return snapshot
    return dataclasses.replace(snapshot, former_ran=takeover.former_ran(client, desired, since, draft))


def _details(client, desired, snapshot, for_diff):
    deployment = snapshot.deployment
    status, state, key = deployment.get("status"), desired.state, deployment["id"]
    if status == d.ARCHIVED and desired.ends:
        return snapshot
    more = {}
    if desired.job_definition is not None or desired.active_revision is not None or (desired.ends and for_diff):
        more["revisions"] = tuple(reads.revisions_of(client, key))
    if not desired.ends and desired.name and desired.name != deployment.get("name"):
        holders = [one for one in reads.deployments_named(client, desired.name) if not d.is_archived(one)]
        more["name_holders"] = tuple(d.describe(one) for one in holders if one.get("id") != key)
    if "ssh_public_keys" in desired.fields and status != d.ARCHIVED:
        more["ssh_public_keys"] = reads.ssh_keys(client, key, desired.fields["ssh_public_keys"])
    market = desired.fields.get("market")
    if market not in (None, deployment.get("market")) and not client.supports("update_market"):
        more["fixed"] = frozenset(["market"])
    if status == d.DRAFT:
        more["live_jobs"] = ()
    elif status != d.ARCHIVED and _asks_for_jobs(desired, deployment):
        more["live_jobs"] = tuple(reads.live_jobs(client, key))
        tasks = reads.tasks_of(client, key)
        more["lists"] = _hindering_lists(tasks, status)
        more["listing"] = any(task.get("task") == "LIST" for task in tasks)
    if state == STARTED and status == d.STOPPED and deployment.get("strategy") in d.ENDING_STRATEGIES:
        more["ran_to_end"] = ran_to_end(reads.newest_jobs(client, key, deployment.get("replicas") or 0), deployment)
    if state == COMPLETED and status != d.ARCHIVED:
        more["run"] = _last_run(client, desired, dataclasses.replace(snapshot, **more))
    if state in (PRESENT, STARTED) and status == d.RUNNING and _changed_lately(client, deployment):
        more["swapping"] = not all(d.is_current(job, deployment) for job in reads.live_jobs(client, key))
    if state == PRESENT and status in (d.STARTING, d.RUNNING) and deployment.get("strategy") == d.SCHEDULED:
        revisions = more.get("revisions") or reads.revisions_of(client, key)
        more["roused"] = traces.started_with_its_revision(deployment, revisions)
    if state == PRESENT and status == d.STOPPED:
        more["halted"] = _halted(client, desired, deployment, more.get("revisions"))
    return dataclasses.replace(snapshot, **more)


def _changed_lately(client, deployment):
    changed = d.seconds_of(deployment.get("updated_at"))
    return changed is not None and client.server_time() - changed < SWAP_TAKES


def _halted(client, desired, deployment, revisions):
    """Why a STOPPED deployment may be meant to run, "" where nothing speaks for it."""
    key = deployment["id"]
    jobs = reads.newest_jobs(client, key, reads.JOBS_TO_TELL)
    if traces.waits_for_its_first_job(deployment, jobs) or any(d.is_live(job) for job in jobs):
        swapped = traces.stopped_in_a_swap(deployment, jobs)
        if not swapped:
            revisions = reads.revisions_of(client, key) if revisions is None else revisions
            swapped = traces.was_revised_while_it_ran(deployment, revisions, jobs)
        if swapped:
            return "its revision or market was changed while it ran"
    if "replicas" in desired.fields:
        events = client.pages("list_events", "events", at_least=EVENTS_TO_TELL, id=key)
        if traces.last_listing_failed(events):
            return "the last listing of its jobs failed, and it was stopped then"
    return ""


def _last_run(client, desired, snapshot):
    """The last run of the revision that is asked for; None for one that is still to be made."""
    definition, deployment = desired.job_definition, snapshot.deployment
    if definition is not None and not compare.same(definition, snapshot.active_definition):
        return None
    replicas = desired.fields.get("replicas", deployment.get("replicas"))
    revision = desired.active_revision or deployment.get("active_revision")
    if deployment.get("status") == d.DRAFT or not isinstance(replicas, int):
        return runs.Run((), 1)
    return runs.read_run(client, deployment, revision, replicas)


def _asks_for_jobs(desired, deployment):
    """Whether the plan depends on what runs: when it stops or starts something, or changes the replicas."""
    status = deployment.get("status")
    if desired.ends or desired.state in (STOPPED, COMPLETED) or status == d.STOPPED:
        return True
    if (
        desired.on_immutable_change == REPLACE
        or desired.state == RESTARTED
        or (desired.state == STARTED and status == d.ERROR)
    ):
        return True
    replicas = desired.fields.get("replicas")
    return replicas is not None and replicas != deployment.get("replicas")


def _hindering_lists(tasks, status):
    """The LIST tasks that would list jobs where none should be, or once more than wanted.

    On one that does not run: all. On one that does: those that wait for a later time, as a failed one does.
    """
    lists = [task for task in tasks if task.get("task") == "LIST"]
    idle = status in (d.STOPPED, d.ERROR)
    return tuple(task for task in lists if idle or not task["due"])

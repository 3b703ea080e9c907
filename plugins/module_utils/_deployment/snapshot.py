# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what ``plan`` works on, with no more requests than the desired state needs."""

from __future__ import annotations

import dataclasses

from ansible_collections.nosana.cloud.plugins.module_utils._api import reads, shapes
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import Ambiguous, NoSuch, NotFound
from ansible_collections.nosana.cloud.plugins.module_utils._definition import compare
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import (
    ABSENT,
    COMPLETED,
    PRESENT,
    REPLACE,
    RESTARTED,
    STARTED,
    STOPPED,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """The state of the server as far as a plan needs it; None stands for what was not read."""

    deployment: dict | None = None
    archived: tuple = ()  # ARCHIVED ones of the name
    seen_ids: frozenset = frozenset()  # all that the listing had, to recognise a deployment made later
    name_holders: tuple = ()  # who has the name that is to be given, as text
    revisions: tuple | None = None  # oldest first
    numbers_after_highest: bool = True  # how the server numbers a new revision, where an older one is active
    live_jobs: tuple | None = None
    lists: tuple = ()  # LIST tasks that hinder a change: see _hindering_lists
    ran_to_end: bool = False
    listing: bool = False  # whether the server has any LIST task
    run: object = None  # the last run (runs.Run) of the revision that is asked for; None for a new revision
    ssh_public_keys: tuple = ()
    fixed: frozenset = frozenset()  # fields that this server can't change, though newer ones can
    replacement: dict | None = None  # the DRAFT of a replacement that an earlier run began

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


def read(client, desired, for_diff=False, first_seen=None, account=None):
    """The snapshot for the desired state. ``for_diff``: also what only the diff of a removal shows.

    ``first_seen``: see runs.with_results. ``account``: where to find deployments, by default the server (see Asked).
    Raises InvalidOptions when the deployment that is meant is not known, or does not exist and should.
    """
    account = account or Asked(client)
    snapshot = Snapshot(_find_by_id(account, desired)) if desired.id else _find_by_name(client, desired, account)
    if snapshot.deployment is None or (snapshot.deployment.get("status") == d.ARCHIVED and desired.ends):
        return snapshot
    more = dict(_revisions(client, desired, snapshot, for_diff), **_fields(client, desired, snapshot, account))
    more.update(_jobs(client, desired, snapshot.deployment))
    if desired.state == COMPLETED and snapshot.deployment.get("status") != d.ARCHIVED:
        known = dataclasses.replace(snapshot, **more)
        more["run"] = _last_run(client, desired, known, {} if first_seen is None else first_seen)
    return dataclasses.replace(snapshot, **more)


def ran_to_end(jobs, deployment):
    """Whether the active revision's newest ``replicas`` jobs all ended by themselves."""
    revision, replicas = deployment.get("active_revision"), deployment.get("replicas") or 0
    run = [job for job in jobs if job.get("revision") in (revision, None)][: int(replicas)]
    return len(run) >= max(1, int(replicas)) and all(job.get("state") == "COMPLETED" for job in run)


class Asked:
    """The account's deployments, each asked of the server when it is wanted."""

    def __init__(self, client):
        self._client = client

    def at(self, key):
        """The deployment of an id. Raises NotFound."""
        return shapes.deployment(self._client.call("get_deployment", id=key), key)

    def named(self, name):
        """All deployments of a name, ARCHIVED ones too."""
        return reads.deployments_named(self._client, name)


def _find_by_id(account, desired):
    try:
        return account.at(desired.id)
    except NotFound:
        if desired.state == ABSENT:
            return None
        raise NoSuch(
            "id: no deployment of this account is %s. To make a new one, give its name without an id." % desired.id
        ) from None


def _find_by_name(client, desired, account):
    found = account.named(desired.name)
    live = [deployment for deployment in found if not d.is_archived(deployment)]
    archived = tuple(deployment for deployment in found if d.is_archived(deployment))
    seen = frozenset(one.get("id") for one in found)
    if len(live) == 2 and desired.on_immutable_change == REPLACE and not desired.ends:
        drafts = [one for one in live if _is_as_desired_draft(client, desired, one)]
        if len(drafts) == 1:
            [old] = [one for one in live if one is not drafts[0]]
            return Snapshot(old, archived, seen, replacement=drafts[0])
    if len(live) > 1:
        raise Ambiguous(_shared_name(desired.name, live))
    return Snapshot(live[0] if live else None, archived, seen)


def _is_as_desired_draft(client, desired, one):
    """Whether a deployment is a DRAFT that equals what is asked for: a run that was to replace the other made it."""
    desired = _placed(desired, one)
    given = [field for field in d.FIELDS if field.name in desired.fields and field.name != "ssh_public_keys"]
    differs = any(field.normal(one.get(field.name)) != field.normal(desired.fields[field.name]) for field in given)
    if one.get("status") != d.DRAFT or differs:
        return False
    revision = d.active_revision(one, reads.revisions_of(client, one["id"]))
    return bool(revision) and compare.same(desired.job_definition, revision["job_definition"])


def _shared_name(name, live):
    ids = ", ".join("%s (%s)" % (one.get("id"), one.get("status")) for one in live)
    drafts = [one["id"] for one in live if one.get("status") == d.DRAFT]
    text = "name: %d deployments are named %r: %s. Say which one is meant with id." % (len(live), name, ids)
    if len(drafts) == 1:
        text += " The DRAFT costs nothing; this removes it: %s." % d.task(id=drafts[0], state=ABSENT)
    return text


def _revisions(client, desired, snapshot, for_diff):
    """The revisions, where the plan or the diff needs them."""
    if desired.job_definition is None and desired.active_revision is None and not (desired.ends and for_diff):
        return {}
    revisions = tuple(reads.revisions_of(client, snapshot.deployment["id"]))
    more, active = {"revisions": revisions}, snapshot.deployment.get("active_revision")
    if desired.job_definition is not None and any(one["revision"] > (active or 0) for one in revisions):
        # the releases that number by the highest are those that can move a deployment
        more["numbers_after_highest"] = client.supports("update_market")
    return more


def _fields(client, desired, snapshot, account):
    """What the deployment's own answer does not tell of the fields that are asked for."""
    deployment, more = snapshot.deployment, {}
    key = deployment["id"]
    if not desired.ends and desired.name and desired.name != deployment.get("name"):
        holders = [one for one in account.named(desired.name) if not d.is_archived(one)]
        more["name_holders"] = tuple(d.describe(one) for one in holders if one.get("id") != key)
    if "ssh_public_keys" in desired.fields and not d.is_archived(deployment):
        more["ssh_public_keys"] = reads.ssh_keys(client, key, desired.fields["ssh_public_keys"])
    market = _placed(desired, deployment).fields.get("market")
    if market not in (None, deployment.get("market")) and not client.supports("update_market"):
        more["fixed"] = frozenset(["market"])
    return more


def _jobs(client, desired, deployment):
    """The live jobs, and the listings that are due or wait, where the plan depends on them."""
    status, key, more = deployment.get("status"), deployment["id"], {}
    if status == d.DRAFT:
        more["live_jobs"] = ()
    elif status != d.ARCHIVED and _plans_with_jobs(desired, deployment):
        more["live_jobs"] = tuple(reads.live_jobs(client, key))
        tasks = reads.tasks_of(client, key)
        more["lists"] = _hindering_lists(tasks, status)
        more["listing"] = any(task.get("task") == "LIST" for task in tasks)
    elif _warns_of_jobs(desired, deployment):
        more["live_jobs"] = tuple(reads.live_jobs(client, key))
    if desired.state == STARTED and status == d.STOPPED and deployment.get("strategy") in d.ENDING_STRATEGIES:
        more["ran_to_end"] = ran_to_end(reads.newest_jobs(client, key, deployment.get("replicas") or 0), deployment)
    return more


def _plans_with_jobs(desired, deployment):
    """Whether the plan depends on what runs: when it stops or starts something, or changes the replicas."""
    status, replicas = deployment.get("status"), desired.fields.get("replicas")
    return (
        desired.ends
        or desired.state in (STOPPED, COMPLETED, RESTARTED)
        or desired.on_immutable_change == REPLACE
        or (desired.state == STARTED and status in (d.STOPPED, d.ERROR))
        or (replicas is not None and replicas != deployment.get("replicas"))
    )


def _warns_of_jobs(desired, deployment):
    """Whether there may be jobs that nobody asked for: the number of running ones tells."""
    active, replicas, status = (deployment.get(key) for key in ("active_jobs", "replicas", "status"))
    if desired.state == PRESENT and status == d.STOPPED:
        return active != 0
    surplus = isinstance(active, (int, float)) and isinstance(replicas, (int, float)) and active > replicas
    return desired.state in (PRESENT, STARTED) and status == d.RUNNING and surplus


def _hindering_lists(tasks, status):
    """The LIST tasks that would list jobs where none should be, or once more than wanted.

    On one that does not run: all. On one that does: those that wait for a later time, as a failed one does.
    """
    lists = [task for task in tasks if task.get("task") == "LIST"]
    idle = status in (d.STOPPED, d.ERROR)
    return tuple(task for task in lists if idle or not task["due"])


def _last_run(client, desired, snapshot, first_seen):
    """The last run of the revision that is asked for; None for one that is still to be made."""
    # imported here: Python compiles each file of a module anew for each task, and few tasks ask for a run
    from ansible_collections.nosana.cloud.plugins.module_utils._jobs import runs

    definition, deployment = desired.job_definition, snapshot.deployment
    if definition is not None and not compare.same(definition, snapshot.active_definition):
        return None
    replicas = desired.fields.get("replicas", deployment.get("replicas"))
    revision = desired.active_revision or deployment.get("active_revision")
    if deployment.get("status") == d.DRAFT or not isinstance(replicas, int):
        return runs.Run((), 1)
    return runs.read_run(client, deployment, revision, replicas, first_seen)


def _placed(desired, deployment):
    """The desired state with one of its markets as its market, where it has several."""
    if not desired.markets:
        return desired
    from ansible_collections.nosana.cloud.plugins.module_utils._deployment.candidates import placed

    return placed(desired, deployment)

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what tells of a replacement that an ended run had begun: its DRAFT, and the one that it takes over from."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api import reads
from ansible_collections.nosana.cloud.plugins.module_utils._definition import compare
from ansible_collections.nosana.cloud.plugins.module_utils._deployment import traces
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import PRESENT
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


def former_ran(client, desired, formers, draft):
    """Whether one of the former deployments had jobs that lived on after the DRAFT was created: then it ran, and was
    stopped so that the DRAFT takes over. None when that can't be seen, or is nothing that the task asks for."""
    made = d.seconds_of(draft.get("created_at"))
    if desired.state != PRESENT or made is None or all(one.get("status") in d.RUNNING_STATUSES for one in formers):
        return None
    silent = False
    for former in formers:
        jobs = reads.newest_jobs(client, former["id"], reads.JOBS_TO_TELL)
        for job in traces.alive_at(jobs, made):
            if d.is_live(job) or traces.ended_after(_job(client, former, job), made):
                return True
        silent = silent or traces.is_silent(former, jobs)
    return None if silent else False


def _job(client, deployment, job):
    return client.call("get_job", id=deployment["id"], job=str(job.get("job")))


def is_begun(client, desired, one):
    """Whether a deployment is a DRAFT that equals what is asked for: a run that was to replace the other made it."""
    given = [field for field in d.FIELDS if field.name in desired.fields and field.name != "ssh_public_keys"]
    differs = any(field.normal(one.get(field.name)) != field.normal(desired.fields[field.name]) for field in given)
    if one.get("status") != d.DRAFT or differs:
        return False
    revision = d.active_revision(one, reads.revisions_of(client, one["id"]))
    return bool(revision) and compare.same(desired.job_definition, revision["job_definition"])

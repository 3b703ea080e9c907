# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of the server in more than one place, with the lists whole and their items as expected."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import BadAnswer, RouteUnknown, Unsupported
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

#: Seconds into the future in which a task of the server counts as due (the clocks have whole seconds).
DUE_SOON = 5.0


def deployments_named(client, name):
    """All deployments of a name, ARCHIVED ones too. Older servers ignore the filter: it is applied again here.

    Raises BadAnswer for one without a name, which could be the one that is looked for: none may be made beside it.
    """
    found = client.pages(
        "list_deployments", "deployments", {"name": name}, keep=lambda one: one.get("name") in (name, None)
    )
    for one in found:
        if one.get("name") is None:
            raise BadAnswer("list_deployments: the server lists a deployment without a name; check api_url")
        if not isinstance(one.get("id"), str) or not one["id"]:
            raise BadAnswer(
                "GET /deployments: the server lists a deployment named %r without an id; check api_url" % name
            )
    return found


def live_jobs(client, deployment_id):
    """The jobs of a deployment that are queued or running: all of them, newest first."""
    query = {"state": ",".join(d.LIVE_JOB_STATES)}
    return _in_words(client.pages("list_jobs", "jobs", query, keep=d.is_live, id=deployment_id))


def newest_jobs(client, deployment_id, count):
    """At least the ``count`` newest jobs of a deployment (fewer when it has no more), newest first."""
    return _in_words(client.pages("list_jobs", "jobs", at_least=max(1, count), id=deployment_id))


def _in_words(jobs):
    """Jobs with their state as text, whichever way the server writes it."""
    return [dict(job, state=d.job_state(job)) for job in jobs]


def revisions_of(client, deployment_id):
    """All revisions, the oldest first."""
    found = client.pages("list_revisions", "revisions", query={"sort_order": "asc"}, id=deployment_id)
    for one in found:
        if not isinstance(one.get("revision"), int) or not isinstance(one.get("job_definition"), dict):
            raise BadAnswer(
                "%s: the server lists a revision without a number or a job definition; check api_url" % deployment_id
            )
    return sorted(found, key=lambda revision: str(revision.get("created_at")))


def tasks_of(client, deployment_id):
    """What the server still has to do for a deployment; each with ``due`` added: whether it is to be done now."""
    tasks = client.pages("list_tasks", "tasks", id=deployment_id)
    soon = client.server_time() + DUE_SOON
    return [dict(task, due=(d.seconds_of(task.get("due_at")) or 0) <= soon) for task in tasks]


def ssh_keys(client, key, wanted):
    """The SSH public keys of a deployment, which its own answer does not have.

    None of them are wanted: then it has what is wanted on a server that does not know any. Else Unsupported there.
    """
    try:
        answer = client.call("list_ssh_keys", id=key)
    except RouteUnknown:
        if not wanted:
            return ()
        raise Unsupported(
            "ssh_public_keys: the API at %s does not know them. Leave them out, or ask for a newer server. "
            "Nothing was changed." % client.base
        ) from None
    keys = answer.get("public_keys") if isinstance(answer, dict) else None
    return tuple(str(one) for one in keys) if isinstance(keys, list) else ()

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of status: starts, stops, archives, deletes. What a request of unknown end did, the status tells."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api import answers
from ansible_collections.nosana.cloud.plugins.module_utils._api.again import send_once
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import Gone, NotFound, Refused, UnknownOutcome
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.plan.steps import ARCHIVE, DELETE, START, STOP
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

#: The statuses that show that a change of status was done.
DONE = {
    START: (d.STARTING, d.RUNNING),
    STOP: (d.STOPPING, d.STOPPED),
    ARCHIVE: (d.ARCHIVED,),
    DELETE: (),
}


def change_status(watch, operation):
    """Starts, stops, archives or deletes; after an unknown end or a refusal the status tells what became of it."""
    if operation == START and watch.status != d.DRAFT:
        watch.remember_ended()
    before = watch.deployment

    def send():
        watch.note(watch.client.call(operation, id=watch.id))
        return True

    send_once(watch.client, send, lambda problem: _is_done(watch, operation, problem, before) or None)
    watch.unsettled = True
    if operation == DELETE:
        watch.deployment = {}


def _is_done(watch, operation, problem, before):
    """Whether the change took place all the same. Raises when it can't, saying from which status and the way out.

    A start shows by any trace that it left since ``before``: a short run may have ended by now, or credits lack.
    """
    missing = isinstance(problem, NotFound)
    if isinstance(problem, Refused) and not missing and not answers.is_refusal(problem.message):
        raise problem
    try:
        status = watch.read().get("status")
    except NotFound:
        if operation == DELETE:
            return True
        raise
    if status in DONE[operation]:
        return True
    if operation == START and isinstance(problem, UnknownOutcome) and _moved(before, watch.deployment):
        return True
    if status not in d.ALLOWED[operation] + (d.STARTING, d.STOPPING):
        raise Gone(
            "%s: %s is not possible while it is %s (somebody else changed it meanwhile?). Run the task again: it "
            "starts from what it finds then." % (d.describe(watch.deployment), operation, status)
        ) from None
    return False


def _moved(before, after):
    """Whether a deployment's status was written in between."""
    return any(before.get(key) != after.get(key) for key in ("status", "updated_at"))

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes a revision, or another one the active one. What a request of unknown end did, the list of revisions tells."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api import reads
from ansible_collections.nosana.cloud.plugins.module_utils._api.client import MOST_TRIES
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import NosanaError, UnknownOutcome
from ansible_collections.nosana.cloud.plugins.module_utils._definition import compare
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.wait import PACE
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


def create_revision(watch, definition, note):
    """Makes revisions until the newest has a number of its own: else the server would run an older definition.

    ``note`` is called after each one. Raises NosanaError when none comes out so.
    """
    numbers = [revision["revision"] for revision in reads.revisions_of(watch.client, watch.id)]
    most = max(numbers, default=0) - (watch.deployment.get("active_revision") or 0) + 2
    for _attempt in range(max(2, most)):
        _post_revision(watch, definition)
        note()
        numbers = [revision["revision"] for revision in reads.revisions_of(watch.client, watch.id)]
        if numbers and numbers.count(numbers[-1]) == 1:
            return
        if watch.status != d.DRAFT:
            watch.settle()
    raise NosanaError(
        "%s: the server numbers each new revision like an older one, so that it runs the older definition. Make "
        "a new deployment instead." % d.describe(watch.deployment)
    )


def _post_revision(watch, definition):
    known = {_identity(revision) for revision in reads.revisions_of(watch.client, watch.id)}
    for attempt in range(MOST_TRIES):
        try:
            answer = watch.client.call("create_revision", body=definition, id=watch.id)
            if isinstance(answer, dict) and isinstance(answer.get("active_revision"), int):
                watch.note(answer)
            else:
                watch.read()
            return
        except UnknownOutcome as problem:
            if _revision_arrived(watch, definition, known):
                return
            if attempt == MOST_TRIES - 1:
                raise
            watch.client.pause_before_again(problem, PACE)


def _revision_arrived(watch, definition, known):
    """Whether a revision that was sent is there; if it is not the active one, it is made so."""
    revisions = reads.revisions_of(watch.client, watch.id)
    new = [one for one in revisions if _identity(one) not in known]
    new = [one for one in new if compare.same(definition, one.get("job_definition"))]
    if not new:
        return False
    if watch.read().get("active_revision") != new[-1].get("revision"):
        switch_revision(watch, new[-1].get("revision"))
    return True


def switch_revision(watch, number):
    """Makes the revision of that number the active one. Raises NosanaError when it is not known to be."""
    for attempt in range(MOST_TRIES):
        try:
            watch.note(watch.client.call("switch_revision", body={"active_revision": number}, id=watch.id))
            return
        except UnknownOutcome as problem:
            if watch.read().get("active_revision") == number:
                return
            if attempt == MOST_TRIES - 1:
                raise
            watch.client.pause_before_again(problem, PACE)


def _identity(revision):
    return revision.get("revision"), revision.get("created_at")

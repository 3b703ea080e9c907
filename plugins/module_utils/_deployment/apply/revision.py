# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes a revision, or another one the active one. What a request of unknown end did, the list of revisions tells."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.again import send_once
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import NosanaError, UnknownOutcome
from ansible_collections.nosana.cloud.plugins.module_utils._definition import compare
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


def create_revision(watch, definition, note):
    """Makes revisions until the newest has a number of its own: else the server would run an older definition.

    ``note`` is called after each one. Returns warnings: of a server that stores a definition other than it was sent,
    each run would make it anew. Raises NosanaError when none has a number of its own.
    """
    revisions = watch.revisions()
    highest = max((revision["revision"] for revision in revisions), default=0)
    for _attempt in range(max(2, highest - (watch.deployment.get("active_revision") or 0) + 2)):
        _post_revision(watch, definition, revisions)
        note()
        revisions = watch.revisions()
        numbers = [revision["revision"] for revision in revisions]
        if numbers and numbers.count(numbers[-1]) == 1:
            return _stored_otherwise(watch, definition, revisions[-1]["job_definition"])
        if watch.status != d.DRAFT:
            watch.wait_until_idle()
    raise NosanaError(
        "%s: the server numbers each new revision like an older one, so that it runs the older definition. Make "
        "a new deployment instead." % d.describe(watch.deployment),
        "unsupported",
    )


def _stored_otherwise(watch, definition, stored):
    places = compare.differences(definition, stored)
    if not places:
        return []
    return [
        "%s: the server stores another job definition than it was sent: %s. Each run of this task will make a new "
        "revision; write there what the server stores." % (d.describe(watch.deployment), ", ".join(places[:5]))
    ]


def _post_revision(watch, definition, before):
    known = {_identity(revision) for revision in before}

    def send():
        answer = watch.client.call("create_revision", body=definition, id=watch.id)
        if isinstance(answer, dict) and isinstance(answer.get("active_revision"), int):
            watch.note(answer)
        else:
            watch.read()
        return True

    def read_back(problem):
        if not isinstance(problem, UnknownOutcome):
            raise problem
        return _has_arrived(watch, definition, known) or None

    send_once(watch.client, send, read_back)


def _has_arrived(watch, definition, known):
    """Whether a revision that was sent is there; if it is not the active one, it is made so."""
    new = [one for one in watch.revisions() if _identity(one) not in known]
    new = [one for one in new if compare.same(definition, one.get("job_definition"))]
    if not new:
        return False
    if watch.read().get("active_revision") != new[-1].get("revision"):
        switch_revision(watch, new[-1].get("revision"))
    return True


def switch_revision(watch, number):
    """Makes the revision of that number the active one. Raises NosanaError when it is not known to be."""

    def send():
        watch.note(watch.client.call("switch_revision", body={"active_revision": number}, id=watch.id))
        return True

    def read_back(problem):
        if not isinstance(problem, UnknownOutcome):
            raise problem
        return watch.read().get("active_revision") == number or None

    send_once(watch.client, send, read_back)


def _identity(revision):
    return revision.get("revision"), revision.get("created_at")

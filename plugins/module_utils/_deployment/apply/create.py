# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Creates a deployment at most once, whatever becomes of the request.

Every create carries an ``idempotency_key`` that two runs of the same task compute alike. Servers that honour it
refuse a second create; on those that ignore it, a create whose end is unknown is looked for by its name among the
deployments that were not listed before.
"""

from __future__ import annotations

import hashlib
import uuid

from ansible_collections.nosana.cloud.plugins.module_utils._api import reads, shapes
from ansible_collections.nosana.cloud.plugins.module_utils._api.again import MOST_TRIES, PACE, send_once
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    Ambiguous,
    BadAnswer,
    Refused,
    UnknownOutcome,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

#: Archived holders of a key to pass by before giving up: more means that the server answers nonsense.
MOST_HOLDERS = 100


def idempotency_key(name, old_ids):
    """The key for a new deployment of the name: the same for all tasks that see the same old ones of it."""
    parts = [name] + sorted(old_ids)
    return "ansible-" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40]


class Creation:
    """One create. ``adopted`` tells whether the deployment is one that another run (or a lost request) made."""

    def __init__(self, client, body, before):
        self.client = client
        self.body = body
        self.name = body["name"]
        self.before = before  # the snapshot taken before: its ids are not the new one's
        # the one that is replaced is among the ingredients: else the key would hand back the one before it
        self.old_ids = {one.get("id") for one in before.archived + ((before.deployment,) if before.deployment else ())}
        self.adopted = False
        self._tries = 0

    def run(self):
        """Creates, and returns the deployment. Raises NosanaError when it can't be told, naming what there is."""
        for _holder in range(MOST_HOLDERS):
            key = idempotency_key(self.name, self.old_ids)
            body, self._tries = dict(self.body, idempotency_key=key), 0
            try:
                return send_once(self.client, lambda: self._send(body), self._find_lost)
            except Refused as problem:
                if problem.status != 409:
                    raise
                made = self._adopt_holder(key)
            if made is not None:
                return made
        raise BadAnswer("%s: the server names one holder of the idempotency key after the other" % self.name)

    def _send(self, body):
        self._tries += 1
        return self._checked(self.client.call("create", body=body))

    def _checked(self, answer):
        made = shapes.told_of_deployment(answer)
        if not made.get("id"):
            text = "POST /deployments/create: the answer is no deployment."
            raise UnknownOutcome(text, "POST", "/deployments/create", message="the answer is no deployment")
        return made

    def _find_lost(self, problem):
        """What a create of unknown end left behind; None when it is safe to send it again."""
        if isinstance(problem, Refused):
            raise problem
        if self._tries < MOST_TRIES and self._key_is_honoured():
            return None
        until = self.client.clock.now() + self.client.timeout
        while True:
            new = self._new_ones()
            if new:
                self.adopted = True
                return min(new, key=_age)
            if self.client.clock.now() >= until or self.client.deadline.passed():
                problem.add(
                    "No deployment named %r has appeared in %d s. Run the task again: it finds the one that may come "
                    "later, and makes one only if there is none." % (self.name, self.client.timeout)
                )
                raise problem
            self.client.clock.sleep(PACE)

    def _key_is_honoured(self):
        """Whether the server knows idempotency keys: asked for one that nobody has it lists nothing, and not all."""
        unused = {"idempotency_key": str(uuid.uuid4())}
        if self.client.pages("list_deployments", "deployments", query=unused, at_least=1):
            return False
        if self.client.pages("list_deployments", "deployments", at_least=1):
            return True
        return self.client.documents("idempotency_key")

    def _adopt_holder(self, key):
        """The live deployment of the name that holds the key; None when it is another, whose id the next key has."""
        holders = self.client.pages("list_deployments", "deployments", query={"idempotency_key": key})
        if len(holders) != 1 or not holders[0].get("id"):
            raise BadAnswer(
                "%s: a deployment with the same idempotency key exists, but the server does not say which. Run the "
                "task again; if it fails alike, look for a deployment that was renamed." % self.name
            )
        holder = holders[0]
        if holder.get("name") == self.name and not d.is_archived(holder):
            self.adopted = True
            return holder
        if holder["id"] in self.old_ids:
            raise BadAnswer("%s: the server says that %s holds a key that it can't hold" % (self.name, holder["id"]))
        self.old_ids.add(holder["id"])
        return None

    def _new_ones(self):
        """Live deployments of the name that were not there before."""
        return [
            one
            for one in reads.deployments_named(self.client, self.name)
            if not d.is_archived(one) and one.get("id") not in self.before.seen_ids
        ]

    def look_again(self, made):
        """Raises NosanaError when another run made one of the name at the same moment, which is the earlier one."""
        first = min([*self._new_ones(), made], key=_age)
        if first["id"] == made["id"]:
            return
        raise Ambiguous(
            "another run created a deployment named %r at the same moment: %s. This task's own, %s, was not started. "
            "This removes it: %s. Then run the task again."
            % (self.name, first["id"], made["id"], d.task(id=made["id"], state="absent"))
        )


def _age(deployment):
    return d.seconds_of(deployment.get("created_at")) or float("inf"), str(deployment.get("id"))

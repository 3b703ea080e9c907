# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The deployments of an account that many items are about, from one listing in full pages. Reads only."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.client import PAGE_LIMIT
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import BadAnswer, NotFound
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d


class Account:
    """What a listing had of the deployments that matter. Answers like snapshot.Asked, without a request.

    ``pages`` is how many requests a listing takes.
    """

    def __init__(self, deployments, pages):
        self.pages = pages
        self._by_id, self._by_name = {}, {}
        for one in deployments:
            self._by_id[one["id"]] = one
            self._by_name.setdefault(one["name"], []).append(one)

    def at(self, key):
        """The deployment of an id. Raises NotFound."""
        if key not in self._by_id:
            path = "/deployments/%s" % key
            raise NotFound("GET %s: the account has no such deployment" % path, "GET", path, 404)
        return self._by_id[key]

    def named(self, name):
        """All deployments of a name, ARCHIVED ones too."""
        return self._by_name.get(name, [])

    def live(self, prefix):
        """The deployments whose name begins so, by name, without ARCHIVED ones."""
        found = [one for one in self._by_id.values() if one["name"].startswith(prefix) and not d.is_archived(one)]
        return sorted(found, key=lambda one: (one["name"], one["id"]))


def read_account(client, names, ids, prefix=None):
    """The Account, with the deployments of these names (a set), ids (a set), and of names that begin with the prefix.

    Raises BadAnswer for a deployment without a name, which could be one that is looked for: none may be made beside it.
    """
    seen = 0

    def keep(one):
        nonlocal seen
        seen += 1
        name, key = one.get("name"), one.get("id")
        if name is None or not key:
            raise BadAnswer("GET /deployments: the server lists a deployment without a name or an id; check api_url")
        return name in names or key in ids or (prefix is not None and name.startswith(prefix))

    found = client.pages("list_deployments", "deployments", keep=keep)
    return Account(found, max(1, -(-seen // PAGE_LIMIT)))

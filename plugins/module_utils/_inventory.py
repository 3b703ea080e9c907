# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How deployments become hosts of an inventory: their names, groups and variables. Pure.

Nothing here trusts what the API says: names are free text that anybody with a key of the account can choose.
"""

from __future__ import annotations

import collections
import re
import sys

from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

#: The group that all others of this collection are in.
ROOT = "nosana"
#: The groups a deployment is in: each field that makes one, what its groups' names begin with, and whether they are in
#: small letters (in addresses capitals count).
_GROUPING = (
    ("status", "status", True),
    ("strategy", "strategy", True),
    ("market", "market", False),
    ("market_slug", "market", True),
)
LONGEST_GROUP_VALUE = 64

#: The ansible_host of all: a deployment is no machine. Names in .invalid never lead to one, and this one says why.
NO_SSH_HOST = "no-ssh-to-a-nosana-deployment.invalid"

PREFIX = "nosana_"
_FIELD_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)

#: Characters of a name that is used whole; of a longer one, the beginning.
LONGEST_PLAIN, LONGEST_CUT = 128, 40
#: Letters and digits of any script, then also ".", "_" and "-": no meaning in patterns, paths, shells or templates.
_PLAIN_NAME = re.compile(r"\w[\w.-]{0,%d}" % (LONGEST_PLAIN - 1))
#: What a name with an id behind it ends like. No other may: that alone makes all names differ.
_ENDS_IN_ID = re.compile(r"(?:.*-)?[1-9A-HJ-NP-Za-km-z]{43,44}", re.DOTALL)
#: Names that mean something to Ansible: it would take such a deployment for the machine it runs on, or for a group.
_MEANINGFUL = frozenset(["all", "ungrouped", "localhost", "127.0.0.1", "::1"])


def has_id(deployment):
    """Whether the API gave a usable id: without one nothing can be done with a deployment."""
    return isinstance(deployment.get("id"), str) and d.is_id(deployment["id"])


def usable(deployments):
    """The deployments that have an id, each id once."""
    return list({one["id"]: one for one in deployments if has_id(one)}.values())


def host_names(deployments, groups=(), owners=None):
    """A host name for each id of the (usable) deployments, whatever their order.

    It is the deployment's own name where that is safe and nobody else's, else one with the id in it. ``groups``: names
    of groups, which no host may have. ``owners``: the hosts that other sources made, each with the id of the deployment
    that it is, None if it is none.
    """
    owners = owners or {}
    taken = _MEANINGFUL.union(groups, *(groups_of(one) for one in deployments), [ROOT])
    count = collections.Counter(one.get("name") for one in deployments if isinstance(one.get("name"), str))

    def own(one):
        name = one.get("name")
        return (
            isinstance(name, str)
            and count[name] == 1
            and _PLAIN_NAME.fullmatch(name)
            and not _ENDS_IN_ID.fullmatch(name)
            and name not in taken
            and name.lower() not in _MEANINGFUL
            and owners.get(name, one["id"]) == one["id"]
        )

    return {one["id"]: str(one["name"]) if own(one) else _with_id(one) for one in deployments}


def _with_id(deployment):
    """What is harmless of the name, and the id."""
    words = re.sub(r"[^\w.]+", "-", str(deployment.get("name") or ""))[:LONGEST_CUT].strip("-.")
    return "%s-%s" % (words, deployment["id"]) if words else deployment["id"]


def groups_of(deployment):
    """The names of the groups that a deployment is in by its status, its strategy and its market."""
    values = [(beginning, deployment.get(field), small) for field, beginning, small in _GROUPING]
    return [
        "%s%s_%s" % (PREFIX, beginning, _group_word(value.lower() if small else value))
        for beginning, value, small in values
        if isinstance(value, str) and value.strip()
    ]


def _group_word(text):
    return re.sub(r"[^A-Za-z0-9_]+", "_", text)[:LONGEST_GROUP_VALUE]


def with_slugs(deployments, slugs):
    """The deployments with ``market_slug`` added, None where it is not known; ``slugs`` are those of addresses."""
    return [dict(one, market_slug=slugs.get(str(one.get("market")))) for one in deployments]


def variables_of(deployment):
    """A host's variables: each field of the deployment with the prefix (``nosana_endpoints`` always a list of maps),
    and the first URL, None where there is none, as ``nosana_url``. Known fields that it does not have are None."""
    whole = dict({"market_slug": None}, **d.complete(deployment))
    # one name for all hosts: there may be thousands of them
    fields = {sys.intern(PREFIX + key): value for key, value in whole.items() if _FIELD_NAME.fullmatch(str(key))}
    listed = deployment.get("endpoints")
    endpoints = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    urls = [one["url"] for one in endpoints if isinstance(one.get("url"), str) and one["url"]]
    return dict(fields, nosana_endpoints=endpoints, nosana_url=urls[0] if urls else None)

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gives a deployment exactly the SSH keys of a task: in one request, or by what is to be added and removed."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api import reads
from ansible_collections.nosana.cloud.plugins.module_utils._api.again import send_once
from ansible_collections.nosana.cloud.plugins.module_utils._model.deployment import key_material


def set_ssh_keys(client, deployment_id, keys):
    """Sets the keys (a list of public keys). Raises NosanaError when a request fails, as it may for each."""

    def has():
        return reads.ssh_keys(client, deployment_id, keys)

    if client.supports("update_ssh_keys"):
        _send(client, "update_ssh_keys", deployment_id, keys, lambda: key_material(has()) == key_material(keys))
        return
    before = has()
    removed, added = _without(before, keys), _without(keys, before)
    if removed:  # first: a deployment has at most ten at any moment
        _send(client, "remove_ssh_keys", deployment_id, removed, lambda: _without(removed, has()) == removed)
    if added:
        _send(client, "add_ssh_keys", deployment_id, added, lambda: not _without(added, has()))


def _without(keys, others):
    known = key_material(others)
    return [key for key in keys if key_material([key])[0] not in known]


def _send(client, operation, deployment_id, keys, is_done):
    """Sends a change; where its answers were lost, the keys tell whether it was done."""

    def send():
        client.call(operation, body={"public_keys": keys}, id=deployment_id)
        return True

    def read_back(problem):
        if problem.reason != "unknown_outcome":
            raise problem
        return is_done() or None

    send_once(client, send, read_back)

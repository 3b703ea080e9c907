# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Many deployments for tests: items and what the server has for them, the module in this process, the server's view."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.modules import nosana_deployments

from .inprocess import CREATE

#: A fault: the server refuses a request.
REFUSAL = {"kind": "status", "status": 403, "body": {"error": "no"}}
STARTED = dict(CREATE, state="started", replicas=1)


def runs(server, run_module):
    """``task(deployments, check_mode=False, **options)``: the result of the module."""

    def run_task(deployments, check_mode=False, diff=False, **options):
        given = {"api_url": server.api_url, "api_key": "nos_fleet", "deployments": deployments, **options}
        return run_module(nosana_deployments, given, check_mode=check_mode, diff=diff)

    return run_task


def named(count, **more):
    """So many items."""
    return [dict({"name": "n%02d" % number}, **more) for number in range(count)]


def seeds(count, **more):
    """So many deployments to be put on the server, of the names of ``named``."""
    return [dict(CREATE, name="n%02d" % number, **more) for number in range(count)]


def state(server):
    """The server's own view of each deployment, by name."""
    return {one["name"]: one for one in server.control("GET", "/state")["deployments"]}


def mutations(server):
    """The changing requests that the server accepted."""
    return [one for one in server.requests() if one["mutating"] and one["accepted"]]

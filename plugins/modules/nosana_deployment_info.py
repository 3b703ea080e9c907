#!/usr/bin/python
# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nosana_deployment_info
short_description: List deployments on the Nosana compute cloud
version_added: 0.1.0
description:
  - Lists the deployments of the account, newest first, every one of them however many pages the API splits them into.
  - All filters that are given have to match. ARCHIVED deployments are listed only when O(status) names them, or O(id)
    is given.
extends_documentation_fragment:
  - nosana.cloud.attributes
  - nosana.cloud.attributes.info_module
  - nosana.cloud.connection
author:
  - Nosana Ansible contributors (@nosana-ci)
options:
  id:
    description:
      - Text, the id of the one deployment to read, ARCHIVED or not. An unknown one gives an empty list.
      - When left out, deployments of any id match.
    type: str
    aliases: [deployment_id]
  name:
    description:
      - Text, the exact name. Several deployments can have it.
      - When left out, deployments of any name match.
    type: str
  search:
    description:
      - Text, a part of the name or of the id, in capital or small letters.
      - When left out, it does not filter.
    type: str
  status:
    description:
      - List of words, the statuses that match.
      - When left out, all of these match but ARCHIVED.
    type: list
    elements: str
    choices: [DRAFT, STARTING, RUNNING, STOPPING, STOPPED, INSUFFICIENT_FUNDS, ERROR, ARCHIVED]
  strategy:
    description:
      - List of words, the strategies that match.
      - When left out, all match.
    type: list
    elements: str
    choices: [SIMPLE, SIMPLE-EXTEND, SCHEDULED, INFINITE]
  vault:
    description:
      - Text, the address of the vault that pays.
      - When left out, it does not filter.
    type: str
  created_after:
    description:
      - Time (ISO 8601, UTC where it names no zone) from which on a deployment was created, itself included. A date
        alone is its midnight.
      - When left out, it does not filter.
    type: str
  created_before:
    description:
      - Time (ISO 8601, UTC where it names no zone) until which a deployment was created, itself included. A date alone
        is its midnight.
      - When left out, it does not filter.
    type: str
  max_results:
    description:
      - Number of deployments to list at most, the newest ones.
      - When left out, all that match are listed.
    type: int
  include:
    description:
      - List of words, what else to read of each deployment. Each costs a request for each deployment, V(cost) one for
        each market.
      - V(job_definition), the active one, with its secrets masked. V(revisions), all of them, oldest first, masked as
        well. V(jobs) and V(events), newest first. V(tasks), what the server has yet to do. V(cost), C(usd_per_hour) and
        C(usd_until_timeout) while it runs, as M(nosana.cloud.nosana_deployment) returns them.
      - When left out, only the deployments themselves are read.
    type: list
    elements: str
    choices: [job_definition, revisions, jobs, events, tasks, cost]
seealso:
  - module: nosana.cloud.nosana_deployment
"""

EXAMPLES = r"""
- name: List everything that runs
  nosana.cloud.nosana_deployment_info:
    status:
      - RUNNING
      - STARTING
  register: running

- name: Show what runs
  ansible.builtin.debug:
    msg: "{{ running.deployments | map(attribute='name') | list }}"

- name: Read one, with what it runs and what happened
  nosana.cloud.nosana_deployment_info:
    name: hello
    include:
      - job_definition
      - jobs
      - events

- name: Find what was made this year, ARCHIVED or not
  nosana.cloud.nosana_deployment_info:
    created_after: "2026-01-01"
    status: [DRAFT, STARTING, RUNNING, STOPPING, STOPPED, INSUFFICIENT_FUNDS, ERROR, ARCHIVED]
    max_results: 100
"""

RETURN = r"""
deployments:
  description:
    - The deployments, newest first, each with the API's own fields and what O(include) asked for. Empty when none
      matches.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ
      name: hello
      market: 97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf
      status: RUNNING
      strategy: SIMPLE
      replicas: 1
      timeout: 60
      active_revision: 1
      active_jobs: 1
      endpoints:
        - opId: web
          port: 80
          url: https://4fjq2v.node.k8s.prd.nos.ci
      created_at: "2026-08-21T10:00:00.000Z"
      updated_at: "2026-08-21T10:00:02.000Z"
count:
  description: Number of deployments in the list.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.nosana.cloud.plugins.module_utils._deployment.listing import INCLUDES, find, include
from ansible_collections.nosana.cloud.plugins.module_utils._model.deployment import STATUSES, STRATEGIES
from ansible_collections.nosana.cloud.plugins.module_utils._module import run_module
from ansible_collections.nosana.cloud.plugins.module_utils._offers.markets import Markets


def list_deployments(module, client):
    wanted = module.params["include"] or []
    markets = Markets(client)
    found = [include(client, one, wanted, markets) for one in find(client, module.params)]
    return {"changed": False, "deployments": found, "count": len(found)}


def main():
    run_module(
        list_deployments,
        {
            "id": {"type": "str", "aliases": ["deployment_id"]},
            "name": {"type": "str"},
            "search": {"type": "str"},
            "status": {"type": "list", "elements": "str", "choices": list(STATUSES)},
            "strategy": {"type": "list", "elements": "str", "choices": list(STRATEGIES)},
            "vault": {"type": "str"},
            "created_after": {"type": "str"},
            "created_before": {"type": "str"},
            "max_results": {"type": "int"},
            "include": {"type": "list", "elements": "str", "choices": list(INCLUDES)},
        },
    )


if __name__ == "__main__":
    main()

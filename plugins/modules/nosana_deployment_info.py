#!/usr/bin/python
# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nosana_deployment_info
short_description: List deployments on the Nosana compute cloud
version_added: 1.0.0
description:
  - Lists the deployments of an account, newest first. All pages of the API's list are read.
  - A deployment is listed when all given filters match.
  - ARCHIVED deployments are listed only when O(status) names them, or O(id) is given. A deployment whose status this
    version does not know is listed unless O(status) is given.
extends_documentation_fragment:
  - nosana.cloud.attributes
  - nosana.cloud.attributes.info_module
  - nosana.cloud.connection
author:
  - Nosana Ansible contributors (@nosana-ci)
options:
  id:
    description:
      - The id of the one deployment to read, ARCHIVED or not. An unknown one gives an empty list.
      - By default, deployments with any id are listed.
    type: str
    aliases: [deployment_id]
  name:
    description:
      - The exact name of the deployments to list. Several deployments can have the same name.
      - By default, deployments with any name are listed.
    type: str
  search:
    description:
      - A part of the name or of the id. Case does not matter.
      - By default, all deployments are listed.
    type: str
  status:
    description:
      - The statuses of the deployments to list.
      - By default, deployments of every status but ARCHIVED are listed.
    type: list
    elements: str
    choices: [DRAFT, STARTING, RUNNING, STOPPING, STOPPED, INSUFFICIENT_FUNDS, ERROR, ARCHIVED]
  strategy:
    description:
      - The strategies of the deployments to list.
      - By default, deployments of every strategy are listed.
    type: list
    elements: str
    choices: [SIMPLE, SIMPLE-EXTEND, SCHEDULED, INFINITE]
  vault:
    description:
      - The address of the vault that pays for the deployments to list.
      - By default, deployments of every vault are listed.
    type: str
  created_after:
    description:
      - The earliest time of creation of the deployments to list, in ISO 8601. A time without a zone is UTC, and a date
        without a time is its midnight.
      - By default, there is no earliest time.
    type: str
  created_before:
    description:
      - The latest time of creation of the deployments to list, written like O(created_after).
      - By default, there is no latest time.
    type: str
  max_results:
    description:
      - The highest number of deployments to list; the newest are kept. At least 1.
      - By default, all that match are listed.
    type: int
  include:
    description:
      - What else to read of each deployment. Each item takes at least one more request for each deployment. V(jobs) and
        V(cost) share theirs. Eight deployments are read at the same time. One that is deleted meanwhile is left out.
      - V(job_definition) is the active job definition, V(revisions) are all of them, oldest first. Secrets are masked.
      - V(jobs) and V(events) are listed newest first. V(tasks) is what the server has yet to do.
      - V(cost) is RV(nosana.cloud.nosana_deployment#module:cost), and adds RV(deployments[].usd_so_far),
        RV(deployments[].running_since) and RV(deployments[].next_runs). It also takes one request for each market, and
        one for each job that ran for longer than the deployment's timeout.
      - By default, only the deployments themselves are read.
    type: list
    elements: str
    choices: [job_definition, revisions, jobs, events, tasks, cost]
seealso:
  - module: nosana.cloud.nosana_deployment
"""

EXAMPLES = r"""
- name: List all deployments that run
  nosana.cloud.nosana_deployment_info:
    status:
      - RUNNING
      - STARTING
  register: running

- name: Show their names
  ansible.builtin.debug:
    msg: "{{ running.deployments | map(attribute='name') | list }}"

- name: Read one deployment, with its job definition, jobs and events
  nosana.cloud.nosana_deployment_info:
    name: hello
    include:
      - job_definition
      - jobs
      - events

- name: Read what costs how much, and since when
  nosana.cloud.nosana_deployment_info:
    status:
      - RUNNING
      - STARTING
    include:
      - cost
  register: costs

- name: Show it
  ansible.builtin.debug:
    msg: "{{ item.name }}: ${{ item.cost.usd_per_hour }} an hour since {{ item.running_since }}, ${{ item.usd_so_far }}"
  loop: "{{ costs.deployments }}"
  loop_control:
    label: "{{ item.id }}"

- name: List deployments created in 2026 or later, ARCHIVED or not
  nosana.cloud.nosana_deployment_info:
    created_after: "2026-01-01"
    status: [DRAFT, STARTING, RUNNING, STOPPING, STOPPED, INSUFFICIENT_FUNDS, ERROR, ARCHIVED]
    max_results: 100
"""

RETURN = r"""
deployments:
  description:
    - The deployments, newest first, with the API's own fields and those of O(include). Empty when none matches.
    - Every field of the sample is always there, and null where the deployment, or its server, does not have it. The API
      does not list SSH keys.
  returned: success
  type: list
  elements: dict
  contains:
    cost:
      description: What the deployment costs while it runs, see RV(nosana.cloud.nosana_deployment#module:cost).
      returned: O(include) names V(cost)
      type: dict
      sample:
        usd_per_hour: 0.352
        usd_until_timeout: 0.352
    usd_so_far:
      description:
        - What all jobs of the deployment cost so far, in US dollars. This is an estimate at today's price of each job's
          market, not what was charged.
        - A job counts from its start to now. One that has ended counts to its last change (C(updated_at)), and no
          longer than its timeout. A queued job costs nothing.
        - Null if the price of a market is not known, or if the server does not list when a job ran.
      returned: O(include) names V(cost)
      type: float
      sample: 1.2437
    running_since:
      description:
        - When the first of the jobs that run now was started, in UTC. Null if none runs.
        - An INFINITE deployment replaces its jobs. There it is the time since when one job has followed another with
          pauses of less than ten minutes.
      returned: O(include) names V(cost)
      type: str
      sample: "2026-08-21T10:00:02.000Z"
    next_runs:
      description:
        - The next three times of the schedule, in UTC. A deployment runs then only if it is started.
        - Null if the strategy is not SCHEDULED, or if the schedule can't be read.
      returned: O(include) names V(cost)
      type: list
      elements: str
      sample:
        - "2026-08-22T00:00:00.000Z"
        - "2026-08-23T00:00:00.000Z"
        - "2026-08-24T00:00:00.000Z"
  sample:
    - id: 8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ
      name: hello
      vault: 3vJm8qYzQyVQJ6XgYhT2kqkVtqJrZs5tYx1cW7uNbPfE
      owner: 5uGf3nLwYkVtqJrZs5tYx1cW7uNbPfEZqYhT2kqkVtqJ
      market: 97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf
      status: RUNNING
      strategy: SIMPLE
      replicas: 1
      timeout: 60
      schedule: null
      rotation_time: null
      startup_timeout: null
      requirements: null
      confidential: false
      active_revision: 1
      active_jobs: 1
      endpoints:
        - opId: web
          port: 80
          url: https://4fjq2v.node.k8s.prd.nos.ci
      created_at: "2026-08-21T10:00:00.000Z"
      updated_at: "2026-08-21T10:00:02.000Z"
count:
  description: The number of deployments in the list.
  returned: success
  type: int
  sample: 1
reason:
  description:
    - Why the task failed, in one word that C(rescue) can compare. One of V(bad_option), V(unsupported) (the server
      is too old), V(refused) (by the API), V(unreachable), V(interrupted) and V(bug).
  returned: failure
  type: str
  sample: refused
error:
  description:
    - What the API said when it refused, or why it could not be reached. C(status) is null where nothing answered.
    - Null for failures of any other kind.
  returned: failure
  type: dict
  sample:
    status: 401
    method: GET
    path: /deployments
    message: Unauthorized, missing or invalid headers
"""

from ansible_collections.nosana.cloud.plugins.module_utils._module import run_module
from ansible_collections.nosana.cloud.plugins.module_utils._api.readers import Readers
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.listing import INCLUDES, find, include
from ansible_collections.nosana.cloud.plugins.module_utils._model.deployment import STATUSES, STRATEGIES
from ansible_collections.nosana.cloud.plugins.module_utils._offers.markets import Markets


def list_deployments(module, client):
    readers = Readers(client)
    found = find(readers.client, module.params)
    found = include(readers, found, module.params["include"] or [], Markets(readers.client))
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

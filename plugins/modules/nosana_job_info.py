#!/usr/bin/python
# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nosana_job_info
short_description: List jobs on the Nosana compute cloud, with what became of them
version_added: 0.1.0
description:
  - Lists the jobs of a deployment, or reads one job by its address. A job is what a host runs for one replica.
  - With O(include) it tells whether a job succeeded, why not, and what its containers wrote.
extends_documentation_fragment:
  - nosana.cloud.attributes
  - nosana.cloud.attributes.info_module
  - nosana.cloud.connection
author:
  - Nosana Ansible contributors (@nosana-ci)
options:
  deployment_id:
    description:
      - Text, the id of the deployment whose jobs are listed. An unknown one fails.
      - When left out, O(job) says which job is meant. One of both is required; together they read one job of the
        deployment.
    type: str
  job:
    description:
      - Text, the address of the one job to read. An unknown one gives an empty list.
      - Without O(deployment_id) the deployment is found by the job itself. Nosana does not show to which deployment a
        confidential job belongs, nor what it runs; give O(deployment_id) for those.
      - When left out, all jobs of the deployment match.
    type: str
  state:
    description:
      - List of words, the states that match. COMPLETED says that a job ran to its end, well or badly; STOPPED, that
        it was ended before.
      - When left out, all match.
    type: list
    elements: str
    choices: [QUEUED, RUNNING, COMPLETED, STOPPED]
  include:
    description:
      - List of words, what else to read of each job. It costs a request for each job, however many are named.
      - V(definition), what it runs. V(result), what became of it. V(logs), what its containers wrote, after what its
        host complained of; the last 500 lines of each operation. Hosts post both when a job has ended, and some a
        while later.
      - Secrets of the job definition are masked in all of them, also where a container wrote them.
      - When left out, only the jobs themselves are read.
    type: list
    elements: str
    choices: [definition, result, logs]
  max_results:
    description:
      - Number of jobs to list at most, the newest ones.
      - When left out, all that match are listed.
    type: int
seealso:
  - module: nosana.cloud.nosana_job
  - module: nosana.cloud.nosana_deployment_info
"""

EXAMPLES = r"""
- name: A batch job that runs once
  nosana.cloud.nosana_deployment:
    name: training
    state: started
    market: 97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf # nvidia-4090
    strategy: SIMPLE
    replicas: 1
    timeout: 60
    job_definition:
      version: "0.1"
      type: container
      ops:
        - id: train
          type: container/run
          args:
            image: docker.io/library/busybox:1.37
            cmd: ["sh", "-c", "echo step 1 && echo step 2"]
  register: training

- name: Wait until it has ended and its result is there
  nosana.cloud.nosana_job_info:
    deployment_id: "{{ training.deployment.id }}"
    include:
      - result
      - logs
    max_results: 1
  register: run
  until: run.jobs | length > 0 and run.jobs[0].result.verdict != 'unknown'
  retries: 60
  delay: 5

- name: Show what it wrote
  ansible.builtin.debug:
    msg: "{{ run.jobs[0].logs | map(attribute='lines') | flatten }}"

- name: List what runs or is queued
  nosana.cloud.nosana_job_info:
    deployment_id: "{{ training.deployment.id }}"
    state:
      - QUEUED
      - RUNNING
"""

RETURN = r"""
jobs:
  description:
    - The jobs, newest first. Empty when none matches.
    - Jobs of a deployment have the API's own fields. Of a job that was read by its address, C(time_start) and
      C(time_end) (Unix seconds, 0 for not yet) and C(timeout) (seconds) are told as well, and the rest where its
      deployment is known.
    - C(state) is always a word, C(node) is the host that took the job, null while none has.
    - C(definition) is there with O(include), null where the API does not show it.
    - C(result) is there with O(include). Its C(verdict) is V(succeeded) (it ran to its end, with exit code 0 in each
      operation), V(failed), or V(unknown) while it runs, and until its host has posted the result. C(reason) says in
      words why it failed, or why that is not known; C(operations) what became of each.
    - C(logs) is there with O(include), for each operation its C(lines), those that begin with C(host:) first.
  returned: success
  type: list
  elements: dict
  sample:
    - job: DdpX2tZsEUt6mYVdB8PzjY2aKBjTgTz5sTtPsiG7Ymq4
      deployment: 8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ
      state: COMPLETED
      revision: 1
      market: 97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf
      node: 7hVQ3bYJmT6bK1dV1c2pN9nWvE5YxkqJt4sZr8uFgLmA
      created_at: "2026-08-21T10:00:00.000Z"
      result:
        verdict: failed
        reason: "operation train: it ended with exit code 1"
        status: failed
        start_time: "2026-08-21T10:00:20.000Z"
        end_time: "2026-08-21T10:04:11.000Z"
        operations:
          - id: train
            status: failed
            exit_code: 1
            start_time: "2026-08-21T10:00:20.000Z"
            end_time: "2026-08-21T10:04:11.000Z"
            results: {}
      logs:
        - operation: train
          lines:
            - step 1
            - "ValueError: loss is not a number"
count:
  description: Number of jobs in the list.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.nosana.cloud.plugins.module_utils._jobs.find import INCLUDES, STATES, find
from ansible_collections.nosana.cloud.plugins.module_utils._module import run_module


def list_jobs(module, client):
    found = find(client, module.params)
    return {"changed": False, "jobs": found, "count": len(found)}


def main():
    run_module(
        list_jobs,
        {
            "deployment_id": {"type": "str"},
            "job": {"type": "str"},
            "state": {"type": "list", "elements": "str", "choices": list(STATES)},
            "include": {"type": "list", "elements": "str", "choices": list(INCLUDES)},
            "max_results": {"type": "int"},
        },
        required_one_of=[("deployment_id", "job")],
    )


if __name__ == "__main__":
    main()

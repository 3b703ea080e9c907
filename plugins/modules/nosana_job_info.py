#!/usr/bin/python
# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nosana_job_info
short_description: List jobs on the Nosana compute cloud, with their results and logs
version_added: 1.0.0
description:
  - Lists the jobs of a deployment, or reads one job by its address. A job is the work of one host for one replica.
  - With O(include), returns whether a job succeeded, why it failed, and what its containers wrote.
extends_documentation_fragment:
  - nosana.cloud.attributes
  - nosana.cloud.attributes.info_module
  - nosana.cloud.connection
author:
  - Nosana Ansible contributors (@nosana-ci)
options:
  deployment_id:
    description:
      - The id of the deployment whose jobs are listed. An unknown one fails.
      - O(deployment_id), O(job) or both are required. With both, the one job of the deployment is read.
    type: str
  job:
    description:
      - The address of the one job to read. An unknown one gives an empty list.
      - Without O(deployment_id), the job itself names its deployment. A confidential job shows neither its deployment
        nor its definition; give O(deployment_id) for those.
      - By default, all jobs of the deployment are listed.
    type: str
  state:
    description:
      - The states of the jobs to list. COMPLETED jobs ran to their end, with success or not. STOPPED jobs were ended
        before that.
      - By default, jobs in every state are listed.
    type: list
    elements: str
    choices: [QUEUED, RUNNING, COMPLETED, STOPPED]
  include:
    description:
      - What else to read of each job. It takes one more request for each job, however many items are given.
      - V(definition) is the job definition, V(result) is how the job ended. V(logs) are the errors of its host, then
        the last lines of each operation, see O(tail). Hosts post results and logs when a job ends, or some time later.
      - The logs of a job that runs are read from its host, which needs the Python library C(websocket-client). This
        takes one more request and up to 30 seconds for each such job, eight at the same time. Usually it takes 2
        seconds. Only what was written so far is read. C(logs_problem) says why there are no logs; the task
        does not fail.
      - Secrets of the job definition are masked in all of them, also in the logs.
      - By default, only the jobs themselves are read.
    type: list
    elements: str
    choices: [definition, result, logs]
  tail:
    description:
      - How many lines of each operation O(include=logs) returns, the last ones. From 1 to 10000.
      - By default, the last 100 lines. A first line says how many were left out.
    type: int
    default: 100
  max_results:
    description:
      - The highest number of jobs to list; the newest are kept. At least 1.
      - By default, all that match are listed.
    type: int
requirements:
  - websocket-client 1.2.3 or newer (Python library), on the host that runs the task, for the logs of jobs that run
notes:
  - The host of a job belongs to its provider. To read a log, the API gives the task a header that hosts accept for some
    minutes. It is sent to the job's host only, and never shown.
seealso:
  - module: nosana.cloud.nosana_job
  - module: nosana.cloud.nosana_deployment_info
"""

EXAMPLES = r"""
- name: Start a batch job, which ends after a second
  nosana.cloud.nosana_deployment:
    name: example-training
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

- name: Wait for its result
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

- name: Show its logs
  ansible.builtin.debug:
    msg: "{{ run.jobs[0].logs | map(attribute='lines') | flatten }}"

- name: Read the last 20 lines of what runs now
  nosana.cloud.nosana_job_info:
    deployment_id: "{{ training.deployment.id }}"
    state:
      - RUNNING
    include:
      - logs
    tail: 20
  register: now

- name: Show them, or why there are none
  ansible.builtin.debug:
    msg: "{{ item.logs_problem or item.logs | map(attribute='lines') | flatten }}"
  loop: "{{ now.jobs }}"
  loop_control:
    label: "{{ item.job }}"

- name: List the jobs that are queued or running
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
    - Jobs of a deployment have the API's own fields. A job that is read by its address has C(time_start) and
      C(time_end) (Unix seconds, 0 for not yet) and C(timeout) (seconds), and the other fields where its deployment is
      known.
    - C(state) is always a word. C(node) is the host that took the job, null while none has.
    - C(definition) is returned with O(include), and null where the API does not show it.
    - C(result) is returned with O(include). Its C(verdict) is V(succeeded) when all operations ended with exit code 0,
      V(failed), or V(unknown) until the job has ended and its host has posted the result. C(reason) explains a failed
      or unknown one. C(operations) has the result of each operation.
    - C(logs) is returned with O(include). It has the C(lines) of each operation; lines that begin with C(host:) are
      from the host, and come first. While an operation has written nothing, such a line says what the host does.
    - C(logs_problem) is returned with C(logs). It says why there are none, or why they may lack their end. Otherwise it
      is null, also if the job has written nothing.
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
      logs_problem: null
count:
  description: The number of jobs in the list.
  returned: success
  type: int
  sample: 1
reason:
  description:
    - Why the task failed, in one word that C(rescue) can compare. One of V(bad_option), V(not_found),
      V(unsupported) (the library C(requests) is missing), V(refused) (by the API), V(unreachable), V(interrupted) and
      V(bug).
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
    path: /deployments/8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ/jobs
    message: Unauthorized, missing or invalid headers
"""

from ansible_collections.nosana.cloud.plugins.module_utils._module import run_module
from ansible_collections.nosana.cloud.plugins.module_utils._jobs.find import INCLUDES, STATES, TAIL, find


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
            "tail": {"type": "int", "default": TAIL},
            "max_results": {"type": "int"},
        },
        required_one_of=[("deployment_id", "job")],
    )


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nosana_job
short_description: Stop one job on the Nosana compute cloud, or give it more time
version_added: 1.0.0
description:
  - Stops a single job, or makes sure that it has enough time left. The module is idempotent.
  - A deployment creates its jobs itself, and M(nosana.cloud.nosana_deployment) manages it. Use this module for one job
    among several that has to end, or must not end yet.
  - An INFINITE or SIMPLE-EXTEND deployment keeps its jobs running. It may list another job in place of one that was
    stopped; the task then warns.
  - Check mode sends no request that could change anything. RV(ignore:changed), RV(actions) and RV(ignore:diff) are
    those of the real run, apart from the exact number of seconds by which a running job is extended.
extends_documentation_fragment:
  - nosana.cloud.attributes
  - nosana.cloud.connection
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
author:
  - Nosana Ansible contributors (@nosana-ci)
options:
  job:
    description:
      - The address of the job, as M(nosana.cloud.nosana_job_info) lists it. It is required. An unknown one fails.
    type: str
    required: true
    aliases: [id]
  state:
    description:
      - The state to bring the job to.
      - V(stopped) means that the job has ended, by itself or because it was stopped. The task waits for that.
      - V(running) means that the job has not ended. It may still be queued. The task fails for a job that has ended,
        since no job runs twice.
      - By default, V(running).
    type: str
    choices: [running, stopped]
    default: running
  min_remaining_seconds:
    description:
      - How much time the job must have left until its timeout, in seconds. At least 1. A job with less is extended by
        what is missing, which costs credits. A job with more is left alone. A queued job has all of its time left.
      - If less than a minute is missing, and less than a tenth of the value, nothing is done.
      - Not allowed for O(state=stopped).
      - By default, the timeout is left alone.
    type: int
  wait_timeout:
    description:
      - How long the whole task may take, in seconds, with the wait for the job to end or for its new timeout. The task
        fails after that; the same task continues.
      - By default, 600 seconds.
    type: int
    default: 600
seealso:
  - module: nosana.cloud.nosana_job_info
  - module: nosana.cloud.nosana_deployment
"""

EXAMPLES = r"""
- name: Start a deployment with two jobs
  nosana.cloud.nosana_deployment:
    name: example-jobs
    state: started
    market: nvidia-4090
    strategy: SIMPLE
    replicas: 2
    timeout: 60
    job_definition:
      version: "0.1"
      type: container
      ops:
        - id: web
          type: container/run
          args:
            image: docker.io/library/nginx:1.29
            expose: 80
  register: started

- name: Make sure that one of its jobs can run for two more hours
  nosana.cloud.nosana_job:
    job: "{{ started.jobs[0].job }}"
    min_remaining_seconds: 7200

- name: Stop the other one
  nosana.cloud.nosana_job:
    job: "{{ started.jobs[1].job }}"
    state: stopped

- name: Stop the deployment, so that it costs nothing any more
  nosana.cloud.nosana_deployment:
    id: "{{ started.deployment.id }}"
    state: stopped
"""

RETURN = r"""
actions:
  description:
    - What was done; in check mode, what would be done. V(stop) or V(extend), and empty when nothing changed.
  returned: when the job was found
  type: list
  elements: str
  sample: [extend]
job:
  description:
    - The job; in check mode, as it would be; on failure, as last seen.
    - C(state) is a word. C(time_start) and C(time_end) are Unix seconds, 0 for not yet. C(timeout) is in seconds, and
      C(remaining_seconds) is what is left of it, null for a job that has ended. C(deployment) is null where the API
      does not show it, as for confidential jobs.
  returned: when the job was found
  type: dict
  sample:
    job: DdpX2tZsEUt6mYVdB8PzjY2aKBjTgTz5sTtPsiG7Ymq4
    deployment: 8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ
    state: RUNNING
    market: 97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf
    node: 7hVQ3bYJmT6bK1dV1c2pN9nWvE5YxkqJt4sZr8uFgLmA
    time_start: 1785000000
    time_end: 0
    timeout: 7312
    remaining_seconds: 7200
reason:
  description:
    - Why the task failed, in one word that C(rescue) can compare. One of V(bad_option) (a value),
      V(not_found), V(unsupported) (the server lacks it), V(refused) (by the API), V(unreachable) (no usable answer, or
      a state that this version does not know), V(unknown_outcome) (the end of a request is not known), V(timed_out),
      V(gone) (it ended before it was given more time), V(interrupted) and V(bug).
  returned: failure
  type: str
  sample: timed_out
error:
  description:
    - What the API said when it refused, or why it could not be reached. C(status) is null where nothing answered.
    - Null for failures of any other kind.
  returned: failure
  type: dict
  sample:
    status: 400
    method: POST
    path: /jobs/DdpX2tZsEUt6mYVdB8PzjY2aKBjTgTz5sTtPsiG7Ymq4/extend
    message: "Insufficient credits. Available: $0.000, Required: $0.704"
"""

from ansible_collections.nosana.cloud.plugins.module_utils._module import run_module
from ansible_collections.nosana.cloud.plugins.module_utils._jobs.change import RUNNING, STATES, Wish, change


def change_job(module, client):
    options = module.params
    wish = Wish(options["job"], options["state"], options["min_remaining_seconds"])
    outcome = change(client, wish, check=module.check_mode)
    for warning in outcome.warnings:
        module.warn(warning)
    result = {"changed": bool(outcome.actions), "actions": outcome.actions, "job": outcome.job}
    if module._diff:
        result["diff"] = {"before": outcome.before, "after": outcome.after}
    return result


def main():
    run_module(
        change_job,
        {
            "job": {"type": "str", "required": True, "aliases": ["id"]},
            "state": {"type": "str", "choices": list(STATES), "default": RUNNING},
            "min_remaining_seconds": {"type": "int"},
            "wait_timeout": {"type": "int", "default": 600},
        },
    )


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nosana_deployment
short_description: Manage a deployment on the Nosana compute cloud
version_added: 0.1.0
description:
  - Creates, changes, starts, stops, archives and deletes a deployment. The same task again is no change.
  - A deployment runs a job definition (which describes containers) on a number of rented GPU hosts. It costs credits
    while its jobs are queued or run, and only then.
  - Only what a task gives is managed; an option that is left out is left alone.
  - In check mode no request is sent that could change anything; RV(ignore:changed), RV(actions) and RV(ignore:diff) are
    exactly those of the run that would follow, unless the deployment changes meanwhile (by somebody else, or because
    its server is still busy with a change made a moment ago).
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
  id:
    description:
      - Text, the id of the deployment that is meant (43 or 44 characters). An unknown id never creates. It fails, but
        for O(state=absent), which is satisfied.
      - When left out, O(name) tells which deployment is meant. One of both is required.
    type: str
    aliases: [deployment_id]
  name:
    description:
      - Text, the name of the deployment. Nosana permits several of one name; a task that meets more than one that is
        not ARCHIVED fails and lists their ids. ARCHIVED ones do not count, except for O(state=archived).
      - Together with O(id) it is what the deployment shall be called (it is renamed), except for O(state=archived) and
        O(state=absent), which then fail when the name does not match.
      - When left out, O(id) tells which deployment is meant.
    type: str
  state:
    description:
      - Word, what the deployment shall be in the end.
      - V(present), it exists, configured as the task says. Whether it runs is left alone.
      - V(started), it runs. One that does not exist is created first. A SIMPLE or SIMPLE-EXTEND one that has run to its
        end is started again, each time, with a warning; V(completed) runs it once.
      - V(stopped), nothing of it runs and nothing costs, also no job that its status does not tell of. One that does
        not exist is created (and not started) when the task gives all options for that, else there is nothing to do.
      - V(restarted), it runs, and was started anew, which is a change each time. On a running one a new revision is the
        restart already; otherwise it is stopped and started. One that does not exist fails.
      - V(completed), its job definition has run to its end, once, with success, for batch work (SIMPLE and
        SIMPLE-EXTEND only). A run is the O(replicas) newest jobs of the active revision; it has succeeded when every
        one of them is COMPLETED with exit code 0 in every operation. A revision that has succeeded is left alone, a run
        that is under way is waited for, and a new job definition runs once. One that failed fails the task, with the
        reason and the end of its log, each time, and is not run again unless O(rerun) says so. A task begins one run at
        most; C(start) in RV(actions) means that it began one.
      - V(archived), it is stopped and put away for ever. One that does not exist is no change.
      - V(absent), it is stopped and deleted. An ARCHIVED one can't be deleted.
      - When left out, it is V(present).
    type: str
    choices: [present, started, stopped, restarted, completed, archived, absent]
    default: present
  market:
    description:
      - Text, the market (a class of GPU) that jobs are listed in, by its address, its slug (such as V(nvidia-4090)) or
        its name; M(nosana.cloud.nosana_market_info) lists them. A slug or a name takes one request more. A running
        deployment moves there with its jobs. Servers that can't do that have it fixed when the deployment is created
        (see O(on_immutable_change)).
      - When left out, it is left alone. It is required to create.
    type: str
  strategy:
    description:
      - Word, how jobs follow each other. It is fixed when the deployment is created (see O(on_immutable_change)).
      - V(SIMPLE), each replica runs once. V(SIMPLE-EXTEND), once, and is extended for as long as it runs. V(SCHEDULED),
        each time that O(schedule) comes. V(INFINITE), jobs are replaced before their timeout, for ever.
      - When left out, it is left alone. It is required to create.
    type: str
    choices: [SIMPLE, SIMPLE-EXTEND, SCHEDULED, INFINITE]
  replicas:
    description:
      - Number of jobs that run at the same time, each on a host of its own. 0 is only for a deployment that exists.
      - When left out, it is left alone. It is required to create.
    type: int
  timeout:
    description:
      - Minutes after which a job ends, 60 or more. On a running INFINITE or SIMPLE-EXTEND deployment a longer one
        extends its jobs; a shorter one holds for later jobs only.
      - When left out, it is left alone. It is required to create.
    type: int
    aliases: [timeout_minutes]
  schedule:
    description:
      - Five cron fields, in the time zone of the server, when a SCHEDULED deployment lists its jobs, such as
        V(0 6 * * 1-5). Only for O(strategy=SCHEDULED).
      - When left out, it is left alone. It is required to create a SCHEDULED deployment.
    type: str
  rotation_time:
    description:
      - Minutes before their timeout at which the jobs of an INFINITE deployment are replaced, at least 1, and more than
        10 below O(timeout). Only for O(strategy=INFINITE). It is fixed when the deployment is created (see
        O(on_immutable_change)).
      - When left out, it is left alone; a new deployment gets the server's own choice (20 minutes).
    type: int
  confidential:
    description:
      - Yes or no, whether results are kept from the public listing of jobs. It is fixed when the deployment is created
        (see O(on_immutable_change)). The job definition is published all the same, so that secrets in it are not safe.
      - When left out, it is left alone; a new deployment gets the server's own choice.
    type: bool
  requirements:
    description:
      - Dictionary, the hardware that hosts must have. A number is a minimum, text or a boolean has to be met exactly.
        The key C(name) is the model of GPU. C({}) clears it. M(nosana.cloud.nosana_gpu_info) tells beforehand how many
        hosts meet them. Only newer servers know it; on others the task fails before anything is changed, unless it is
        C({}).
      - When left out, it is left alone.
    type: dict
  startup_timeout:
    description:
      - Minutes that a host has to bring an INFINITE deployment online, at least 1. Only for O(strategy=INFINITE) with a
        job definition that exposes a port. Only newer servers know it; on others the task fails before anything is
        changed.
      - When left out, it is left alone; a new deployment gets the server's own choice.
    type: int
  ssh_public_keys:
    description:
      - List of texts, the SSH public keys that may log in to the hosts of its jobs, all of them, at most 10. C([])
        clears it. A key is its type and material; its comment does not count. Only newer servers know them; on others
        the task fails before anything is changed, unless it is C([]).
      - When left out, they are left alone.
    type: list
    elements: str
  job_definition:
    description:
      - Dictionary, what to run, in Nosana's own format (C(version), C(type), C(ops), ...). A new revision is made only
        when it differs from the active one; what the server itself adds (C(deployment_id), C(meta.trigger)) does not
        count.
      - It is checked completely before anything is changed, for the API refuses without a reason. Values of C(env) must
        be strings, so quote numbers and booleans.
      - A running deployment goes on running with the new definition, a stopped one stays stopped.
      - When left out, it is left alone. It is required to create. It excludes O(active_revision).
    type: dict
  validate_job_definition:
    description:
      - Yes or no, whether O(job_definition) is checked here. V(false) leaves it to the API, for what is newer than this
        collection; a mistake in a new deployment is then refused without a reason.
      - When left out, it is checked.
    type: bool
    default: true
  active_revision:
    description:
      - Number of an existing revision to go back (or on) to. A running deployment goes on running with it, a stopped
        one stays stopped.
      - When left out, it is left alone. It excludes O(job_definition).
    type: int
  on_immutable_change:
    description:
      - Word, what happens when the task asks for a change that can't be made in place (see O(strategy),
        O(confidential), O(rotation_time), and O(market) on some servers).
      - V(fail), the task fails before anything is changed, and says what differs.
      - V(replace), a new deployment is created; then the old one is stopped and archived; then the new one is started,
        if the task asks for it or the old one ran. Only with O(name) and without O(id), and with all options to create.
      - V(ignore), it is left as it is, with a warning.
      - When left out, V(fail).
    type: str
    choices: [fail, replace, ignore]
    default: fail
  rerun:
    description:
      - Word, whether O(state=completed) runs again what has run to its end. Other states ignore it.
      - V(never), a run that failed fails the task. V(on_failure), a run that failed is run again. V(always), each task
        runs it again. A run that is under way is never doubled.
      - When left out, V(never).
    type: str
    choices: [never, on_failure, always]
    default: never
  max_usd_per_hour:
    description:
      - US dollars that the deployment may cost in an hour, all its replicas together. A task that would create, start,
        restart, extend, move or add replicas to one that costs more, or whose price is not known, fails before anything
        is changed, in check mode as well. A task that changes nothing of that never fails because a price rose.
      - When left out, there is no limit.
    type: float
  wait:
    description:
      - Yes or no, whether the task waits until O(state=started), O(state=restarted), O(state=stopped) or
        O(state=completed) has been reached. With V(false) a task only begins a run, and the next one judges it. Waits
        between the steps of one task are always kept.
      - While it waits, O(state=present) and O(state=started) let a deployment that was changed less than 5 seconds ago
        settle before they find that nothing is to be done, for its server may still be swapping its jobs.
      - When left out, it waits.
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds that the whole task may take, its waits included. After it no new change is begun.
      - When left out, 600 seconds.
    type: int
    default: 600
  wait_for:
    description:
      - Word, what O(state=started) and O(state=restarted) wait for.
      - V(jobs), every replica's job was taken by a host. V(status), the status is RUNNING, which says only that jobs
        will be listed. V(endpoints), every replica's job was taken, and every endpoint is online; where the server does
        not say, it is asked itself, with the health checks of the job definition.
      - When left out, V(jobs), but V(status) for a SCHEDULED deployment, which has no jobs until its time comes and for
        which the others are refused.
    type: str
    choices: [jobs, status, endpoints]
seealso:
  - module: nosana.cloud.nosana_deployment_info
  - name: Nosana documentation
    description: The vendor's guide to deployments and job definitions.
    link: https://docs.nosana.com
"""

EXAMPLES = r"""
- name: Run one web server on a GPU host
  nosana.cloud.nosana_deployment:
    name: hello
    state: started
    market: nvidia-4090
    strategy: SIMPLE
    replicas: 1
    timeout: 60
    max_usd_per_hour: 0.50
    job_definition:
      version: "0.1"
      type: container
      ops:
        - id: web
          type: container/run
          args:
            image: docker.io/library/nginx:1.29
            expose: 80
            env:
              WORKERS: "2" # values of env are strings
  register: hello

- name: Show where it answers
  ansible.builtin.debug:
    msg: "{{ hello.deployment.endpoints | map(attribute='url') | list }}"

- name: Scale it
  nosana.cloud.nosana_deployment:
    name: hello
    replicas: 2

- name: Give it more time, and another name
  nosana.cloud.nosana_deployment:
    id: "{{ hello.deployment.id }}"
    name: hello-web
    timeout: 120

- name: Bring a new version, which runs on
  nosana.cloud.nosana_deployment:
    name: hello-web
    job_definition:
      version: "0.1"
      type: container
      ops:
        - id: web
          type: container/run
          args:
            image: docker.io/library/nginx:1.31
            expose: 80

- name: Go back to the first version
  nosana.cloud.nosana_deployment:
    name: hello-web
    active_revision: 1

- name: Stop it, so that nothing costs any more
  nosana.cloud.nosana_deployment:
    name: hello-web
    state: stopped

- name: Keep a service up for ever, and wait until it answers
  nosana.cloud.nosana_deployment:
    name: api
    state: started
    wait_for: endpoints
    market: nvidia-3060
    strategy: INFINITE
    replicas: 1
    timeout: 120 # minutes, after which another job has taken over
    job_definition:
      version: "0.1"
      type: container
      ops:
        - id: api
          type: container/run
          args:
            image: docker.io/library/httpd:2.4
            expose: 80

- name: Run what a file describes each night at 2
  nosana.cloud.nosana_deployment:
    name: nightly
    state: started
    market: 97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf
    strategy: SCHEDULED
    schedule: "0 2 * * *"
    replicas: 1
    timeout: 60
    job_definition: "{{ lookup('ansible.builtin.file', 'job.json') | from_json }}"

- name: Run a batch job once, and again only if it failed
  nosana.cloud.nosana_deployment:
    name: report
    state: completed
    rerun: on_failure
    market: nvidia-3060
    strategy: SIMPLE
    replicas: 1
    timeout: 60
    job_definition:
      version: "0.1"
      type: container
      ops:
        - id: report
          type: container/run
          args:
            image: docker.io/library/python:3.13-alpine
            cmd: ["python", "-c", "print(6 * 7)"]
  register: report

- name: Show what it printed
  ansible.builtin.debug:
    msg: "{{ report.jobs[0].logs[0].lines }}"

- name: Delete them
  nosana.cloud.nosana_deployment:
    name: "{{ item }}"
    state: absent
  loop:
    - hello-web
    - api
    - nightly
    - report
"""

RETURN = r"""
actions:
  description:
    - What was done (in check mode, what would be done), in order. Empty when nothing changed.
    - Any of V(create), V(create_revision), V(switch_revision), V(update_replicas), V(update_timeout),
      V(update_schedule), V(update_name), V(update_market), V(update_requirements), V(update_startup_timeout),
      V(update_ssh_keys), V(start), V(stop), V(stop_jobs), V(archive), V(delete).
  returned: always
  type: list
  elements: str
  sample: [create, start]
deployment:
  description:
    - The deployment with the API's own fields. In check mode as it would be once all that is begun has come about, also
      with O(wait=false); what only the server can know (its id, times and addresses, how many jobs run by then) is then
      null. Empty once it is deleted, or when there is none.
    - Also returned by a task that fails, as it was seen last.
  returned: always
  type: dict
  sample:
    id: 8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ
    name: hello
    vault: 3vJm8qYzQyVQJ6XgYhT2kqkVtqJrZs5tYx1cW7uNbPfE
    market: 97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf
    owner: 5uGf3nLwYkVtqJrZs5tYx1cW7uNbPfEZqYhT2kqkVtqJ
    status: RUNNING
    replicas: 1
    timeout: 60
    endpoints:
      - opId: web
        port: 80
        url: https://4fjq2v.node.k8s.prd.nos.ci
    confidential: false
    active_revision: 1
    active_jobs: 1
    created_at: "2026-08-21T10:00:00.000Z"
    updated_at: "2026-08-21T10:00:02.000Z"
    strategy: SIMPLE
jobs:
  description:
    - The jobs that stand for the replicas now, newest first, of the active revision. Where they were read.
    - With O(state=completed), once the run has ended, each has C(result) (C(verdict), C(reason), times, and for each
      operation its C(exit_code) and C(results)) and C(logs), the last 20 lines of each operation, what its host
      complained of first.
  returned: when the task read them, as with O(state=started) and O(state=completed)
  type: list
  elements: dict
  sample:
    - job: DdpX2tZsEUt6mYVdB8PzjY2aKBjTgTz5sTtPsiG7Ymq4
      state: RUNNING
      revision: 1
      market: 97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf
      node: 7hVQ3bYJmT6bK1dV1c2pN9nWvE5YxkqJt4sZr8uFgLmA
cost:
  description:
    - What the deployment costs while it runs, also in check mode. C(usd_per_hour) is the price of an hour of one job in
      its market (C(usd_reward_per_hour), and C(network_fee_percentage) on top) times the replicas; C(usd_until_timeout)
      is that times C(timeout) / 60, which Nosana reserves when the jobs are listed. An INFINITE or SIMPLE-EXTEND
      deployment goes on after that, a SCHEDULED one costs it each time that its time comes. Null where the price is not
      known.
  returned: when the deployment exists or would exist, except for O(state=archived) and O(state=absent)
  type: dict
  sample:
    usd_per_hour: 0.352
    usd_until_timeout: 0.352
progress:
  description:
    - What a wait saw, a line each time that it changed, with the seconds since the task looked at the deployment first,
      50 lines at most. Ansible shows what a module returns only when it ends; C(-v) prints it.
  returned: when the task had to wait for O(state=started), O(state=restarted) or O(state=completed)
  type: list
  elements: str
  sample:
    - "2 s: STARTING, 0 of 2 jobs running"
    - "5 s: RUNNING, 0 of 2 jobs running and 2 queued"
    - "41 s: RUNNING, 2 of 2 jobs running"
replaced_id:
  description: The id of the deployment that was replaced (in check mode, that would be).
  returned: when one is replaced (see O(on_immutable_change))
  type: str
  sample: 6yVJ4KbJd2nEoXq8RzvYtW1cP3sLmA5fGhUeTjNkQx7B
reason:
  description:
    - Why the task failed, in one word that C(rescue) can compare. One of V(bad_option) (a value, or something
      that can't be changed), V(not_found) (an id or name), V(ambiguous) (a name that several deployments have),
      V(unsupported) (the server lacks it, or its status is not known), V(too_expensive), V(refused) (by the API),
      V(unreachable), V(unknown_outcome) (the end of a request is not known), V(timed_out), V(job_failed),
      V(no_credits), V(gone) (somebody else stopped or removed it), V(rolled_back), V(interrupted) and V(bug).
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
    status: 401
    method: GET
    path: /deployments
    message: Unauthorized, missing or invalid headers
"""

from ansible_collections.nosana.cloud.plugins.module_utils._deployment.converge import converge
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import (
    ON_IMMUTABLE_CHANGE,
    RERUN,
    STATES,
    desired_of,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model.deployment import STRATEGIES
from ansible_collections.nosana.cloud.plugins.module_utils._model.secrets import mask_pair
from ansible_collections.nosana.cloud.plugins.module_utils._module import run_module


def deploy(module, client):
    options = module.params
    outcome = converge(
        client,
        desired_of(options),
        check=module.check_mode,
        wait=options["wait"],
        wait_for=options["wait_for"],
        for_diff=module._diff,
    )
    for warning in outcome.warnings:
        module.warn(warning)
    result = outcome.result()
    if module._diff:
        before, after = mask_pair(outcome.before, outcome.after)
        result["diff"] = {"before": before, "after": after}
    return result


def main():
    run_module(
        deploy,
        {
            "id": {"type": "str", "aliases": ["deployment_id"]},
            "name": {"type": "str"},
            "state": {"type": "str", "choices": list(STATES), "default": "present"},
            "market": {"type": "str"},
            "strategy": {"type": "str", "choices": list(STRATEGIES)},
            "replicas": {"type": "int"},
            "timeout": {"type": "int", "aliases": ["timeout_minutes"]},
            "schedule": {"type": "str"},
            "rotation_time": {"type": "int"},
            "confidential": {"type": "bool"},
            "requirements": {"type": "dict"},
            "startup_timeout": {"type": "int"},
            "ssh_public_keys": {"type": "list", "elements": "str", "no_log": False},
            "job_definition": {"type": "dict"},
            "validate_job_definition": {"type": "bool", "default": True},
            "active_revision": {"type": "int"},
            "on_immutable_change": {"type": "str", "choices": list(ON_IMMUTABLE_CHANGE), "default": "fail"},
            "rerun": {"type": "str", "choices": list(RERUN), "default": "never"},
            "max_usd_per_hour": {"type": "float"},
            "wait": {"type": "bool", "default": True},
            "wait_timeout": {"type": "int", "default": 600},
            "wait_for": {"type": "str", "choices": ["jobs", "status", "endpoints"]},
        },
        failure={"actions": [], "deployment": {}, "progress": []},
        mutually_exclusive=[("job_definition", "active_revision")],
        required_one_of=[("id", "name")],
    )


if __name__ == "__main__":
    main()

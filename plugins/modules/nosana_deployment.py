#!/usr/bin/python
# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nosana_deployment
short_description: Manage a deployment on the Nosana compute cloud
version_added: 1.0.0
description:
  - Creates, changes, starts, stops, archives and deletes a deployment. The module is idempotent.
  - A deployment runs the containers of a job definition on rented GPU hosts. Each replica is a job on a host of its
    own. Jobs cost credits while they are queued or run; a deployment without jobs costs nothing.
  - Only the options that you give are managed. All others are left alone.
  - Check mode sends no request that could change anything. RV(ignore:changed), RV(actions) and RV(ignore:diff) are
    those of the real run, unless the deployment changes in between.
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
      - The id of the deployment, 43 or 44 characters. An unknown id fails and never creates a deployment, except that
        O(state=absent) is satisfied with it.
      - By default, O(name) selects the deployment. Give O(id), O(name) or both.
    type: str
    aliases: [deployment_id]
  name:
    description:
      - The name of the deployment. Nosana allows several deployments with the same name. The task fails if more than
        one has it, and lists their ids. ARCHIVED deployments don't count, except for O(state=archived).
      - If O(id) is given as well, the deployment is renamed. For O(state=archived) and O(state=absent), the task then
        fails if the name is not that of the deployment.
      - By default, O(id) selects the deployment. Give O(id), O(name) or both.
    type: str
  state:
    description:
      - The state to bring the deployment to.
      - V(present) means that it exists and is configured as the task says. Whether it runs is left alone.
      - V(started) means that it runs. If it does not exist, it is created first. A SIMPLE or SIMPLE-EXTEND deployment
        that has run to its end is started again each time, with a warning; V(completed) runs it once.
      - V(stopped) means that nothing of it runs or costs anything, including jobs that its status does not show. If it
        does not exist, it is created but not started, provided that the task gives all options to create it; otherwise
        nothing is done.
      - V(restarted) means that it runs and was started by this task. It is a change each time. On a running deployment,
        a new revision is a restart; otherwise it is stopped and started. The task fails if it does not exist.
      - V(completed) means that its job definition has run to its end, successfully and once. It is for batch jobs, so
        only for SIMPLE and SIMPLE-EXTEND. A run is the O(replicas) newest jobs of the active revision. It succeeds if
        all are COMPLETED, with exit code 0 in every operation. A run that succeeded is not repeated, and a run that is
        under way is waited for. A run that failed fails the task, each time, with the end of its log; see O(rerun).
      - V(archived) means that it is stopped and archived, which can't be undone. If it does not exist, nothing is done.
      - V(absent) means that it is stopped and deleted. An ARCHIVED deployment can't be deleted.
      - V(archived) and V(absent) ignore the options that configure a deployment.
      - By default, V(present).
    type: str
    choices: [present, started, stopped, restarted, completed, archived, absent]
    default: present
  market:
    description:
      - The market in which jobs are listed, which is a class of GPU hosts. Give its address, its slug such as
        V(nvidia-4090), or its name; M(nosana.cloud.nosana_market_info) lists them. A running deployment moves to a new
        market with its jobs. On servers that can't move a deployment, it is fixed (see O(on_immutable_change)).
      - By default, it is left alone. It is required to create a deployment, unless O(markets) is given. It excludes
        O(markets).
    type: str
  markets:
    description:
      - Several markets in order of preference, each as in O(market). A market that occurs more than once counts once.
        Markets that O(max_usd_per_hour) does not afford are left out.
      - With O(state=started), O(state=restarted) and O(state=completed), the deployment moves to the next market if no
        host takes any of its jobs within O(claim_timeout). It first tries the market that it is in, if that is in the
        list, and then each of the others once, in their order. After the last one, the task fails and leaves it there.
        As soon as a host has taken one job, it stays where it is.
      - It never has jobs in two markets. Before a move it is stopped, unless there is no job at all and the server
        waits for a host. RV(actions) and RV(progress) show each move; check mode can't foresee them.
      - Other states, a SCHEDULED deployment, O(wait=false) and O(wait_for=status) only use the first market that
        O(max_usd_per_hour) affords. A deployment in a market that is not in the list moves to the first one, as with
        O(market).
      - Several markets need a server that can move a deployment. On older servers, a task that may have to move it
        fails before it changes anything. A single market works on every server.
      - By default, O(market) applies.
    type: list
    elements: str
  claim_timeout:
    description:
      - How long a deployment may stay in one of its O(markets) without any job taken by a host, in seconds. It counts
        from the begin of the wait, and anew after each move. Listings that fail for another reason than a lack of hosts
        don't count. Without O(markets), it has no effect.
      - O(wait_timeout) still limits the whole task. The task warns if it is shorter than O(claim_timeout) for all
        markets together, and begins no move in its last 60 seconds.
      - By default, 300 seconds.
    type: int
    default: 300
  strategy:
    description:
      - How jobs follow each other. It is fixed when the deployment is created (see O(on_immutable_change)).
      - V(INFINITE) replaces each job before its timeout, for a service that stays up. It costs credits until it is
        stopped.
      - V(SIMPLE) runs each replica once, until it ends or its timeout is over.
      - V(SIMPLE-EXTEND) runs each replica once, and extends the timeout until it ends.
      - V(SCHEDULED) runs each replica at the times of O(schedule).
      - By default, it is left alone. It is required to create a deployment.
    type: str
    choices: [SIMPLE, SIMPLE-EXTEND, SCHEDULED, INFINITE]
  replicas:
    description:
      - The number of jobs that run at the same time, each on a host of its own. V(0) is only allowed for a deployment
        that exists.
      - By default, it is left alone. It is required to create a deployment.
    type: int
  timeout:
    description:
      - How long a job may run, in minutes. At least 60. A higher timeout extends the running jobs of an INFINITE or
        SIMPLE-EXTEND deployment; otherwise it applies to new jobs only. The task warns if it is more than a day for
        SIMPLE or SCHEDULED.
      - By default, it is left alone. It is required to create a deployment.
    type: int
    aliases: [timeout_minutes]
  schedule:
    description:
      - When a SCHEDULED deployment runs, as five cron fields in the time zone of the server (UTC), such as
        V(0 6 * * 1-5). Only for O(strategy=SCHEDULED).
      - By default, it is left alone. It is required to create a SCHEDULED deployment.
    type: str
  rotation_time:
    description:
      - How long before their timeout the jobs of an INFINITE deployment are replaced, in minutes. At least 1, and more
        than 10 below O(timeout). Only for O(strategy=INFINITE). It is fixed when the deployment is created (see
        O(on_immutable_change)).
      - By default, it is left alone. A new deployment gets the server's default, which is 20.
    type: int
  confidential:
    description:
      - Whether to keep the results of jobs private. It is fixed when the deployment is created (see
        O(on_immutable_change)). Hosts can read the job definition in any case, and some servers publish it, so secrets
        in it are not safe.
      - By default, it is left alone. A new deployment gets the server's default.
    type: bool
  requirements:
    description:
      - The hardware that hosts must have, by key. A number is a minimum. Text or a boolean must match exactly. The key
        C(name) is the GPU model. M(nosana.cloud.nosana_gpu_info) lists the keys, and how many hosts meet requirements;
        an unknown key is refused where the server lists them. V({}) clears the requirements.
      - Older servers don't have it. The task then fails before it changes anything.
      - By default, it is left alone.
    type: dict
  startup_timeout:
    description:
      - How long a host has to bring an INFINITE deployment online, in minutes. At least 1. Only for
        O(strategy=INFINITE) with a job definition that exposes a port.
      - Older servers don't have it. The task then fails before it changes anything.
      - By default, it is left alone. A new deployment gets the server's default.
    type: int
  ssh_public_keys:
    description:
      - The SSH public keys that may log in to the hosts of the jobs; all of them, at most 10. Comments in keys don't
        count as a difference. V([]) removes all keys.
      - Older servers don't have it. The task then fails before it changes anything.
      - By default, they are left alone.
    type: list
    elements: str
  job_definition:
    description:
      - What to run, in Nosana's own format with C(version), C(type) and C(ops). A new revision is made only if it
        differs from the active one. What the server adds to a stored definition is no difference.
      - It is checked before anything is changed. Values of C(env) must be strings, so quote numbers and booleans.
      - A running deployment continues with the new revision, after some downtime. A stopped one stays stopped.
      - By default, it is left alone. It is required to create a deployment. It excludes O(active_revision).
    type: dict
  validate_job_definition:
    description:
      - Whether to check O(job_definition) before sending it. Set it to V(false) for features that are newer than this
        collection. The API then refuses mistakes in a new deployment without a reason.
      - By default, it is checked.
    type: bool
    default: true
  active_revision:
    description:
      - The number of an existing revision to go back to, or forward to. A running deployment continues with it, after
        some downtime. A stopped one stays stopped.
      - By default, it is left alone. It excludes O(job_definition).
    type: int
  on_immutable_change:
    description:
      - What to do if the task changes something that can't be changed in place, which is O(strategy), O(confidential),
        O(rotation_time), and O(market) on some servers.
      - V(fail) fails before anything is changed, and says what differs.
      - V(replace) creates a new deployment, stops and archives the old one, and then starts the new one if the task
        asks for that or the old one runs at that moment. It needs O(name) without O(id), and all options to create a
        deployment. A task that finds one old deployment and one DRAFT that is as asked for continues from there.
      - V(ignore) leaves it as it is, and warns.
      - By default, V(fail).
    type: str
    choices: [fail, replace, ignore]
    default: fail
  on_failure:
    description:
      - What to do if a new revision, or one that O(active_revision) goes to, does not work.
      - V(keep) fails and leaves the new revision active.
      - V(roll_back) goes back to the revision that was active before the task, and waits until that one runs again.
        Whatever ends the wait without success counts, such as a job that fails, no free host, or an endpoint that does
        not answer within O(wait_timeout). Going back may take another O(wait_timeout). The task fails in any case, with
        RV(rolled_back_to) and the end of the log of the job that failed. The same task then tries the same job
        definition again.
      - Only the revision goes back. Other options that the task changed keep their new values, and the message lists
        them. A deployment that the task created, or whose revision it did not change, has nothing to go back to.
      - It needs O(state=started) or O(state=restarted), and O(wait=true). It is refused for O(state=present),
        O(state=completed) and O(wait=false); other states ignore it.
      - Servers that can't go back to a revision make the task fail before it changes anything.
      - By default, V(keep).
    type: str
    choices: [keep, roll_back]
    default: keep
  rerun:
    description:
      - Whether O(state=completed) repeats a run that has ended. Other states ignore it. A run that is under way is
        never doubled, and a task starts at most one run.
      - V(never) fails the task if the last run failed. V(on_failure) repeats a run that failed. V(always) starts a run
        in each task.
      - By default, V(never).
    type: str
    choices: [never, on_failure, always]
    default: never
  max_usd_per_hour:
    description:
      - The most that the deployment may cost an hour, with all replicas, in US dollars. If it would cost more, or its
        price is not known, a task that creates, starts, restarts, extends or moves it, adds replicas, or changes its
        O(requirements), fails before anything is changed. Other tasks only warn if what runs costs more.
      - A deployment that is stopped, and that the task does not start, is not judged.
      - By default, there is no limit.
    type: float
  wait:
    description:
      - Whether to wait until O(state=started), O(state=restarted), O(state=stopped) or O(state=completed) is reached.
        With V(false), the task only starts what it takes, and a later task can wait. Waits between the steps of a task
        are always kept.
      - If somebody changed the deployment less than 5 seconds ago, V(true) also lets O(state=started) and
        O(state=stopped) wait until its server has done that.
      - By default, the task waits.
    type: bool
    default: true
  wait_timeout:
    description:
      - How long the whole task may take, in seconds, with all its waits. No change is begun after that.
      - By default, 600 seconds.
    type: int
    default: 600
  wait_for:
    description:
      - What O(state=started) and O(state=restarted) wait for. It is refused for O(state=present), O(state=stopped) and
        O(state=completed), and ignored for O(state=archived) and O(state=absent).
      - V(jobs) waits until a host has taken every replica's job.
      - V(status) waits until the status is RUNNING, which says only that jobs will be listed.
      - V(endpoints) waits for the jobs, and until every endpoint is online. If the server does not say so, the endpoint
        itself is asked, with the health checks of the job definition.
      - By default, V(jobs). For a SCHEDULED deployment, V(status) is the default and the only choice, since it has no
        jobs until its time comes. With O(on_failure=roll_back), the default is V(endpoints) if the job definition
        exposes a port; if not, each job must have run for 10 seconds, or have ended with exit code 0.
    type: str
    choices: [jobs, status, endpoints]
seealso:
  - module: nosana.cloud.nosana_deployment_info
  - module: nosana.cloud.nosana_market_info
  - name: Nosana documentation
    description: The vendor's guide to deployments and job definitions.
    link: https://docs.nosana.com
"""

EXAMPLES = r"""
- name: Keep a web server up on one GPU host, and wait until it answers
  nosana.cloud.nosana_deployment:
    name: example-web
    state: started
    wait_for: endpoints
    market: nvidia-4090
    strategy: INFINITE
    replicas: 1
    timeout: 120 # minutes that each job may run
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
  register: web

- name: Show where it answers
  ansible.builtin.debug:
    msg: "{{ web.deployment.endpoints | map(attribute='url') | list }}"

- name: Run two replicas
  nosana.cloud.nosana_deployment:
    name: example-web
    replicas: 2
    max_usd_per_hour: 1.00

- name: Give each job more time, and the deployment another name
  nosana.cloud.nosana_deployment:
    id: "{{ web.deployment.id }}"
    name: example-shop
    timeout: 180

- name: Deploy a new version
  nosana.cloud.nosana_deployment:
    name: example-shop
    job_definition:
      version: "0.1"
      type: container
      ops:
        - id: web
          type: container/run
          args:
            image: docker.io/library/nginx:1.31
            expose: 80

- name: Deploy a new version, and go back to the one before if it does not work
  nosana.cloud.nosana_deployment:
    name: example-shop
    state: started
    on_failure: roll_back
    wait_timeout: 900
    job_definition:
      version: "0.1"
      type: container
      ops:
        - id: web
          type: container/run
          args:
            image: docker.io/library/nginx:1.32
            expose: 80

- name: Go back to the first version
  nosana.cloud.nosana_deployment:
    name: example-shop
    active_revision: 1

- name: Stop it, so that it costs nothing any more
  nosana.cloud.nosana_deployment:
    name: example-shop
    state: stopped

- name: Run the job definition of a file every night at 2
  nosana.cloud.nosana_deployment:
    name: example-nightly
    state: started
    market: 97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf # the address of nvidia-4090
    strategy: SCHEDULED
    schedule: "0 2 * * *"
    replicas: 1
    timeout: 60
    job_definition: "{{ lookup('ansible.builtin.file', 'job.json') | from_json }}"
  register: nightly

- name: List what costs at most 40 cents an hour, cheapest first
  nosana.cloud.nosana_market_info:
    max_usd_per_hour: 0.40
  register: affordable

- name: Start a training in the first of these markets in which a host takes it
  nosana.cloud.nosana_deployment:
    name: example-training
    state: started
    markets: "{{ affordable.markets | map(attribute='slug') | list }}"
    claim_timeout: 120 # seconds in each market
    wait_timeout: 3600
    strategy: SIMPLE
    replicas: 1
    timeout: 60
    job_definition: "{{ lookup('ansible.builtin.file', 'job.json') | from_json }}"
  register: training

- name: Run a batch job once, and repeat it only if it failed
  nosana.cloud.nosana_deployment:
    name: example-report
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

# This deletes the four deployments of these examples, by their ids, and nothing else. It can't be undone.
- name: Stop and delete the deployments of these examples
  nosana.cloud.nosana_deployment:
    id: "{{ item.deployment.id }}"
    state: absent
  loop: "{{ [web, nightly, training, report] }}"
  loop_control:
    label: "{{ item.deployment.name }}"
"""

RETURN = r"""
actions:
  description:
    - What was done, in order; in check mode, what would be done. Empty when nothing changed.
    - Any of V(create), V(create_revision), V(switch_revision), V(update_replicas), V(update_timeout),
      V(update_schedule), V(update_name), V(update_market), V(update_requirements), V(update_startup_timeout),
      V(update_ssh_keys), V(start), V(stop), V(stop_jobs), V(archive) and V(delete).
  returned: always
  type: list
  elements: str
  sample: [create, start]
deployment:
  description:
    - The deployment, with the API's own fields. Every field of the sample is always there, and null where the
      deployment, or its server, does not have it.
    - In check mode, the deployment as it would be. What only the server can know, such as the id of a new deployment,
      is null.
    - Empty when there is no deployment, or it was deleted. If the task fails, the deployment as last seen.
  returned: always
  type: dict
  sample:
    id: 8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ
    name: example-web
    vault: 3vJm8qYzQyVQJ6XgYhT2kqkVtqJrZs5tYx1cW7uNbPfE
    owner: 5uGf3nLwYkVtqJrZs5tYx1cW7uNbPfEZqYhT2kqkVtqJ
    market: 97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf
    status: RUNNING
    strategy: INFINITE
    replicas: 1
    timeout: 120
    schedule: null
    rotation_time: 20
    startup_timeout: null
    requirements: null
    confidential: false
    active_revision: 1
    active_jobs: 1
    endpoints:
      - opId: web
        port: 80
        url: https://4fjq2v.node.k8s.prd.nos.ci
        online: true
    created_at: "2026-08-21T10:00:00.000Z"
    updated_at: "2026-08-21T10:00:02.000Z"
jobs:
  description:
    - The jobs of the active revision that stand for the replicas now, newest first.
    - With O(state=completed), once the run has ended, each job has C(result) (C(verdict), C(reason), times, and the
      C(exit_code) and C(results) of each operation) and C(logs) (the last 20 lines of each operation, after the errors
      of its host).
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
    - What the deployment costs while it runs, in check mode as well. Amounts are null where the price is not known.
    - A task that changes nothing does not ask for the price, so that amounts are null then, unless it has
      O(max_usd_per_hour), or gives O(market) as a slug or a name, for which it reads the markets anyway.
    - C(usd_per_hour) is the price of an hour of one job with the network's fee, times the replicas.
    - C(usd_until_timeout) is that price until the timeout, which Nosana reserves when it lists the jobs. An INFINITE or
      SIMPLE-EXTEND deployment continues after that. A SCHEDULED one costs it each time that it runs.
  returned: when the deployment exists or would exist, except for O(state=archived) and O(state=absent)
  type: dict
  sample:
    usd_per_hour: 0.352
    usd_until_timeout: 0.704
progress:
  description:
    - What a wait saw, one line for each change, at most 50, and each move to another of the O(markets). A line begins
      with the seconds since the wait began. After a roll-back, the lines of the wait for the previous revision follow.
    - Ansible shows it with C(-v), when the task has ended.
  returned: when the task waited for O(state=started), O(state=restarted) or O(state=completed), and on failure
  type: list
  elements: str
  sample:
    - "2 s: STARTING, 0 of 2 jobs running"
    - "5 s: RUNNING, 0 of 2 jobs running and 2 queued"
    - "41 s: RUNNING, 2 of 2 jobs running"
rolled_back_to:
  description:
    - The number of the revision that the task went back to, and that runs again (see O(on_failure)).
    - Null if the task failed for another reason, or going back failed as well.
  returned: failure
  type: int
  sample: 1
replaced_id:
  description: The id of the deployment that was replaced; in check mode, of the one that would be replaced.
  returned: when a deployment is replaced (see O(on_immutable_change))
  type: str
  sample: 6yVJ4KbJd2nEoXq8RzvYtW1cP3sLmA5fGhUeTjNkQx7B
reason:
  description:
    - Why the task failed, in one word that C(rescue) can compare.
    - V(bad_option) is a wrong value, or a change that is not possible. V(not_found) is an unknown id or name.
      V(ambiguous) is a name that several deployments have. V(unsupported) is something that the server lacks, or a
      status that this version does not know. V(too_expensive) is more than O(max_usd_per_hour).
    - V(refused) is a refusal of the API. V(unreachable) means that there was no usable answer. V(unknown_outcome) means
      that nobody knows whether a request was done.
    - V(timed_out) is the end of O(wait_timeout), or of O(claim_timeout) in the last market. V(job_failed) is a job that
      ended badly, or the status ERROR. V(no_credits) is a lack of credits. V(gone) means that somebody else stopped or
      removed the deployment.
    - V(rolled_back) means that a new revision failed, and the one before it runs again (see O(on_failure)).
    - V(interrupted) is an interrupted task. V(bug) is an error in this collection.
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

from ansible_collections.nosana.cloud.plugins.module_utils._module import run_module
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.converge import converge
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.desired import desired_of
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.options import (
    MUTUALLY_EXCLUSIVE,
    REQUIRED_ONE_OF,
    SPEC,
)
from ansible_collections.nosana.cloud.plugins.module_utils._model.secrets import mask_pair


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
        SPEC,
        failure={"actions": [], "deployment": {}, "progress": [], "rolled_back_to": None},
        mutually_exclusive=MUTUALLY_EXCLUSIVE,
        required_one_of=REQUIRED_ONE_OF,
    )


if __name__ == "__main__":
    main()

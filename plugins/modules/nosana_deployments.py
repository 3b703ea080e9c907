#!/usr/bin/python
# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nosana_deployments
short_description: Manage many deployments on the Nosana compute cloud with one task
version_added: 1.0.0
description:
  - Does for a list of deployments what M(nosana.cloud.nosana_deployment) does for one, several at a time. The account
    is listed once, and only what differs is looked at more closely. The module is idempotent.
  - All items are judged before anything is changed. The whole task is refused for wrong options, unknown markets and
    ids, names that several deployments have, two items that lead to one deployment, and costs above a limit. After
    that, the failure of an item is its own, and the task fails at the end, with one line for each. So is that of an
    item which is to stop or to remove a deployment by its C(id), if there is none or its status is unknown; it does not
    keep the others running.
  - Check mode sends no request that could change anything. RV(ignore:changed), RV(deployments), RV(pruned) and
    RV(ignore:diff) are those of the real run, unless deployments change in between.
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
  deployments:
    description:
      - The deployments. Each item takes the options of M(nosana.cloud.nosana_deployment) except for the connection,
        with the same meaning and defaults. Its C(wait_timeout) counts from its own first step, not from that of the
        task.
      - Each item needs a C(name) or an C(id).
    type: list
    elements: dict
    required: true
  defaults:
    description:
      - Options that each item starts from. An option of an item replaces the default of the same name; mappings are not
        merged. It also replaces defaults that it excludes, so that an item with C(market) ignores a default C(markets).
      - By default, there are none.
    type: dict
    default: {}
  concurrency:
    description:
      - How many items are worked on at the same time, from 1 to 64. An item that waits does not count, except for a
        batch run (C(state=completed)), which counts until it has ended. So no more runs than that are under way at the
        same time. One that outlasts its C(wait_timeout) goes on and still counts; if all places are taken by such
        runs, no other is begun. Runs with C(wait=false) don't count.
      - By default, 8.
    type: int
    default: 8
  on_error:
    description:
      - What to do with the other items when one fails.
      - V(continue) works on all of them. V(stop) begins no further item.
      - By default, V(continue).
    type: str
    choices: [continue, stop]
    default: continue
  max_usd_per_hour:
    description:
      - The most that all items that run after the task may cost an hour together, in US dollars. If they would cost
        more, or a price is not known, a task that creates, starts, restarts, extends or moves a deployment, adds
        replicas, or changes C(requirements), fails before anything is changed. Other tasks only warn. What runs besides
        the items does not count. Of batch runs, the dearest O(concurrency) count, since no more are under way at the
        same time; those with C(wait=false) all count. A move to another of an item's C(markets) is left out if it would
        exceed the limit.
      - A limit of a single item is given in the item, or for each of them in O(defaults).
      - By default, there is no limit.
    type: float
  prune:
    description:
      - Whether to bring all other deployments whose names begin with O(prune_name_prefix) to O(prune_state). A
        deployment that an item names, by its name, its id or a new name, is left alone. That is done last, and only if
        all items succeeded. Check mode lists them in RV(pruned).
      - It needs the whole list of what is to remain. So it is refused for an empty list, and if the playbook runs
        with C(--limit), or as a slice of a controller's job.
      - By default, nothing is pruned.
    type: bool
    default: false
  prune_name_prefix:
    description:
      - The beginning of the names of the deployments that O(prune=true) may touch. It must not be empty.
      - By default, there is none; O(prune=true) requires it.
    type: str
  prune_state:
    description:
      - What becomes of pruned deployments, as O(nosana.cloud.nosana_deployment#module:state). V(stopped) leaves them
        without jobs and cost; a DRAFT counts as stopped. V(archived) and V(absent) can't be undone.
      - By default, V(stopped).
    type: str
    choices: [stopped, archived, absent]
    default: stopped
seealso:
  - module: nosana.cloud.nosana_deployment
  - module: nosana.cloud.nosana_deployment_info
"""

EXAMPLES = r"""
- name: Keep three services up, each on one GPU host
  nosana.cloud.nosana_deployments:
    defaults:
      state: started
      market: nvidia-3060
      strategy: INFINITE
      replicas: 1
      timeout: 120
      job_definition:
        version: "0.1"
        type: container
        ops:
          - id: web
            type: container/run
            args:
              image: docker.io/library/nginx:1.29
              expose: 80
    deployments:
      - name: example-fleet-berlin
      - name: example-fleet-lyon
        replicas: 2
      - name: example-fleet-turin
        market: nvidia-4090
    max_usd_per_hour: 2
  register: fleet

- name: Show what was done with each
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.actions | join(', ') }}"
  loop: "{{ fleet.deployments }}"
  loop_control:
    label: "{{ item.name }}"

- name: Keep two of them, and stop all others whose names begin with example-fleet-
  nosana.cloud.nosana_deployments:
    deployments:
      - name: example-fleet-berlin
      - name: example-fleet-lyon
        replicas: 1
    prune: true
    prune_name_prefix: example-fleet-

# This deletes the three deployments of the first example, by their ids, and nothing else. It can't be undone.
- name: Stop and delete the deployments of these examples
  nosana.cloud.nosana_deployments:
    defaults:
      state: absent
    deployments: "{{ (fleet.deployments | map(attribute='deployment') | nosana.cloud.matching_deployments).as_items }}"
"""

RETURN = r"""
deployments:
  description:
    - What became of each item, in the order of O(deployments).
    - Each has C(name), C(id), C(changed), C(failed), C(actions) and C(deployment), and C(msg), C(reason) and
      C(error), which are null unless it failed. All but C(failed) are as M(nosana.cloud.nosana_deployment) returns
      them. So are C(jobs), C(cost), C(progress), C(replaced_id) and C(rolled_back_to), where there
      are any.
    - An item that was not begun, because of O(on_error=stop), an interruption or batch runs that keep their places, has
      the C(msg) V(not begun), and C(deployment) as it was before.
  returned: always, but empty if the whole task was refused
  type: list
  elements: dict
  sample:
    - name: example-fleet-berlin
      id: 8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ
      changed: true
      failed: false
      actions: [create, start]
      msg: null
      reason: null
      error: null
      deployment:
        id: 8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ
        name: example-fleet-berlin
        status: RUNNING
        strategy: INFINITE
        replicas: 1
        timeout: 120
      cost:
        usd_per_hour: 0.0528
        usd_until_timeout: 0.1056
pruned:
  description: The deployments that were pruned, each like those in RV(deployments); in check mode, those that
    would be pruned.
  returned: always
  type: list
  elements: dict
  sample: []
summary:
  description:
    - How many items there are (C(total)), and how many of them were C(changed), C(unchanged), C(failed) or
      C(not_begun). An item that failed after a change counts as changed and as failed.
    - C(pruned) is how many others were pruned.
  returned: always, but empty if the whole task was refused
  type: dict
  sample:
    total: 3
    changed: 1
    unchanged: 2
    failed: 0
    not_begun: 0
    pruned: 0
reason:
  description:
    - Why the task was refused, or the first failed item failed, in one word that C(rescue) can compare. The words are
      those of M(nosana.cloud.nosana_deployment).
  returned: failure
  type: str
  sample: timed_out
error:
  description:
    - What the API said to the first failed item, or why it could not be reached.
    - It is null for failures of any other kind.
  returned: failure
  type: dict
  sample: null
"""

from ansible_collections.nosana.cloud.plugins.module_utils._module import item_options, run_module
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.fleet.fleet import ON_ERROR, Fleet, Prune
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.fleet.items import items_of
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.fleet.report import (
    SomeFailed,
    result_of,
    warnings_of,
)
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.options import SPEC

MOST_AT_ONCE = 64


def deploy(module, client):
    options = module.params
    if not 1 <= options["concurrency"] <= MOST_AT_ONCE:
        raise InvalidOptions("concurrency: must be from 1 to %d, not %d" % (MOST_AT_ONCE, options["concurrency"]))
    fleet = Fleet(
        client,
        items_of(options["deployments"], options["defaults"], item_options),
        options["concurrency"],
        prune_of(options),
        options["on_error"],
        options["max_usd_per_hour"],
        module._diff,
    )
    fleet.run(module.check_mode)
    for warning in warnings_of(fleet):
        module.warn(warning)
    try:
        return result_of(fleet, module._diff)
    except SomeFailed as problem:
        module.fail_json(msg=str(problem), reason=problem.reason, **problem.result)


def prune_of(options):
    """What is to be pruned, None for nothing. Raises InvalidOptions where it can't be meant."""
    if not options["prune"]:
        return None
    if not options["prune_name_prefix"]:
        raise InvalidOptions("prune_name_prefix: is needed with prune: only names that begin so are touched")
    if not options["deployments"]:
        raise InvalidOptions("prune: is refused for an empty list of deployments, since it would leave none")
    return Prune(options["prune_name_prefix"], options["prune_state"])


def main():
    run_module(
        deploy,
        {
            "deployments": {"type": "list", "elements": "dict", "required": True},
            "defaults": {"type": "dict", "default": {}},
            "concurrency": {"type": "int", "default": 8},
            "on_error": {"type": "str", "choices": list(ON_ERROR), "default": "continue"},
            "max_usd_per_hour": {"type": "float"},
            "prune": {"type": "bool", "default": False},
            "prune_name_prefix": {"type": "str"},
            "prune_state": {"type": "str", "choices": ["stopped", "archived", "absent"], "default": "stopped"},
        },
        failure={"deployments": [], "pruned": [], "summary": {}},
        items={"deployments": SPEC, "defaults": SPEC},
    )


if __name__ == "__main__":
    main()

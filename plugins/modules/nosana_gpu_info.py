#!/usr/bin/python
# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nosana_gpu_info
short_description: List the GPUs that are free now on the Nosana compute cloud
version_added: 1.0.0
description:
  - Lists GPU models with the number of hosts that are free now. Counts the free hosts that meet a set of
    requirements, and returns their price.
  - Lists the keys that O(nosana.cloud.nosana_deployment#module:requirements) of a deployment may have.
  - A host that is free now may be taken a moment later.
  - Fails on older servers, which do not offer this. M(nosana.cloud.nosana_market_info) works with those, too.
extends_documentation_fragment:
  - nosana.cloud.attributes
  - nosana.cloud.attributes.info_module
  - nosana.cloud.connection
author:
  - Nosana Ansible contributors (@nosana-ci)
options:
  requirements:
    description:
      - The hardware that hosts must have, as in O(nosana.cloud.nosana_deployment#module:requirements). A number is a
        minimum; text and booleans must match exactly. The key C(name) is the GPU model, and limits RV(gpus) to it.
      - Keys and types of values are those of RV(requirement_keys). Others fail, with the nearest keys.
      - By default, all hosts are counted.
    type: dict
seealso:
  - module: nosana.cloud.nosana_market_info
  - module: nosana.cloud.nosana_deployment
"""

EXAMPLES = r"""
- name: List the GPUs that are free
  nosana.cloud.nosana_gpu_info:
  register: now

- name: Show how many hosts of each model are free
  ansible.builtin.debug:
    msg: "{{ now.gpus | items2dict(key_name='name', value_name='available') }}"

- name: Count the free hosts with 64 GB of memory
  nosana.cloud.nosana_gpu_info:
    requirements:
      ram_gb: 64
  register: large

- name: Show their number and the lowest price
  ansible.builtin.debug:
    msg: "{{ large.available }} hosts, from {{ large.usd_per_hour }} US dollars an hour"

- name: Show which keys requirements may have, and of which type
  ansible.builtin.debug:
    msg: "{{ now.requirement_keys | default([], true) | items2dict(key_name='key', value_name='type') }}"
"""

RETURN = r"""
gpus:
  description:
    - The GPU models, sorted by name, with the API's own fields. C(available) is the number of hosts that are free now.
    - The module adds C(usd_per_hour), the price of one job for one hour in the cheapest of its C(markets), fees
      included. It is null where the price is not known.
  returned: success
  type: list
  elements: dict
  sample:
    - name: NVIDIA GeForce RTX 4090
      vramGb: 24
      nodes: 120
      available: 31
      working: 88
      markets: [97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf]
      usd_per_hour: 0.352
available:
  description: The number of hosts that are free now and meet the requirements.
  returned: success
  type: int
  sample: 31
usd_per_hour:
  description:
    - The price of one job for one hour on the cheapest of these hosts, in US dollars, fees included. Null when no host
      is free, or the price is not known.
  returned: success
  type: float
  sample: 0.352
requirement_keys:
  description:
    - The keys that requirements may have, sorted, as the API describes them. C(type) is V(integer), V(float), V(text),
      V(boolean) or V(json). C(match) is V(minimum) or V(exact). C(values) are those of today's hosts, where the API
      lists them.
    - Null where the server does not list keys, as it is older.
  returned: success
  type: list
  elements: dict
  sample:
    - key: ram_gb
      group: memory
      type: float
      match: minimum
      perInstance: false
      min: 8
      max: 512
      values: []
    - key: name
      group: gpu
      type: text
      match: exact
      perInstance: true
      values:
        - value: NVIDIA GeForce RTX 4090
          nodes: 120
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
    path: /reservations/gpus
    message: Unauthorized, missing or invalid headers
"""

from ansible_collections.nosana.cloud.plugins.module_utils._module import run_module
from ansible_collections.nosana.cloud.plugins.module_utils._offers.gpus import find
from ansible_collections.nosana.cloud.plugins.module_utils._offers.markets import Markets


def list_gpus(module, client):
    return dict(find(client, Markets(client), module.params["requirements"]), changed=False)


def main():
    run_module(list_gpus, {"requirements": {"type": "dict"}})


if __name__ == "__main__":
    main()

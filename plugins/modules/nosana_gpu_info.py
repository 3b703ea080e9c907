#!/usr/bin/python
# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nosana_gpu_info
short_description: See which GPUs are free now on the Nosana compute cloud
version_added: 0.1.0
description:
  - Lists the models of GPU with how many of their hosts are free now, and tells how many hosts of all markets meet a
    set of requirements, such as a deployment may have, and what they cost.
  - What is free now may be taken a moment later.
  - Older servers do not tell; the task then fails and says so. M(nosana.cloud.nosana_market_info) works with those,
    too.
extends_documentation_fragment:
  - nosana.cloud.attributes
  - nosana.cloud.attributes.info_module
  - nosana.cloud.connection
author:
  - Nosana Ansible contributors (@nosana-ci)
options:
  requirements:
    description:
      - Dictionary, what a host has to have, as in O(nosana.cloud.nosana_deployment#module:requirements). A number is
        a minimum; text, and yes or no, must be met exactly. The key C(name) is the model of GPU, and limits RV(gpus)
        to it.
      - The API refuses keys that it does not know, and values of the wrong kind.
      - When left out, every host will do.
    type: dict
seealso:
  - module: nosana.cloud.nosana_market_info
  - module: nosana.cloud.nosana_deployment
"""

EXAMPLES = r"""
- name: See which GPUs are free
  nosana.cloud.nosana_gpu_info:
  register: now

- name: Show how many hosts of each model are free
  ansible.builtin.debug:
    msg: "{{ now.gpus | items2dict(key_name='name', value_name='available') }}"

- name: See how many hosts with 64 GB of memory are free, and from which price on
  nosana.cloud.nosana_gpu_info:
    requirements:
      ram_gb: 64
  register: large

- name: Show it
  ansible.builtin.debug:
    msg: "{{ large.available }} hosts, from {{ large.usd_per_hour }} US dollars an hour"
"""

RETURN = r"""
gpus:
  description:
    - The models of GPU, by name, each with the API's own fields. C(available) is the number of its hosts that are
      free now.
    - C(usd_per_hour) is added, what a user pays for an hour of one job in the cheapest of its C(markets); null where
      the API does not tell.
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
  description: Number of hosts that are free now and meet the requirements.
  returned: success
  type: int
  sample: 31
usd_per_hour:
  description:
    - What a user pays for an hour of one job on the cheapest of these hosts, in US dollars, the network's fee
      included. Null when there is none, or the API does not tell.
  returned: success
  type: float
  sample: 0.352
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

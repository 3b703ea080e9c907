#!/usr/bin/python
# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nosana_market_info
short_description: List the markets of the Nosana compute cloud and their prices
version_added: 0.1.0
description:
  - Lists markets, the cheapest first. A market is a class of GPU hosts that jobs are listed in, at one price.
  - All filters that are given have to match.
extends_documentation_fragment:
  - nosana.cloud.attributes
  - nosana.cloud.attributes.info_module
  - nosana.cloud.connection
author:
  - Nosana Ansible contributors (@nosana-ci)
options:
  market:
    description:
      - Text, the one market to list, by its address, slug or name. An unknown one fails, with the nearest names.
      - When left out, all markets match.
    type: str
  type:
    description:
      - Word, the type of the markets that match.
      - When left out, all types match.
    type: str
    choices: [PREMIUM, COMMUNITY, OTHER]
  gpu:
    description:
      - Text, a part of the name of the GPU (of the market's slug, name or C(gpu_types)), in capital or small letters.
      - When left out, it does not filter.
    type: str
  max_usd_per_hour:
    description:
      - US dollars that an hour of one job costs at most. Markets whose price is not known do not match.
      - When left out, it does not filter.
    type: float
  min_vram:
    description:
      - Gigabytes of video memory that every host of the market has at least (C(lowest_vram)). Markets that do not tell
        do not match.
      - When left out, it does not filter.
    type: float
  include:
    description:
      - List of words, what else to read of each market. Each costs a request for each market.
      - V(required_resources), what every host of the market has in store already.
      - When left out, only the markets themselves are read.
    type: list
    elements: str
    choices: [required_resources]
seealso:
  - module: nosana.cloud.nosana_deployment
"""

EXAMPLES = r"""
- name: List what has 24 GB of video memory for less than 50 cents an hour
  nosana.cloud.nosana_market_info:
    min_vram: 24
    max_usd_per_hour: 0.5
  register: found

- name: Show them, the cheapest first
  ansible.builtin.debug:
    msg: "{{ found.markets | items2dict(key_name='slug', value_name='usd_per_hour') }}"

- name: Look at one market, with what its hosts have in store
  nosana.cloud.nosana_market_info:
    market: nvidia-4090
    include:
      - required_resources
"""

RETURN = r"""
markets:
  description:
    - The markets, the cheapest first, those without a known price last, each with the API's own fields.
    - C(usd_per_hour) is added, what a user pays for an hour of one job, C(usd_reward_per_hour) and
      C(network_fee_percentage) on top; null where the API does not tell. With O(include), C(required_resources) is
      added.
  returned: success
  type: list
  elements: dict
  sample:
    - address: 97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf
      slug: nvidia-4090
      name: NVIDIA 4090
      type: PREMIUM
      usd_reward_per_hour: 0.32
      network_fee_percentage: 10
      usd_per_hour: 0.352
      gpu_types: [NVIDIA 4090]
      lowest_vram: 24
count:
  description: Number of markets in the list.
  returned: success
  type: int
  sample: 1
"""

from ansible_collections.nosana.cloud.plugins.module_utils._module import run_module
from ansible_collections.nosana.cloud.plugins.module_utils._offers.markets import (
    INCLUDES,
    TYPES,
    Markets,
    include,
    select,
)


def list_markets(module, client):
    found = select(Markets(client), module.params)
    found = [include(client, one, module.params["include"] or []) for one in found]
    return {"changed": False, "markets": found, "count": len(found)}


def main():
    run_module(
        list_markets,
        {
            "market": {"type": "str"},
            "type": {"type": "str", "choices": list(TYPES)},
            "gpu": {"type": "str"},
            "max_usd_per_hour": {"type": "float"},
            "min_vram": {"type": "float"},
            "include": {"type": "list", "elements": "str", "choices": list(INCLUDES)},
        },
    )


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nosana_market_info
short_description: List the markets of the Nosana compute cloud and their prices
version_added: 1.0.0
description:
  - Lists markets, cheapest first. A market is a class of GPU hosts with one price.
  - A market is listed when all given filters match.
extends_documentation_fragment:
  - nosana.cloud.attributes
  - nosana.cloud.attributes.info_module
  - nosana.cloud.connection
author:
  - Nosana Ansible contributors (@nosana-ci)
options:
  market:
    description:
      - The address, slug or name of the one market to list. An unknown one fails, with the nearest names.
      - By default, all markets are listed.
    type: str
  type:
    description:
      - The type of the markets to list.
      - By default, markets of all types are listed.
    type: str
    choices: [PREMIUM, COMMUNITY, OTHER]
  gpu:
    description:
      - A part of the GPU's name, looked for in the market's slug, name and C(gpu_types). Case does not matter.
      - By default, markets with any GPU are listed.
    type: str
  max_usd_per_hour:
    description:
      - The highest price of one job for one hour, in US dollars. Markets without a known price do not match.
      - By default, markets of any price are listed.
    type: float
  min_vram:
    description:
      - The least video memory that every host of the market must have (C(lowest_vram)), in gigabytes. Markets without a
        known amount do not match.
      - By default, markets with any amount are listed.
    type: float
  include:
    description:
      - What else to read of each market. Each item takes one more request for each market.
      - V(required_resources) are the images and files that every host of the market has already downloaded.
      - By default, only the markets themselves are read.
    type: list
    elements: str
    choices: [required_resources]
seealso:
  - module: nosana.cloud.nosana_deployment
"""

EXAMPLES = r"""
- name: List markets with 24 GB of video memory for at most 50 cents an hour
  nosana.cloud.nosana_market_info:
    min_vram: 24
    max_usd_per_hour: 0.5
  register: found

- name: Show them, cheapest first
  ansible.builtin.debug:
    msg: "{{ found.markets | items2dict(key_name='slug', value_name='usd_per_hour') }}"

- name: Read one market, with what its hosts have already downloaded
  nosana.cloud.nosana_market_info:
    market: nvidia-4090
    include:
      - required_resources
"""

RETURN = r"""
markets:
  description:
    - The markets, cheapest first, those without a known price last, with the API's own fields. Empty when none matches.
    - The module adds C(usd_per_hour), the price of one job for one hour, which is C(usd_reward_per_hour) plus a
      fee of C(network_fee_percentage) percent. It is null where the price is not known. With O(include), it adds
      C(required_resources).
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
  description: The number of markets in the list.
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
    path: /markets/
    message: Unauthorized, missing or invalid headers
"""

from ansible_collections.nosana.cloud.plugins.module_utils._module import run_module
from ansible_collections.nosana.cloud.plugins.module_utils._api.readers import Readers
from ansible_collections.nosana.cloud.plugins.module_utils._offers.markets import (
    INCLUDES,
    TYPES,
    Markets,
    include,
    select,
)


def list_markets(module, client):
    readers, wanted = Readers(client), module.params["include"] or []
    found = select(Markets(readers.client), module.params)
    if wanted:
        found = readers.each(lambda one: include(readers.client, one, wanted), found)
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

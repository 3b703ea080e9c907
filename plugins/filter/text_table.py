# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: text_table
short_description: Write a list of mappings as the lines of a table
version_added: 0.1.0
description:
  - Returns the lines of a table, for M(ansible.builtin.debug). Columns are as wide as their longest cell, of 60
    characters at most. Numbers are at the right. What is missing or null is V(-).
author:
  - Nosana Ansible contributors (@nosana-ci)
positional: columns
options:
  _input:
    description:
      - The rows, a list of mappings.
    type: list
    elements: dict
    required: true
  columns:
    description:
      - The keys that are shown, in order.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: List the cheapest markets
  nosana.cloud.nosana_market_info:
    max_usd_per_hour: 0.20
  register: found

- name: Show them as a table
  ansible.builtin.debug:
    msg: "{{ found.markets | nosana.cloud.text_table(['slug', 'type', 'usd_per_hour', 'lowest_vram']) }}"
"""

RETURN = r"""
_value:
  description: The lines, the names of the columns first.
  type: list
  elements: str
  sample:
    - "slug         type       usd per hour  lowest vram"
    - "nvidia-4060  COMMUNITY         0.044            8"
    - "nvidia-3060  PREMIUM          0.0528           12"
"""

from ansible_collections.nosana.cloud.plugins.module_utils._jobs.report import table


class FilterModule:
    """The filter, by its name."""

    def filters(self):
        return {"text_table": table}

#!/usr/bin/python
# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nosana_credit_info
short_description: Read the credits of an account on the Nosana compute cloud
version_added: 0.1.0
description:
  - Reads what is left of the credits that pay for the jobs of deployments. The key needs the permission (scope)
    C(credits:read), where keys have scopes.
extends_documentation_fragment:
  - nosana.cloud.attributes
  - nosana.cloud.attributes.info_module
  - nosana.cloud.connection
author:
  - Nosana Ansible contributors (@nosana-ci)
seealso:
  - module: nosana.cloud.nosana_deployment
"""

EXAMPLES = r"""
- name: Read the credits
  nosana.cloud.nosana_credit_info:
  register: account

- name: See that there is enough for the night
  ansible.builtin.assert:
    that: account.credits.available >= 5
    fail_msg: "Only ${{ account.credits.available }} are left"
"""

RETURN = r"""
credits:
  description:
    - The credits in US dollars. C(reserved) is held for jobs that are listed until they end; C(settled) was spent;
      C(available) is what is left of C(assigned) without both. An amount that the API does not tell is null.
  returned: success
  type: dict
  sample:
    assigned: 100.0
    reserved: 0.352
    settled: 12.5
    available: 87.148
"""

from ansible_collections.nosana.cloud.plugins.module_utils._module import run_module
from ansible_collections.nosana.cloud.plugins.module_utils._offers.cost import credits_of


def read_credits(module, client):
    return {"changed": False, "credits": credits_of(client.call("get_credits"))}


def main():
    run_module(read_credits, {})


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nosana_credit_info
short_description: Read the credits of an account on the Nosana compute cloud
version_added: 1.0.0
description:
  - Reads the balance of the credits that pay for jobs. The API key needs the scope C(credits:read), where keys have
    scopes.
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

- name: Fail when less than 5 US dollars are left
  ansible.builtin.assert:
    that: account.credits.available is not none and account.credits.available >= 5
    fail_msg: "US dollars left: {{ account.credits.available }}"
"""

RETURN = r"""
credits:
  description:
    - The credits in US dollars. C(assigned) is the total, C(reserved) is held for jobs that have not ended, C(settled)
      is spent. C(available) is C(assigned) minus the other two. An amount that is not known is null.
  returned: success
  type: dict
  sample:
    assigned: 100.0
    reserved: 0.352
    settled: 12.5
    available: 87.148
reason:
  description:
    - Why the task failed, in one word that C(rescue) can compare. One of V(bad_option), V(unsupported) (the library
      C(requests) is missing), V(refused) (by the API), V(unreachable), V(interrupted) and V(bug).
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
    path: /credits/balance
    message: Unauthorized, missing or invalid headers
"""

from ansible_collections.nosana.cloud.plugins.module_utils._module import run_module
from ansible_collections.nosana.cloud.plugins.module_utils._offers.cost import credits_of


def read_credits(module, client):
    return {"changed": False, "credits": credits_of(client.call("get_credits"))}


def main():
    run_module(read_credits, {})


if __name__ == "__main__":
    main()

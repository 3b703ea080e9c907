# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: job_definition_errors
short_description: Tell what is wrong with a Nosana job definition
version_added: 0.1.0
description:
  - Returns what is wrong with a job definition, one message for each mistake, each with its place and the remedy.
  - The list is empty exactly when the vendor's own validator (C(validateJobDefinition) of npm C(@nosana/kit) 2.1.8)
    accepts the definition.
  - It asks no server, and needs neither a key nor a library. Secrets in the definition are in no message.
  - M(nosana.cloud.nosana_deployment) checks every definition by itself. It refuses some things more that the validator
    accepts and that never run, such as an empty list of operations, and lets pass keys that newer servers know; the
    guide C(docs/job-definitions.md) of the collection lists them.
author:
  - Nosana Ansible contributors (@nosana-ci)
options:
  _input:
    description:
      - Mapping, the job definition. What is no mapping is not parsed, but told as a mistake.
      - It can't be left out.
    type: raw
    required: true
seealso:
  - module: nosana.cloud.nosana_deployment
"""

EXAMPLES = r"""
- name: Stop before anything is deployed when a definition is wrong
  ansible.builtin.assert:
    that: wrong == []
    fail_msg: "{{ wrong | join('; ') }}"
  vars:
    wrong: "{{ lookup('ansible.builtin.file', 'job.json') | from_json | nosana.cloud.job_definition_errors }}"

- name: Show what is wrong with a definition
  ansible.builtin.debug:
    msg: "{{ definition | nosana.cloud.job_definition_errors }}"
  vars:
    definition:
      version: "0.1"
      type: container
      ops:
        - id: web
          type: container/run
          args:
            imgae: nginx:1.29
            env:
              PORT: 8080
  # ops[0].args.imgae: unknown key (did you mean image?)
  # ops[0].args.env.PORT: must be a string, not the integer 8080; quote it: "8080" (in a template, end it with | string)
"""

RETURN = r"""
_value:
  description: What is wrong, in reading order; an empty list when nothing is.
  type: list
  elements: str
  sample: ["ops[0].args.imgae: unknown key (did you mean image?)"]
"""

from ansible_collections.nosana.cloud.plugins.module_utils._definition.validate import errors


class FilterModule:
    """Hands the filter to Ansible."""

    def filters(self):
        return {"job_definition_errors": errors}

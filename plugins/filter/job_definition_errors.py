# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: job_definition_errors
short_description: Check a Nosana job definition
version_added: 1.0.0
description:
  - Checks a job definition and returns a list of messages, one for each mistake, with its place and how to correct it.
  - The list is empty exactly when the validator of the vendor (C(validateJobDefinition) of npm C(@nosana/kit) 2.1.8)
    accepts the definition. Numbers that JSON does not have, and more than 100 nested levels, are mistakes as well.
  - The filter contacts no server and needs no API key. The messages contain no secrets of the definition.
  - M(nosana.cloud.nosana_deployment) checks its definition by itself. It refuses more, such as an empty list of
    operations, and accepts some keys of newer servers. The guide C(docs/job-definitions.md) of the collection lists
    both.
author:
  - Nosana Ansible contributors (@nosana-ci)
requirements:
  - python >= 3.11, on the controller
options:
  _input:
    description:
      - The job definition, a mapping. Anything else is one mistake; text is not parsed.
    type: raw
    required: true
seealso:
  - module: nosana.cloud.nosana_deployment
"""

EXAMPLES = r"""
- name: Stop if a definition is wrong, before anything is deployed
  ansible.builtin.assert:
    that: wrong == []
    fail_msg: "{{ wrong | join('; ') }}"
  vars:
    wrong: "{{ lookup('ansible.builtin.file', 'job.json') | from_json | nosana.cloud.job_definition_errors }}"

- name: Show the mistakes of a definition
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
  # ops[0].args.env.PORT: must be a string, not an integer; quote it as it was written (in a template, end it with
  # | string)
"""

RETURN = r"""
_value:
  description: The mistakes, in the order of the definition; empty if there are none.
  type: list
  elements: str
  sample: ["ops[0].args.imgae: unknown key (did you mean image?)"]
"""

from ansible_collections.nosana.cloud.plugins.module_utils._definition.validate import errors


class FilterModule:
    """The filter, by its name."""

    def filters(self):
        return {"job_definition_errors": errors}

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: job_definition_matrix
short_description: Make a Nosana job definition for each combination of parameters
version_added: 1.0.0
description:
  - Makes a job definition for each combination of parameters, with a name that tells them. The role
    P(nosana.cloud.batch#role) uses it.
  - Each container gets the parameters as environment variables. In C(cmd) and anywhere else in the definition,
    C(%%matrix.NAME%%) stands for the value of the parameter C(NAME).
  - The filter contacts no server, and does not check the definitions; M(nosana.cloud.nosana_deployments) does.
author:
  - Nosana Ansible contributors (@nosana-ci)
requirements:
  - python >= 3.11, on the controller
positional: matrix, name
options:
  _input:
    description:
      - The job definition that all are made from, a mapping, or one as JSON.
    type: raw
    required: true
  matrix:
    description:
      - The values of each parameter, a mapping, or one as JSON. A parameter is named like a variable, and has a list of
        values or a single one. Values are text, numbers or booleans; containers get text, as in JSON (V(true)).
      - At most 1000 combinations. A name that stands for a secret, such as C(API_KEY), is refused, since names show
        values.
      - For an empty mapping or empty text, there is one job definition, without parameters.
    type: raw
    required: true
  name:
    description:
      - What each name begins with.
    type: str
    required: true
seealso:
  - module: nosana.cloud.nosana_deployments
"""

EXAMPLES = r"""
- name: Show the names of four runs
  ansible.builtin.debug:
    msg: "{{ definition | nosana.cloud.job_definition_matrix(matrix, 'train') | map(attribute='name') | list }}"
  vars:
    matrix:
      rate: [0.1, 0.01]
      size: [small, large]
    definition:
      version: "0.1"
      type: container
      ops:
        - id: train
          type: container/run
          args:
            image: docker.io/library/python:3.13-alpine
            cmd: ["python", "-c", "print('%%matrix.size%%', %%matrix.rate%%)"]
  # train-rate=0.1-size=small, train-rate=0.1-size=large, train-rate=0.01-size=small, train-rate=0.01-size=large
"""

RETURN = r"""
_value:
  description:
    - One entry for each combination, in the order of the matrix.
    - C(name) is the given name with the parameters, sorted, so that it stays the same when values or parameters change
      places. C(folder) is the same, fit for a file system. What is too long or can't be in it is replaced by a hash.
    - C(parameters) are the values as text. C(deployment) has the name and the C(job_definition), as an item for
      M(nosana.cloud.nosana_deployments).
  type: list
  elements: dict
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.nosana.cloud.plugins.module_utils._definition.variants import combinations
from ansible_collections.nosana.cloud.plugins.plugin_utils._options import option_of


def job_definition_matrix(definition, matrix, name):
    name = option_of("job_definition_matrix", "name", name, "str")
    try:
        return combinations(definition, matrix, name)
    except ValueError as problem:
        raise AnsibleFilterError("job_definition_matrix: %s" % problem) from None


class FilterModule:
    """The filter, by its name."""

    def filters(self):
        return {"job_definition_matrix": job_definition_matrix}

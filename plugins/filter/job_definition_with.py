# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: job_definition_with
short_description: Change the image, the command or the environment of a Nosana job definition
version_added: 1.0.0
description:
  - Returns a job definition in which one container has another image, command or environment. All else stays as it is.
  - It is for job definitions that come from a template or a file. The role P(nosana.cloud.service#role) uses it.
  - The filter contacts no server, and does not check the definition; M(nosana.cloud.nosana_deployment) does.
author:
  - Nosana Ansible contributors (@nosana-ci)
requirements:
  - python >= 3.11, on the controller
positional: image, cmd, env, op
options:
  _input:
    description:
      - The job definition, a mapping, or one as JSON.
    type: raw
    required: true
  image:
    description:
      - The image of the container.
      - By default, and for empty text, it stays as it is.
    type: str
  cmd:
    description:
      - The command of the container, as a list or as one text. An empty list removes what the command was.
      - By default, and for empty text, it stays as it is.
    type: raw
  env:
    description:
      - Variables of the container's environment, a mapping, or one as JSON. They are added to those that it has, and
        take their place. V(null) removes a variable. Values must be strings.
      - By default, and for empty text, the environment stays as it is.
    type: raw
  op:
    description:
      - The id of the container in C(ops).
      - By default, the only container is changed, or the only one that exposes a port. The filter fails if there are
        several.
    type: str
seealso:
  - module: nosana.cloud.nosana_template_info
  - module: nosana.cloud.nosana_deployment
"""

EXAMPLES = r"""
- name: Read a template
  nosana.cloud.nosana_template_info:
    id: jupyter
  register: found

- name: Create a deployment from it, with another image and a variable, without starting it
  nosana.cloud.nosana_deployment:
    name: example-notebook
    market: nvidia-3060
    strategy: INFINITE
    replicas: 1
    timeout: 240
    job_definition: >-
      {{ found.templates[0].job_definition
      | nosana.cloud.job_definition_with(image='docker.io/jupyter/scipy-notebook:latest', env={'WORKERS': '2'}) }}
"""

RETURN = r"""
_value:
  description: The changed job definition. The input is left as it is.
  type: dict
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.nosana.cloud.plugins.module_utils._definition.variants import with_changes
from ansible_collections.nosana.cloud.plugins.plugin_utils._options import option_of


def job_definition_with(definition, image=None, cmd=None, env=None, op=None):
    image, op = (option_of("job_definition_with", *one, "str") for one in (("image", image), ("op", op)))
    try:
        return with_changes(definition, image, cmd, env, op)
    except ValueError as problem:
        raise AnsibleFilterError("job_definition_with: %s" % problem) from None


class FilterModule:
    """The filter, by its name."""

    def filters(self):
        return {"job_definition_with": job_definition_with}

#!/usr/bin/python
# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nosana_template_info
short_description: List ready-made job definitions of the Nosana compute cloud
version_added: 1.0.0
description:
  - Lists templates, which are Nosana's own job definitions for well-known models and programs. Pass the returned
    C(job_definition) to M(nosana.cloud.nosana_deployment) as it is.
  - A template is listed when all given filters match.
  - A template can have variants, such as a model in several sizes. Depending on the server, the list has an entry for
    each variant, or one entry for the template without a job definition.
  - Fails on older servers, which have no templates.
extends_documentation_fragment:
  - nosana.cloud.attributes
  - nosana.cloud.attributes.info_module
  - nosana.cloud.connection
author:
  - Nosana Ansible contributors (@nosana-ci)
options:
  id:
    description:
      - The id of the one template to read. An unknown one fails, with the nearest ids.
      - By default, all templates are listed.
    type: str
  variant:
    description:
      - The id of a variant of the template O(id), one of its C(variants). An unknown one fails, with the ids of all
        variants.
      - By default, the template itself is read. A template with variants may have no job definition of its own.
    type: str
  category:
    description:
      - A category of the templates to list. Case does not matter.
      - By default, templates of all categories are listed.
    type: str
  search:
    description:
      - A part of the id, the name or the description. Case does not matter.
      - By default, all templates are listed.
    type: str
seealso:
  - module: nosana.cloud.nosana_deployment
"""

EXAMPLES = r"""
- name: List the templates
  nosana.cloud.nosana_template_info:
  register: offered

- name: Show their ids
  ansible.builtin.debug:
    msg: "{{ offered.templates | map(attribute='id') | list }}"

- name: Create a deployment from the first one with a job definition, without starting it
  nosana.cloud.nosana_deployment:
    name: example-from-template
    state: present
    market: nvidia-4090
    strategy: SIMPLE
    replicas: 1
    timeout: 60
    job_definition: "{{ (offered.templates | selectattr('job_definition') | first).job_definition }}"
"""

RETURN = r"""
templates:
  description:
    - The templates, in the order of the API, with the API's own fields. Empty when none matches.
    - C(category) and C(variants) are always lists. C(job_definition) is ready for M(nosana.cloud.nosana_deployment). It
      is null for a template that only groups its C(variants); read one with O(variant).
  returned: success
  type: list
  elements: dict
  sample:
    - id: jupyter
      name: Jupyter
      description: A notebook on a GPU
      category: [Tools]
      variants: []
      job_definition:
        version: "0.1"
        type: container
        ops:
          - id: jupyter
            type: container/run
            args:
              image: docker.io/nosana/pytorch-jupyter:2.0.0
              expose: 8888
              gpu: true
count:
  description: The number of templates in the list.
  returned: success
  type: int
  sample: 1
reason:
  description:
    - Why the task failed, in one word that C(rescue) can compare. One of V(bad_option), V(not_found),
      V(unsupported) (the server is too old), V(refused) (by the API), V(unreachable), V(interrupted) and V(bug).
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
    path: /templates/
    message: Unauthorized, missing or invalid headers
"""

from ansible_collections.nosana.cloud.plugins.module_utils._module import run_module
from ansible_collections.nosana.cloud.plugins.module_utils._offers.templates import find


def list_templates(module, client):
    found = find(client, module.params)
    return {"changed": False, "templates": found, "count": len(found)}


def main():
    run_module(
        list_templates,
        {
            "id": {"type": "str"},
            "variant": {"type": "str"},
            "category": {"type": "str"},
            "search": {"type": "str"},
        },
        required_by={"variant": ["id"]},
    )


if __name__ == "__main__":
    main()

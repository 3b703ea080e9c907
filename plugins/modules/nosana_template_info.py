#!/usr/bin/python
# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nosana_template_info
short_description: List the ready-made job definitions of the Nosana compute cloud
version_added: 0.1.0
description:
  - Lists templates, job definitions for well-known models and programs that Nosana keeps ready. What it returns as
    C(job_definition) can be given to M(nosana.cloud.nosana_deployment) as it is.
  - All filters that are given have to match.
  - A template may have variants, such as a model in several sizes. The list of all templates has an entry for each
    variant, or one for the template without a job definition, as the server chooses.
  - Older servers have no templates; the task then fails and says so.
extends_documentation_fragment:
  - nosana.cloud.attributes
  - nosana.cloud.attributes.info_module
  - nosana.cloud.connection
author:
  - Nosana Ansible contributors (@nosana-ci)
options:
  id:
    description:
      - Text, the id of the one template to read. An unknown one fails, with the nearest ids.
      - When left out, templates of any id match.
    type: str
  variant:
    description:
      - Text, the id of a variant of the template O(id), as its C(variants) lists them. An unknown one fails, with
        those that there are.
      - When left out, the template itself is read. One that has variants may have no job definition of its own.
    type: str
  category:
    description:
      - Text, a category that the template is in, in capital or small letters.
      - When left out, it does not filter.
    type: str
  search:
    description:
      - Text, a part of the id, the name or the description, in capital or small letters.
      - When left out, it does not filter.
    type: str
seealso:
  - module: nosana.cloud.nosana_deployment
"""

EXAMPLES = r"""
- name: List the templates
  nosana.cloud.nosana_template_info:
  register: offered

- name: Show what there is
  ansible.builtin.debug:
    msg: "{{ offered.templates | map(attribute='id') | list }}"

- name: Deploy the first one that has a job definition of its own
  nosana.cloud.nosana_deployment:
    name: from-template
    market: 97G9NnvBDQ2WpKu6fasoMsAKmfj63C9rhysJnkeWodAf # nvidia-4090
    strategy: SIMPLE
    replicas: 1
    timeout: 60
    job_definition: "{{ (offered.templates | selectattr('job_definition') | first).job_definition }}"
"""

RETURN = r"""
templates:
  description:
    - The templates, in the order of the API, each with the API's own fields. Empty when none matches.
    - C(category) is always a list. C(job_definition) is ready for M(nosana.cloud.nosana_deployment); it is null for a
      template that only gathers C(variants), which O(variant) reads.
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
  description: Number of templates in the list.
  returned: success
  type: int
  sample: 1
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

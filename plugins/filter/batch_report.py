# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: batch_report
short_description: Report what became of each run of a Nosana batch
version_added: 1.0.0
description:
  - Joins what P(nosana.cloud.job_definition_matrix#filter) made and what M(nosana.cloud.nosana_deployments) returned of
    it, with C(state=completed) for each. The role P(nosana.cloud.batch#role) uses it.
  - The filter contacts no server.
author:
  - Nosana Ansible contributors (@nosana-ci)
requirements:
  - python >= 3.11, on the controller
positional: results
options:
  _input:
    description:
      - The runs, as P(nosana.cloud.job_definition_matrix#filter) returns them.
    type: list
    elements: dict
    required: true
  results:
    description:
      - The C(deployments) that M(nosana.cloud.nosana_deployments) returned for them, in the same order.
    type: list
    elements: dict
    required: true
seealso:
  - module: nosana.cloud.nosana_job_fetch
  - plugin: nosana.cloud.job_definition_matrix
    plugin_type: filter
  - plugin: nosana.cloud.table
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Make two runs of a job definition
  ansible.builtin.set_fact:
    example_runs: "{{ definition | nosana.cloud.job_definition_matrix({'rate': [0.1, 0.01]}, 'example-batch') }}"
  vars:
    definition:
      version: "0.1"
      type: container
      ops:
        - id: train
          type: container/run
          args:
            image: docker.io/library/busybox:1.37
            cmd: ["sh", "-c", "echo rate %%matrix.rate%%"]

- name: Run both, once each
  nosana.cloud.nosana_deployments:
    defaults:
      state: completed
      market: nvidia-3060
      strategy: SIMPLE
      replicas: 1
      timeout: 60
    deployments: "{{ example_runs | map(attribute='deployment') | list }}"
  register: done

- name: Show what became of them
  ansible.builtin.debug:
    msg: "{{ example_runs | nosana.cloud.batch_report(done.deployments) }}"

- name: Delete both
  nosana.cloud.nosana_deployment:
    id: "{{ item.id }}"
    state: absent
  loop: "{{ done.deployments }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
_value:
  description:
    - One entry for each run, with its C(name), C(folder) and C(parameters).
    - C(verdict) is V(succeeded), V(failed) (a job ended badly), V(unfinished) (it was not begun, or has no result so
      far), or V(planned) (check mode would start it). C(reason) says why one did not succeed.
    - C(exit_code) is the first that is not 0, C(results) has what the operations returned, by their ids, and
      C(minutes) is how long the job ran.
    - C(id) and C(status) are those of the deployment, C(job) is the address of the job. C(changed) tells whether the
      task changed anything of it. C(fetch) is an item for M(nosana.cloud.nosana_job_fetch), null without a job.
  type: list
  elements: dict
"""

from ansible.errors import AnsibleFilterError

from ansible_collections.nosana.cloud.plugins.module_utils._jobs.report import of_runs
from ansible_collections.nosana.cloud.plugins.plugin_utils._options import REQUIRED, option_of


def batch_report(runs, results):
    runs = option_of("batch_report", "_input", runs, "dicts", REQUIRED)
    results = option_of("batch_report", "results", results, "dicts", REQUIRED)
    try:
        return of_runs(runs, results)
    except ValueError as problem:
        raise AnsibleFilterError("batch_report: %s" % problem) from None


class FilterModule:
    """The filter, by its name."""

    def filters(self):
        return {"batch_report": batch_report}

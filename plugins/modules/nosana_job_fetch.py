#!/usr/bin/python
# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: nosana_job_fetch
short_description: Write results and logs of jobs on the Nosana compute cloud to files
version_added: 1.0.0
description:
  - Writes the results and logs of jobs that have ended to files, in a folder for each job. The module is idempotent.
    The role P(nosana.cloud.batch#role) uses it.
  - C(result.json) has whether the job succeeded, and the exit code and results of each operation. The log of each
    operation is in a file of its own, such as C(train.log), with the errors of its host first. It has the last 500
    lines.
  - Secrets of the job definition are masked in all files.
  - Check mode writes nothing, and reports what would be written.
extends_documentation_fragment:
  - nosana.cloud.attributes
  - nosana.cloud.connection
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
author:
  - Nosana Ansible contributors (@nosana-ci)
options:
  dest:
    description:
      - The path of the folder to write to, on the host that runs the task. It is required, and created if it is
        missing. A relative path begins at the working folder of the task, on the controller that of
        C(ansible-playbook).
    type: path
    required: true
  jobs:
    description:
      - The jobs to fetch. A job without a result so far is skipped, and listed in RV(unfinished).
    type: list
    elements: dict
    required: true
    suboptions:
      deployment_id:
        description:
          - The id of the deployment. It is required.
        type: str
        required: true
      job:
        description:
          - The address of the job. It is required. An unknown one fails.
        type: str
        required: true
      folder:
        description:
          - The name of the folder in O(dest) for this job.
          - By default, the address of the job.
        type: str
      parameters:
        description:
          - What the job was run with, to be written into its C(result.json).
          - By default, C(result.json) says nothing of it.
        type: dict
seealso:
  - module: nosana.cloud.nosana_job_info
  - module: nosana.cloud.nosana_deployments
"""

EXAMPLES = r"""
- name: Run a batch job once
  nosana.cloud.nosana_deployment:
    name: example-fetch
    state: completed
    market: nvidia-3060
    strategy: SIMPLE
    replicas: 1
    timeout: 60
    job_definition:
      version: "0.1"
      type: container
      ops:
        - id: train
          type: container/run
          args:
            image: docker.io/library/busybox:1.37
            cmd: ["sh", "-c", "echo step 1 && echo step 2"]
  register: run

- name: Write its result and its log to results/example
  nosana.cloud.nosana_job_fetch:
    dest: results
    jobs:
      - deployment_id: "{{ run.deployment.id }}"
        job: "{{ run.jobs[0].job }}"
        folder: example
"""

RETURN = r"""
files:
  description:
    - The files that were written, since they were missing or differed; in check mode, that would be.
  returned: success
  type: list
  elements: str
  sample: [results/example/result.json, results/example/train.log]
unfinished:
  description: The addresses of the jobs that have no result so far.
  returned: success
  type: list
  elements: str
  sample: []
reason:
  description:
    - Why the task failed, in one word that C(rescue) can compare. One of V(bad_option) (a value, or a file that can't
      be written), V(not_found), V(unsupported) (the library C(requests) is missing), V(refused) (by the API),
      V(unreachable), V(interrupted) and V(bug).
  returned: failure
  type: str
  sample: not_found
error:
  description:
    - What the API said when it refused, or why it could not be reached. C(status) is null where nothing answered.
    - Null for failures of any other kind.
  returned: failure
  type: dict
  sample:
    status: 401
    method: GET
    path: /deployments/8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ/jobs/7hVQ3bYJmT6bK1dV1c2pN9nWvE5YxkqJt4sZr8uFgLmA
    message: Unauthorized, missing or invalid headers
"""

import os

from ansible_collections.nosana.cloud.plugins.module_utils._module import run_module
from ansible_collections.nosana.cloud.plugins.module_utils._api.readers import Readers
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import fetch


JOB = {
    "deployment_id": {"type": "str", "required": True},
    "job": {"type": "str", "required": True},
    "folder": {"type": "str"},
    "parameters": {"type": "dict"},
}


def fetch_jobs(module, client):
    items, readers = fetch.checked(module.params["jobs"]), Readers(client)
    results = readers.each(lambda item: fetch.read(readers.client, item), items)
    found = [(item, fetch.files_of(item, result)) for item, result in zip(items, results)]
    changes = [change for item, files in found for change in changes_of(module.params["dest"], item, files)]
    if not module.check_mode:
        fetch.write_all([(path, after) for path, _before, after in changes])
    done = {
        "changed": bool(changes),
        "files": [path for path, _before, _after in changes],
        "unfinished": [item["job"] for item, files in found if not files],
    }
    if module._diff:
        done["diff"] = [
            {"before_header": path, "after_header": path, "before": before or "", "after": after}
            for path, before, after in changes
        ]
    return done


def changes_of(dest, item, files):
    """The files that are missing or differ, as ``(path, text before or None, text)``."""
    paths = [(os.path.join(dest, item["folder"], name), text) for name, text in files.items()]
    found = [(path, fetch.present(path), text) for path, text in paths]
    return [(path, before, text) for path, before, text in found if before != text]


def main():
    run_module(
        fetch_jobs,
        {
            "dest": {"type": "path", "required": True},
            "jobs": {"type": "list", "elements": "dict", "required": True, "options": JOB},
        },
        items={"jobs": JOB},
    )


if __name__ == "__main__":
    main()

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation that all modules share: check and diff mode, their action group, and requirements."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what would change, without changing it.
  diff_mode:
    description: Returns details on what changed (or would change in check mode) when in diff mode.
  action_group:
    description: Use C(group/nosana.cloud.nosana) in C(module_defaults) to set the connection options of all modules.
    support: full
    membership:
      - nosana.cloud.nosana
requirements:
  - python >= 3.11, on the host that runs the task
  - requests (Python library), on the host that runs the task
notes:
  - Run tasks on the controller, with C(hosts) set to V(localhost), unless only another host can reach the API. A task
    reads the environment variables of the host that it runs on.
  - The implicit V(localhost) uses the Python that runs Ansible. A V(localhost) of an inventory may use another one,
    without C(requests). Set its C(ansible_python_interpreter) to V({{ ansible_playbook_python }}).
  - Set the connection options once for a play with C(module_defaults) for the group C(nosana.cloud.nosana).
"""

    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module changes nothing, and does the same in check mode.
  diff_mode:
    support: N/A
    details:
      - This module changes nothing.
"""

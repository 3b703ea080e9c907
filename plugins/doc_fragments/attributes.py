# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation that all modules share: check and diff mode, their action group, what tasks need."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the changes that it would make, without making them.
  diff_mode:
    description: Returns the difference that a change makes (or would make) when in diff mode.
  action_group:
    description: Use C(group/nosana.cloud.nosana) in C(module_defaults) to set the connection options of all modules.
    support: full
    membership:
      - nosana.cloud.nosana
requirements:
  - requests (Python library), on the host that runs the task
notes:
  - Tasks run where they are sent. Most people run them on the controller, with C(hosts) set to V(localhost).
  - The implicit V(localhost) uses the Python that runs Ansible. One that an inventory names has an interpreter of its
    own choice, which may lack C(requests). Give it C(ansible_python_interpreter) set to
    V({{ ansible_playbook_python }}).
  - All connection options can be set once for a play, with C(module_defaults) for the group
    C(nosana.cloud.nosana).
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

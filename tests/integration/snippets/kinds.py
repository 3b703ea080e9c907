# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells what a snippet of YAML is."""

from __future__ import annotations

import yaml

from ..playbooks import CLONE

PLUGIN = "nosana.cloud.nosana"


def sections():
    """The sections of a changelog fragment."""
    config = yaml.safe_load((CLONE / "changelogs" / "config.yaml").read_text(encoding="utf-8"))
    return {name for name, _title in config["sections"]} | {config["prelude_section_name"], "trivial"}


def kind_of(data):
    """ "plays", "tasks", "rulebook", "inventory", "hosts" (an inventory in YAML), "changelog fragment", or "file"."""
    if isinstance(data, list) and data and all(isinstance(item, dict) for item in data):
        keys = {key for item in data for key in item}
        if "rules" in keys:
            return "rulebook"
        return "plays" if keys & {"hosts", "import_playbook", "ansible.builtin.import_playbook"} else "tasks"
    if not isinstance(data, dict):
        return "file"
    if data.get("plugin") == PLUGIN:
        return "inventory"
    if all(isinstance(group, dict) and group.keys() & {"hosts", "children"} for group in data.values()):
        return "hosts"
    return "changelog fragment" if data.keys() <= sections() else "file"

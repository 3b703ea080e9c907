# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a controller (AWX) runs, without a controller: "make controller" installs its parts."""

from __future__ import annotations

import os

import pytest

from .parts import COLLECTIONS_OF_CONTROLLER

if not (COLLECTIONS_OF_CONTROLLER / "ansible_collections" / "awx").is_dir():
    pytest.exit("the parts of a controller are not installed: run 'make controller' once", returncode=4)


def pytest_collection_modifyitems(config, items):
    if os.environ.get("COMBINATIONS") != "all":
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]

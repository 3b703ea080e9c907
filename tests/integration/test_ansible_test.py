# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs targets by "ansible-test integration", as they are: each starts a simulator of its own, and ends it.

TARGETS=all in the environment runs all of them, as "make matrix" does.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from .playbooks import CLONE, environment
from .test_targets import TARGETS

sys.path.insert(0, str(CLONE / "tools"))
from copy_tree import copy_tree  # noqa: E402 (found only after the line above)

SOME = ["offers"]
WANTED = sorted(TARGETS) if "all" in (os.environ.get("TARGETS"), os.environ.get("COMBINATIONS")) else SOME


@pytest.fixture
def tree():
    """A copy of the collection where ansible-test accepts it: in a folder ansible_collections, and not a link."""
    root = CLONE / ".build" / ("ansible-test-%d" % os.getpid())
    copy = root / "ansible_collections" / "nosana" / "cloud"
    copy_tree(copy, untracked=True)
    subprocess.run(["git", "init", "--quiet", copy], check=True)
    yield copy
    shutil.rmtree(root)


def test_ansible_test_runs_targets_as_they_are(tree):
    settings = tree / "tests" / "integration" / "integration_config.yml"
    settings.write_text(json.dumps({"simulator_python": sys.executable}), encoding="utf-8")
    command = [str(pathlib.Path(sys.executable).parent / "ansible-test"), "integration", "--color", "no"]
    env = {key: value for key, value in environment().items() if not key.startswith(("ANSIBLE_", "PYTHONPATH"))}
    done = subprocess.run(
        [*command, "--python", "%d.%d" % sys.version_info[:2], *WANTED],
        cwd=tree,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in done.stdout.splitlines() if "failed=" in line and "failed=0" not in line] == []
    assert done.stdout.count("TASK [nosana.cloud.simulator : End the simulator]") == len(WANTED)

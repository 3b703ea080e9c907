# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copies the clone's own files, without what was made in it, into a new folder."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

CLONE = pathlib.Path(__file__).resolve().parent.parent


def copy_tree(target: pathlib.Path, untracked: bool) -> None:
    """Replaces target by a copy of all files that git tracks, as they are now; with ``untracked`` also of new ones.

    Raises subprocess.CalledProcessError where the clone is no git checkout.
    """
    shutil.rmtree(target, ignore_errors=True)
    for name in own_files(untracked):
        source, copy = CLONE / name, target / name
        if os.path.lexists(source):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy, follow_symlinks=False)


def own_files(untracked: bool) -> list[str]:
    """Paths, relative to the clone, of what belongs to it."""
    command = ["git", "ls-files", "-z", "--cached"]
    if untracked:
        command += ["--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=CLONE, stdout=subprocess.PIPE, check=True).stdout
    return [os.fsdecode(name) for name in names.split(b"\0") if name]

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds the release tarball, of committed files only, into dist, and lets Galaxy's own importer judge it."""

from __future__ import annotations

import pathlib
import subprocess
import sys

from copy_tree import CLONE, copy_tree

TREE = CLONE / ".build" / "dist" / "nosana" / "cloud"
BIN = pathlib.Path(sys.executable).parent


def main() -> None:
    """Ends with a message when the importer finds a fault; raises CalledProcessError when there is no tarball."""
    copy_tree(TREE, untracked=False)
    dist = CLONE / "dist"
    subprocess.run(
        [BIN / "ansible-galaxy", "collection", "build", "--force", "--output-path", dist, TREE],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    tarball = max(dist.glob("nosana-cloud-*.tar.gz"), key=lambda file: file.stat().st_mtime)
    importer = [sys.executable, "-m", "galaxy_importer.main", str(tarball)]
    done = subprocess.run(importer, cwd=TREE.parent, capture_output=True, text=True, check=False)
    findings = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("ERROR", "WARNING"))]
    print("\n".join(findings + ["dist: %s" % tarball.relative_to(CLONE)]))
    if done.returncode or findings:
        sys.exit("dist: Galaxy's importer is not content with it (exit code %d)" % done.returncode)


if __name__ == "__main__":
    main()

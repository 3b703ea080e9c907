# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds the tarball of the last commit into dist, and lets Galaxy's own importer judge it.

On a commit with a tag it is a release: tag, galaxy.yml and changelog have to agree, and nothing may differ from the
tag. Elsewhere its version is a pre-release that names the commit. ``--release VERSION`` refuses anything but that
release; ``--check`` builds and judges the clone as it is, with uncommitted files, and keeps nothing.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml
from copy_tree import CLONE, copy_tree

BIN = pathlib.Path(sys.executable).parent
DIST = CLONE / "dist"
TAG = re.compile(r"\d+\.\d+\.\d+([-+].*)?")


def main() -> None:
    """Ends with a message when there can be no such tarball, or the importer finds a fault."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--release", default="")
    arguments.add_argument("--check", action="store_true")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(dir=new_folder(CLONE / ".build")) as folder:
        tree = pathlib.Path(folder) / "nosana" / "cloud"
        if given.check:
            copy_tree(tree, untracked=True)
            judge(build(tree, pathlib.Path(folder)))
            return
        export(tree)
        version = version_of(tree, given.release)
        set_version(tree / "galaxy.yml", version)
        tarball = build(tree, new_folder(DIST))
    judge(tarball)
    print("dist: %s" % tarball.relative_to(CLONE))


def new_folder(folder: pathlib.Path) -> pathlib.Path:
    """The folder, which is there afterwards."""
    folder.mkdir(exist_ok=True)
    return folder


def git(*arguments: str) -> str:
    """What a git command prints. Raises CalledProcessError where it fails."""
    return subprocess.run(["git", *arguments], cwd=CLONE, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def export(tree: pathlib.Path) -> None:
    """Writes the files of the last commit, and nothing else, into a new folder."""
    tree.mkdir(parents=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=CLONE, stdout=subprocess.PIPE, check=True).stdout
    subprocess.run(["tar", "-x", "-C", tree], input=archive, check=True)


def version_of(tree: pathlib.Path, wanted: str) -> str:
    """The version of the tarball; ends with a message when a release lacks something."""
    version = yaml.safe_load((tree / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    tags = [tag for tag in git("tag", "--points-at", "HEAD").splitlines() if TAG.fullmatch(tag)]
    changes = git("status", "--porcelain", "--untracked-files=no")
    if not tags and not wanted:
        if changes:
            print("dist: without the uncommitted changes")
        return "%s-dev.g%s" % (version, git("rev-parse", "--short", "HEAD"))
    missing = [] if version in tags else ["galaxy.yml has %s, and the commit the tags %s" % (version, tags or "(none)")]
    if wanted not in ("", version):
        missing.append("galaxy.yml has %s, and not %s" % (version, wanted))
    if version not in released(tree):
        missing.append('the changelog lacks %s (run "antsibull-changelog release")' % version)
    if changes:
        missing.append("the clone differs from the tag:\n%s" % changes)
    if missing:
        sys.exit("dist: no release: " + "; ".join(missing))
    return version


def released(tree: pathlib.Path) -> set[str]:
    """The versions in the changelog."""
    file = tree / "changelogs" / "changelog.yaml"
    return set(yaml.safe_load(file.read_text(encoding="utf-8"))["releases"]) if file.is_file() else set()


def set_version(galaxy: pathlib.Path, version: str) -> None:
    """Writes a version into galaxy.yml, and leaves the rest as it is."""
    text = galaxy.read_text(encoding="utf-8")
    galaxy.write_text(re.sub(r"^version: .*$", "version: " + version, text, flags=re.MULTILINE), encoding="utf-8")


def build(tree: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """Builds a tree's tarball in the folder. Raises CalledProcessError where that fails."""
    command = [BIN / "ansible-galaxy", "collection", "build", "--force", "--output-path", folder, tree]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return max(folder.glob("nosana-cloud-*.tar.gz"), key=lambda file: file.stat().st_mtime)


def judge(tarball: pathlib.Path) -> None:
    """Ends with its findings when Galaxy's importer is not content."""
    importer = [sys.executable, "-m", "galaxy_importer.main", str(tarball)]
    env = {**os.environ, "GALAXY_IMPORTER_CONFIG": str(CLONE / "tools" / "galaxy-importer.cfg")}
    with tempfile.TemporaryDirectory(
        dir=CLONE / ".build"
    ) as folder:  # it writes its result into the folder in which it runs
        done = subprocess.run(importer, cwd=folder, env=env, capture_output=True, text=True, check=False)
    findings = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("ERROR", "WARNING"))]
    if done.returncode or findings:
        print("\n".join(findings))
        sys.exit("dist: Galaxy's importer is not content with it (exit code %d)" % done.returncode)


if __name__ == "__main__":
    main()

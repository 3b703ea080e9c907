# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What "make dist" builds, and what it refuses to call a release; in a small clone of its own."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
import tarfile

import pytest
import yaml

CLONE = pathlib.Path(__file__).resolve().parents[2]
GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_COUNT": "0"}
GIT |= {"GIT_%s_%s" % (who, what): "x@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class Repository:
    """A repository with a collection that has just what Galaxy's importer wants, and this clone's tools."""

    def __init__(self, folder):
        self.folder = folder
        galaxy = yaml.safe_load((CLONE / "galaxy.yml").read_text(encoding="utf-8"))
        self.write("galaxy.yml", yaml.safe_dump(dict(galaxy, version="1.0.0")))
        self.write("README.md", "# A collection\n\nFor a test.\n")
        self.write("CHANGELOG.md", "# Changes\n")
        self.write("meta/runtime.yml", "---\nrequires_ansible: '>=2.16.0'\n")
        self.write(".gitignore", "/.build/\n/dist/\n")
        shutil.copy(CLONE / "LICENSE", folder)
        shutil.copytree(CLONE / "tools", folder / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        self.git("init", "--quiet")
        self.commit()

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def git(self, *arguments):
        command = ["git", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=os.environ | GIT, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Change it")

    def release_changelog(self, version):
        self.write("changelogs/changelog.yaml", yaml.safe_dump({"releases": {version: {}}}))
        self.commit()

    def dist(self, *arguments):
        command = [sys.executable, str(self.folder / "tools" / "dist.py"), *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=os.environ | GIT, capture_output=True, text=True, check=False
        )

    def built(self):
        return sorted(path.name for path in (self.folder / "dist").glob("*"))


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


def test_without_a_tag_it_is_a_pre_release_of_the_last_commit(repository):
    repository.write("README.md", "# Not committed\n")
    done = repository.dist()
    assert done.returncode == 0, done.stdout + done.stderr
    name = "nosana-cloud-1.0.0-dev.g%s.tar.gz" % repository.git("rev-parse", "--short", "HEAD")
    assert repository.built() == [name]
    assert "without the uncommitted changes" in done.stdout and name in done.stdout
    with tarfile.open(repository.folder / "dist" / name) as archive:
        assert archive.extractfile("README.md").read().startswith(b"# A collection")


def test_on_a_tag_it_is_the_release(repository):
    repository.release_changelog("1.0.0")
    repository.git("tag", "1.0.0")
    done = repository.dist("--release", "1.0.0")
    assert done.returncode == 0, done.stdout + done.stderr
    assert repository.built() == ["nosana-cloud-1.0.0.tar.gz"]


def refused(repository, *arguments):
    done = repository.dist(*arguments)
    assert done.returncode == 1 and repository.built() == []
    return done.stderr


def test_a_version_that_the_changelog_lacks_is_refused(repository):
    repository.git("tag", "1.0.0")
    assert "the changelog lacks 1.0.0" in refused(repository)


def test_another_tag_is_refused(repository):
    repository.release_changelog("1.0.0")
    repository.git("tag", "1.0.1")
    assert "galaxy.yml has 1.0.0, and the commit the tags ['1.0.1']" in refused(repository)


def test_a_release_that_is_not_tagged_is_refused(repository):
    repository.release_changelog("1.0.0")
    assert "and the commit the tags (none)" in refused(repository, "--release", "1.0.0")


def test_another_release_than_the_one_asked_for_is_refused(repository):
    repository.release_changelog("1.0.0")
    repository.git("tag", "1.0.0")
    assert "galaxy.yml has 1.0.0, and not 1.1.0" in refused(repository, "--release", "1.1.0")


def test_a_clone_that_differs_from_the_tag_is_refused(repository):
    repository.release_changelog("1.0.0")
    repository.git("tag", "1.0.0")
    repository.write("README.md", "# Changed\n")
    message = refused(repository)
    assert "the clone differs from the tag" in message and "README.md" in message


def test_what_the_importer_finds_is_told(repository):
    galaxy = yaml.safe_load((repository.folder / "galaxy.yml").read_text(encoding="utf-8"))
    repository.write("galaxy.yml", yaml.safe_dump(dict(galaxy, tags=["nosana"])))
    done = repository.dist("--check")
    assert done.returncode == 1 and "importer is not content" in done.stderr
    assert "ERROR" in done.stdout and "tag" in done.stdout

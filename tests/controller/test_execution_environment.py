# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-builder finds what an execution environment with this collection needs."""

from __future__ import annotations

import shutil

import pytest
import yaml
from integration.playbooks import CLONE, run

from .parts import PROJECT


def builder(*arguments, cwd):
    done = run(*arguments, tool="ansible-builder", cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def galaxy(*arguments, cwd):
    # Where this clone's collection is known, nothing is installed.
    done = run("collection", *arguments, tool="ansible-galaxy", cwd=cwd, ANSIBLE_COLLECTIONS_PATH=str(cwd))
    assert done.returncode == 0, done.stdout + done.stderr


def lines_of(file):
    """What a requirements file asks for."""
    lines = (CLONE / file).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.fixture(scope="module")
def collections(tmp_path_factory):
    """Where a collection is installed that has only the folders that run."""
    folder = tmp_path_factory.mktemp("collection")
    for part in ("meta", "plugins", "roles", "playbooks"):
        shutil.copytree(CLONE / part, folder / "tree" / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("galaxy.yml", "README.md"):
        shutil.copy(CLONE / file, folder / "tree" / file)
    galaxy("build", "tree", "--output-path", "dist", cwd=folder)
    [tarball] = (folder / "dist").iterdir()
    galaxy("install", "--offline", "-p", "installed", tarball, cwd=folder)
    assert (folder / "installed" / "ansible_collections" / "nosana" / "cloud" / "meta").is_dir()
    return folder / "installed"


def test_introspect_finds_what_is_needed(collections, tmp_path):
    builder("introspect", collections, "--write-pip", "pip.txt", "--write-bindep", "bindep.txt", cwd=tmp_path)
    found = (tmp_path / "pip.txt").read_text(encoding="utf-8")
    for requirement in lines_of("meta/ee-requirements.txt"):
        assert requirement in found


def test_it_has_all_that_the_plugins_need():
    assert set(lines_of("requirements.txt")) <= set(lines_of("meta/ee-requirements.txt"))
    assert lines_of("meta/ee-bindep.txt") == []


def test_the_example_can_be_built(tmp_path):
    example = PROJECT / "execution-environment" / "execution-environment.yml"
    builder("create", "--file", example, "--context", "context", cwd=tmp_path)
    asked = yaml.safe_load((tmp_path / "context" / "_build" / "requirements.yml").read_text(encoding="utf-8"))
    assert [one["name"] for one in asked["collections"]] == ["nosana.cloud"]
    base = yaml.safe_load(example.read_text(encoding="utf-8"))["images"]["base_image"]["name"]
    # Its name depends on the container engine that is found.
    [recipe] = [file for file in (tmp_path / "context").iterdir() if file.is_file()]
    assert base in recipe.read_text(encoding="utf-8")

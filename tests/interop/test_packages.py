# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's packages are those that the project speaks of, whoever installs them and from whichever registry."""

from __future__ import annotations

import json
import pathlib

HERE = pathlib.Path(__file__).parent
VERSIONS = {"@nosana/api": "2.1.8", "@nosana/kit": "2.1.8"}


def read(*names):
    return json.loads(HERE.joinpath(*names).read_text(encoding="utf-8"))


def test_the_packages_are_those_that_are_named():
    assert read("package.json")["dependencies"] == VERSIONS
    assert {name: read("node_modules", name, "package.json")["version"] for name in VERSIONS} == VERSIONS


def test_the_lock_names_contents_and_no_registry():
    packages = {name: package for name, package in read("package-lock.json")["packages"].items() if name}
    assert {name: packages["node_modules/" + name]["version"] for name in VERSIONS} == VERSIONS
    assert [name for name, package in packages.items() if "resolved" in package or "integrity" not in package] == []

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's packages are those that the project speaks of, whoever installs them and from whichever registry."""

from __future__ import annotations

import json
import pathlib

HERE = pathlib.Path(__file__).parent
KIT = "@nosana/kit"
VERSION = "2.1.8"


def read(*names):
    return json.loads(HERE.joinpath(*names).read_text(encoding="utf-8"))


def test_the_client_is_the_one_that_is_named():
    assert read("package.json")["dependencies"] == {KIT: VERSION}
    assert read("node_modules", KIT, "package.json")["version"] == VERSION


def test_the_lock_names_contents_and_no_registry():
    packages = {name: package for name, package in read("package-lock.json")["packages"].items() if name}
    assert packages["node_modules/" + KIT]["version"] == VERSION
    assert [name for name, package in packages.items() if "resolved" in package or "integrity" not in package] == []

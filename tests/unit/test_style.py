# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What CONTRIBUTING.md says of style, and no linter that is used here checks."""

from __future__ import annotations

import pathlib

CLONE = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("extensions", "plugins", "roles", "tests", "tools")
LONGEST = 120


def test_no_line_of_python_is_too_long():
    assert "lines of %d characters at most" % LONGEST in (CLONE / "CONTRIBUTING.md").read_text(encoding="utf-8")
    files = [path for folder in FOLDERS for path in (CLONE / folder).rglob("*.py") if "node_modules" not in path.parts]
    assert len(files) > 100
    long = [
        "%s:%d" % (path.relative_to(CLONE), number)
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > LONGEST
    ]
    assert long == []

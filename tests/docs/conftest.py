# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The site in .build/docs, which "make docs" builds before these tests."""

from __future__ import annotations

import pathlib

import pytest

from .html import Page

CLONE = pathlib.Path(__file__).resolve().parents[2]
SITE = CLONE / ".build" / "docs"

if not (SITE / "index.html").is_file():
    pytest.exit("the site is not built: run 'make docs' once", returncode=4)


@pytest.fixture(scope="session")
def site() -> dict[str, Page]:
    """The pages of the site, by their path in it."""
    return {path.relative_to(SITE).as_posix(): Page(path) for path in sorted(SITE.rglob("*.html"))}

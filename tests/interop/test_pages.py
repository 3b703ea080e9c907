# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages that show the vendor's client beside the collection: all of their snippets are run, in their order."""

from __future__ import annotations

import pytest
from integration.snippets import report
from integration.snippets.reader import Reader
from integration.test_snippets import GIVEN, PAGES, SPEED, WITH_JAVASCRIPT

from .conftest import HERE, node


@pytest.mark.parametrize("page", sorted(WITH_JAVASCRIPT))
def test_page(page, simulator, tmp_path, record_property):
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    reader = Reader(tmp_path, simulator(speed=SPEED), GIVEN.get(page, {}), javascript=node())
    try:
        reader.follow(PAGES[page])
        reader.end()
    finally:
        reader.sandbox.close()
    *_not_run, figure = report.lines([report.told(reader.outcomes)])
    record_property("figure", "%s: %s" % (page, figure))

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs every snippet of every page, and the EXAMPLES of every plugin, as they stand there and in their order."""

from __future__ import annotations

import re

import pytest
import yaml

from .playbooks import CLONE, SPEED
from .snippets.pages import pages
from .snippets.reader import GIVEN as KEYS
from .snippets.reader import Reader
from .snippets.report import PROPERTY, told
from .snippets.sandbox import FOLDER
from .snippets.unrun import problems_of

PAGES = pages()
GIVEN = yaml.safe_load((FOLDER / "pages.yml").read_text(encoding="utf-8"))["pages"]
#: Told by test_story.py, which says what must come of each part.
STORY = "docs/story.md"
#: With JavaScript of the vendor's client: tests/interop has what runs it.
WITH_JAVASCRIPT = {page for page, snippets in PAGES.items() if any(one.language == "js" for one in snippets)}
#: The longest first: begun last, one of them would keep one worker busy while the others have nothing left to do.
LONGEST_FIRST = sorted(
    PAGES.keys() - {STORY} - WITH_JAVASCRIPT, key=lambda page: (-sum(len(one.text) for one in PAGES[page]), page)
)


@pytest.mark.parametrize("page", LONGEST_FIRST)
def test_page(page, simulator, tmp_path, record_property):
    server = simulator(speed=SPEED)
    server.control("PUT", "/server", {"serves_endpoints": True})
    reader = Reader(tmp_path, server, GIVEN.get(page, {}))
    try:
        reader.follow(PAGES[page])
        reader.end()
    finally:
        reader.sandbox.close()
        record_property(PROPERTY, told(reader.outcomes))


def test_what_is_given_is_given_to_a_page():
    assert GIVEN.keys() <= PAGES.keys()
    assert {key for given in GIVEN.values() for key in given} <= set(KEYS)


BOOKS = sorted([*CLONE.glob("playbooks/*.yml"), *CLONE.glob("extensions/eda/rulebooks/*.yml")])


@pytest.mark.parametrize("book", BOOKS, ids=lambda path: path.stem)
def test_the_commands_in_the_comment_of_a_playbook(book, tmp_path):
    """They are on its page of the site. A line that is indented further belongs to the one before."""
    lines = re.findall(r"^#   (.*)$", book.read_text(encoding="utf-8").partition("\n- ")[0], re.MULTILINE)
    commands = re.sub(r" ?\\?\n +", " ", "\n".join(lines))
    assert "nosana.cloud." in commands or book.stem == "tour"
    for name in ("inventory.yml", "vars.yml"):
        (tmp_path / name).touch()
    assert problems_of("\n".join(re.findall("^ansible.*", commands, re.MULTILINE)), tmp_path) == []

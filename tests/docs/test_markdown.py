# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Markdown of the repository, as GitHub shows it: each link leads somewhere, and nothing is only for the site."""

from __future__ import annotations

import functools
import re
import subprocess

import pytest
from markdown_it import MarkdownIt

from .conftest import CLONE

OWN = re.compile(r"https://github\.com/nosana-ci/nosana-ansible/(?:blob|tree)/main/(.*)")


def pages():
    """All Markdown files that belong to the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.md"]
    listed = subprocess.run(command, cwd=CLONE, capture_output=True, text=True, check=True).stdout
    return sorted(name for name in listed.split("\0") if name and (CLONE / name).is_file())


@functools.cache
def tokens(name):
    """The parts of a page, those in paragraphs and headings as well."""
    parsed = MarkdownIt("commonmark").enable("table").parse((CLONE / name).read_text(encoding="utf-8"))
    return [part for token in parsed for part in [token, *(token.children or [])]]


@functools.cache
def anchors(name):
    """The anchors of a page's headings, made as GitHub makes them: a second one of the same name gets a number."""
    found = []
    for before, token in zip(tokens(name), tokens(name)[1:]):
        if before.type == "heading_open":
            text = "".join(part.content for part in token.children if part.type in ("text", "code_inline"))
            anchor = re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-")
            found.append(anchor + ("-%d" % found.count(anchor) if anchor in found else ""))
    return set(found)


def links(name):
    return [
        token.attrs.get("href") or token.attrs["src"] for token in tokens(name) if token.type in ("link_open", "image")
    ]


@pytest.mark.parametrize("name", pages())
def test_each_link_leads_to_a_file_and_a_heading_that_exist(name):
    for link in links(name):
        own = OWN.fullmatch(link)
        if re.match(r"[a-z]+:", link) and not own:
            assert re.fullmatch(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[!-~]*)?|https?://127\.0\.0\.1:\d+/\S*", link), (
                link
            )
            continue
        path, _hash, anchor = (own[1] if own else link).partition("#")
        target = ((CLONE if own else (CLONE / name).parent) / path).resolve() if path else CLONE / name
        assert target.exists() and target.is_relative_to(CLONE), link
        assert not anchor or anchor in anchors(target.relative_to(CLONE).as_posix()), link


@pytest.mark.parametrize("name", pages())
def test_no_page_has_what_only_the_site_understands(name):
    """Such as directives of MyST, roles and attributes: GitHub shows them as text."""
    parts = tokens(name)
    assert [
        token.info for token in parts if token.type == "fence" and not re.fullmatch(r"[a-z]+( title=\S+)?", token.info)
    ] == []
    text = "\n".join(token.content for token in parts if token.type == "text")
    assert re.findall(r"^:::.*|^\{[.#\w].*\}$|\{[a-z:-]+\}$", text, re.MULTILINE) == []


def test_each_guide_is_in_the_list_of_the_readme():
    """The navigation of the site is made from that list."""
    guides = {"docs/" + path.name for path in (CLONE / "docs").glob("*.md")}
    listed = re.findall(
        r"^\d+\. \[[^]]+\]\(\S*?(docs/[\w-]+\.md)\): \S", (CLONE / "README.md").read_text(), re.MULTILINE
    )
    assert sorted(listed) == sorted(guides)


def test_each_page_begins_with_its_title():
    shown = [name for name in pages() if not name.startswith(".github/")]  # those are forms to fill in
    assert len(shown) > 35 and "README.md" in shown
    assert [name for name in shown if not (CLONE / name).read_text(encoding="utf-8").startswith("# ")] == []

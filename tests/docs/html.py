# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads a page of the built site: what it loads, where its links lead, and what in it can be linked."""

from __future__ import annotations

import html.parser
import pathlib
import re

#: Elements without an end.
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
#: Attributes with an address that a browser follows by itself, and the one of links that a reader follows.
FOLLOWED = {"src", "srcset", "href", "xlink:href", "data", "action", "formaction", "poster", "background", "ping"}


class Page(html.parser.HTMLParser):
    """What there is to know of one page."""

    def __init__(self, path: pathlib.Path) -> None:
        super().__init__()
        self.path = path
        self.links: list[str] = []  # of <a>
        self.navigation: list[str] = []  # of <a> in the sidebar
        self.loaded: list[str] = []  # what a browser fetches without being asked
        self.ids: set[str] = set()
        self.classes: set[str] = set()
        self.styles: list[str] = []  # CSS in the page
        self.scripts: list[str] = []
        self.heads: list[str] = []  # texts of <h1>
        self.title = ""
        self._open: list[tuple[str, set[str]]] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        classes = set(given.get("class", "").split())
        self.ids |= {given[name] for name in ("id", "name") if given.get(name) and (name == "id" or tag == "a")}
        self.classes |= classes
        self.styles.append(given.get("style", ""))
        if tag == "a":
            self.links.append(given.get("href", ""))
            if any("sidebar-tree" in around for _tag, around in self._open):
                self.navigation.append(given.get("href", ""))
        elif tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.loaded.append(given["content"].partition("=")[2])
        else:
            self.loaded += [given[name] for name in FOLLOWED & given.keys()]
        if tag == "h1":
            self.heads.append("")
        if tag not in VOID:
            self._open.append((tag, classes))

    def handle_endtag(self, tag):
        open_tags = [open_tag for open_tag, _classes in self._open]
        if tag in open_tags:  # else it ends nothing
            del self._open[len(open_tags) - 1 - open_tags[::-1].index(tag) :]

    def handle_data(self, data):
        tags = [tag for tag, _classes in self._open]
        if "title" in tags and "svg" not in tags:
            self.title += data
        if "h1" in tags:
            self.heads[-1] += data
        if tags[-1:] == ["style"]:
            self.styles.append(data)
        if tags[-1:] == ["script"]:
            self.scripts.append(data)


def addresses_in_css(text: str) -> list[str]:
    """What a style sheet loads, but for what it contains itself (data:)."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    found = re.findall(r"url\(\s*[\"']?([^\"')]*)", text) + re.findall(r"@import\s+[\"']([^\"']*)", text)
    return [one for one in found if not one.startswith("data:")]


def addresses_in_script(text: str) -> list[str]:
    """Addresses with a host that a script has as text, but for names of XML languages."""
    found = re.findall(r"[\"'`]((?:https?:|wss?:)?//[\w.-]+[^\"'`]*)", text)
    return [one for one in found if not one.startswith("http://www.w3.org/")]

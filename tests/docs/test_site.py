# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built site: complete, without dead links and error boxes, and without anything from another host."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import subprocess
import sys
import urllib.parse

import pytest

from .conftest import CLONE, SITE
from .html import addresses_in_css, addresses_in_script

#: Folders of plugins/ without documentation of their own.
INTERNAL = {"action", "doc_fragments", "module_utils", "plugin_utils"}
#: What Sphinx adds, and what shows the navigation rather than being in it.
BY_SPHINX = {"index.html", "search.html", "genindex.html"}
#: Written anew in each build: the order of the index, and the version of a style sheet, are those of that build.
EACH_TIME = {"search.html", "genindex.html", "searchindex.js"}


def is_foreign(address):
    return bool(urllib.parse.urlsplit(address).netloc) or ":" in address.partition("/")[0]


def leads_to(page, link):
    """The path in the site, and the anchor, of a link on a page."""
    path, _hash, anchor = link.partition("#")
    path = urllib.parse.unquote(path)
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page, anchor


def files():
    return {path.relative_to(SITE).as_posix() for path in SITE.rglob("*") if path.is_file()}


def contents():
    return {name: hashlib.sha256((SITE / name).read_bytes()).hexdigest() for name in files() - EACH_TIME}


def test_a_second_build_has_no_warning_and_changes_nothing():
    before = contents()
    build = [sys.executable, str(CLONE / "tools" / "site" / "build.py")]
    done = subprocess.run(build, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout
    assert re.fullmatch(r"docs: \.build/docs/index\.html, \d+ pages\n", done.stdout), done.stdout
    assert contents() == before


def test_nothing_is_loaded_from_another_host(site):
    loaded = {name: page.loaded for name, page in site.items()}
    for name, page in site.items():
        loaded[name] += [one for style in page.styles for one in addresses_in_css(style)]
        loaded[name] += [one for script in page.scripts for one in addresses_in_script(script)]
    for path in SITE.rglob("*.css"):
        loaded[path.relative_to(SITE).as_posix()] = addresses_in_css(path.read_text(encoding="utf-8"))
    for path in SITE.rglob("*.js"):
        loaded[path.relative_to(SITE).as_posix()] = addresses_in_script(path.read_text(encoding="utf-8"))
    assert {name: foreign for name, them in loaded.items() if (foreign := list(filter(is_foreign, them)))} == {}
    local = [leads_to(name, one)[0].partition("?")[0] for name, them in loaded.items() for one in them if one]
    assert "_static/site.css" in local and "_static/scripts/furo.js" in local and len(local) > 500
    assert set(local) - files() - {"."} == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a {background: url(https://example.com/a.png)}", ["https://example.com/a.png"]),
        ("@import '//example.com/a.css';", ["//example.com/a.css"]),
        ('@font-face {src: url( "//fonts.example.com/f.woff2" )}', ["//fonts.example.com/f.woff2"]),
        ("/* url(https://example.com) */ a {background: url('data:image/svg+xml;utf8,<svg/>')}", []),
    ],
)
def test_what_a_style_sheet_loads_is_found(text, found):
    assert addresses_in_css(text) == found
    assert all(is_foreign(one) for one in found)


def test_what_a_script_loads_is_found():
    script = "fetch('https://example.com/a.json'); x.src = `//cdn.example.com/a.js`; // see http://example.com"
    assert addresses_in_script(script) == ["https://example.com/a.json", "//cdn.example.com/a.js"]


def test_each_link_leads_to_a_page_and_an_anchor_that_exist(site):
    there, dead, checked = files(), [], 0
    for name, page in site.items():
        for link in page.links:
            if is_foreign(link):
                continue
            checked += 1
            path, anchor = leads_to(name, link)
            path = path.partition("?")[0]
            if path not in there or (anchor and path in site and anchor not in site[path].ids):
                dead.append((name, link))
    assert dead == []
    assert checked > 5000


def test_links_to_other_sites_are_well_formed(site):
    links = {link for page in site.values() for link in page.links if is_foreign(link)}
    assert len(links) > 30
    assert [link for link in links if not re.fullmatch(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[!-~]*)?", link)] == []


def expected():
    """The pages that have to be in the navigation, by what the repository has."""
    docs = [path for path in (CLONE / "docs").rglob("*.md") if "docsite" not in path.parts]
    pages = [*docs, *CLONE.glob("*.md"), *CLONE.glob("roles/*/README.md"), *CLONE.glob("examples/*/README.md")]
    wanted = {path.relative_to(CLONE).with_suffix(".html").as_posix() for path in pages}
    for path in CLONE.glob("plugins/*/*.py"):
        if path.parent.name not in INTERNAL:
            wanted.add("reference/%s_%s.html" % (path.stem, path.parent.name.replace("modules", "module")))
    wanted |= {"reference/%s_role.html" % path.name for path in (CLONE / "roles").iterdir()}
    for path in (CLONE / "extensions" / "eda" / "plugins" / "event_source").glob("*.py"):
        wanted.add("reference/%s_event_source.html" % path.stem)
    for path in (CLONE / "playbooks").glob("*.yml"):
        told = "docs/runbooks/%s.html" % path.stem
        wanted.add(told if told in wanted else "playbooks/%s.html" % path.stem)
    return wanted


def test_everything_is_in_the_navigation_of_each_page(site):
    assert len(expected()) > 60
    for name, page in site.items():
        shown = {leads_to(name, link)[0] for link in page.navigation}
        assert expected() - shown == set(), name
        assert site.keys() - shown - BY_SPHINX - {name} == set(), name


def test_no_page_shows_an_error(site):
    # The last one is what antsibull-docs adds and the theme shows as an error. The page of the search has one for those
    # who have no JavaScript.
    errors = {"system-message", "problematic", "error", "contents"}
    found = {name: page.classes & errors for name, page in site.items() if name != "search.html"}
    assert {name: boxes for name, boxes in found.items() if boxes} == {}


def test_each_page_has_a_title_of_its_own(site):
    titles = {name: page.title.strip() for name, page in site.items()}
    assert [name for name, title in titles.items() if not title or "no title" in title.lower()] == []
    assert len(set(titles.values())) == len(titles)
    heads = {name: [head for head in page.heads if head.strip()] for name, page in site.items()}
    assert [name for name, found in heads.items() if len(found) != 1] == ["search.html"]  # its script writes one


def test_the_search_knows_each_page(site):
    index = (SITE / "searchindex.js").read_text(encoding="utf-8")
    known = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))
    assert {name + ".html" for name in known["docnames"]} == site.keys() - {"search.html", "genindex.html"}
    assert {"replica", "deploy", "nosana_deploy"} <= known["terms"].keys()

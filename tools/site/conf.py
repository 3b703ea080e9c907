# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sphinx's settings for the site; build.py makes the pages and calls Sphinx."""

from __future__ import annotations

import os
import re
import sys

from docutils import nodes

sys.path.insert(0, os.path.dirname(__file__))

import repository  # noqa: E402 (found only after the line above)

project = "nosana.cloud"
author = "Nosana Ansible contributors"
version = release = repository.GALAXY["version"]
language = "en"
smartquotes = False  # else --check loses a dash

extensions = ["myst_parser", "sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
# Examples of plugins have templates in values; build.py makes the inventory.
highlight_language = "YAML+Jinja"
myst_heading_anchors = 4
myst_enable_extensions = ["attrs_block"]
intersphinx_mapping = {"ansible": ("https://docs.ansible.com/projects/ansible/devel/", os.environ["SITE_INVENTORY"])}

html_theme = "furo"
html_title = "nosana.cloud"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_last_updated_fmt = None
# All colours come from site.css: those of the extension don't follow the theme's switch between light and dark.
antsibull_ext_color_scheme = "none"
pygments_style = "friendly"
pygments_dark_style = "github-dark"
html_theme_options = {
    "source_edit_link": "{filename}",
    "light_css_variables": {"color-brand-primary": "#08752f", "color-brand-content": "#08752f"},
    "dark_css_variables": {"color-brand-primary": "#3ddc6f", "color-brand-content": "#3ddc6f"},
    "footer_icons": [],
}


def adapted(_app, docname: str, source: list[str]) -> None:
    """Adapts a page of antsibull-docs to the theme.

    Titles become short names, as long ones break in the middle of a word, with the description below them. Lists of
    contents go: the theme has its own, and would show an error instead.
    """
    if docname.startswith("reference/"):
        source[0] = re.sub(r"^\.\. contents::\n(?: +.*\n)+", "", source[0], flags=re.MULTILINE)
        title = r"^[a-z_]+\.[a-z_]+\.(\w+ [\w ]+) -- (.*)\n(\++)$"
        if docname == "reference/index":
            name = r"^%s\n(=+)$" % re.escape(project.title())
            source[0] = re.sub(name, r"Plugins, roles, and links\n\1\1\1", source[0], flags=re.MULTILINE)
            source[0] = source[0].replace(" -- ", ": ")
        source[0] = re.sub(title, r"\1\n\3\n\n.. rst-class:: lead\n\n\2", source[0], count=1, flags=re.MULTILINE)


def with_labels(_app, doctree, docname: str) -> None:
    """Repeats the head of a column in each of its cells: on a phone, the cells of a row are one below the other."""
    if docname.startswith("reference/"):
        return
    for table in doctree.findall(nodes.tgroup):
        [head, *_more] = table.findall(nodes.thead)
        titles = [entry.astext() for entry in head.findall(nodes.entry)]
        for row in next(table.findall(nodes.tbody)).findall(nodes.row):
            for title, entry in list(zip(titles, row.children))[1:]:
                if entry.astext() and title:
                    entry[0].insert(0, nodes.inline("", title, classes=["column"]))


def with_source(_app, pagename: str, _template: str, context: dict, _doctree) -> None:
    """Lets a page's pencil lead to the file that it was made from; pages that Sphinx itself makes have none."""
    name = repository.source_of(pagename)
    context["theme_source_edit_link"] = repository.source_url(name).replace("/blob/", "/edit/") if name else ""


def setup(app) -> None:
    app.connect("source-read", adapted)
    app.connect("doctree-resolved", with_labels)
    app.connect("html-page-context", with_source)

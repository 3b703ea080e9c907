# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds every snippet that a reader may copy: each code block of each page, and the EXAMPLES of each plugin."""

from __future__ import annotations

import ast
import dataclasses
import functools
import re
import subprocess

import yaml
from markdown_it import MarkdownIt

from ..playbooks import CLONE

#: A comment right above a code block says what to do with it. GitHub does not show it.
MARK = re.compile(r"<!--\s*(not run|in a new shell)(?::\s*(.*?))?\s*-->", re.DOTALL)
#: A paragraph that is nothing but a file's name is the title of the block below it.
TITLE = re.compile(r"`([^`\s]+)`:")


@dataclasses.dataclass(frozen=True)
class Snippet:
    """A code block. A comment gives its ``mark`` and ``reason``; ``title`` is the name of the file that it is."""

    page: str
    line: int
    language: str
    text: str
    section: str = ""
    title: str | None = None
    mark: str | None = None
    reason: str | None = None

    @property
    def where(self):
        return "%s:%d" % (self.page, self.line)

    @functools.cached_property
    def data(self):
        """What it holds, as YAML."""
        return yaml.load(self.text, _Loader)


class _Loader(yaml.SafeLoader):
    """Knows the tags of Ansible."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def pages():
    """All pages and plugins of the clone that may have snippets, with those they have; committed or not."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.md", "*.py"]
    names = subprocess.run(listed, cwd=CLONE, capture_output=True, text=True, check=True).stdout.split("\0")
    found = {}
    for name in sorted(name for name in names if (CLONE / name).is_file() and not name.startswith("tests/")):
        found[name] = snippets_in(name, (CLONE / name).read_text(encoding="utf-8"))
    return {name: snippets for name, snippets in found.items() if snippets}


def snippets_in(name, text):
    """The snippets of a page or a plugin, from top to bottom."""
    return list(blocks(name, text) if name.endswith(".md") else examples(name, text))


def blocks(name, text):
    """The code blocks of a page in Markdown."""
    section, title, mark, reason, heading = "", None, None, None, False
    for token in MarkdownIt("commonmark").parse(text):
        if token.type in ("fence", "code_block"):
            language, *info = token.info.split() or [""]
            titles = [word.partition("=")[2] for word in info if word.startswith("title=")]
            title = titles[0] if titles else title
            yield Snippet(name, token.map[0] + 1, language, token.content, section, title, mark, reason)
        if token.type == "heading_open":
            heading = True
        elif token.type == "inline" and heading:
            section, heading = token.content, False
        elif token.type == "inline":
            found = TITLE.fullmatch(token.content)
            title = found and found[1]
        elif token.type == "html_block":
            found = MARK.search(token.content)
            mark, reason = found.groups() if found else (None, None)
        if token.type in ("fence", "code_block", "inline"):
            mark = reason = None
            title = title if token.type == "inline" else None


def examples(name, text):
    """The EXAMPLES of a plugin. Where these are several documents, each is a file, whose name begins its comment."""
    assigned = [node for node in ast.parse(text).body if isinstance(node, ast.Assign)] if "EXAMPLES" in text else []
    for node in assigned:
        if [target.id for target in node.targets if isinstance(target, ast.Name)] != ["EXAMPLES"]:
            continue
        content, first = ast.literal_eval(node.value), node.value.lineno
        documents = content.split("\n---\n")
        for number, document in enumerate(documents):
            line = first + content[: content.index(document)].count("\n")
            if re.sub(r"^\s*(#.*)?$", "", document, flags=re.MULTILINE).strip():
                titled = re.match(r"\s*# (\S+\.\w+): ", document) if len(documents) > 1 else None
                yield Snippet(name, line, "yaml", document, "EXAMPLES", titled and titled[1])

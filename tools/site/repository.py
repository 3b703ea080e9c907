# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files of the repository become pages of the site, and where a link between them leads there."""

from __future__ import annotations

import functools
import pathlib
import posixpath
import re

import yaml

CLONE = pathlib.Path(__file__).resolve().parents[2]
GALAXY = yaml.safe_load((CLONE / "galaxy.yml").read_text(encoding="utf-8"))
GITHUB = yaml.safe_load((CLONE / "docs" / "docsite" / "links.yml").read_text(encoding="utf-8"))["edit_on_github"]
FIRST = "docs/docsite/index.md"
PROSE = ("*.md", "docs/**/*.md", "roles/*/README.md", "examples/*/README.md")
#: Folders of plugins/ that have no plugins with a page: those in action belong to modules.
NO_PAGES = {"action", "doc_fragments", "module_utils", "plugin_utils"}
FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


@functools.cache
def files(*patterns: str) -> list[str]:
    """The paths in the repository, sorted, of what these patterns find."""
    return sorted(path.relative_to(CLONE).as_posix() for pattern in patterns for path in CLONE.glob(pattern))


def text(name: str) -> str:
    return (CLONE / name).read_text(encoding="utf-8")


def kind_of(name: str) -> str:
    """What antsibull-docs calls the kind of a plugin, by its path: plugins/modules/x.py is a module."""
    return name.split("/")[1].replace("modules", "module")


def plugins() -> dict[str, list[str]]:
    """The paths of all plugins that have a page, by their kind."""
    found: dict[str, list[str]] = {}
    for name in files("plugins/*/*.py"):
        if name.split("/")[1] not in NO_PAGES:
            found.setdefault(kind_of(name), []).append(name)
    return found


def roles() -> list[str]:
    return [name.split("/")[1] for name in files("roles/*/meta/argument_specs.yml")]


def playbooks() -> list[str]:
    """The paths of the playbooks that no page of docs/runbooks tells about."""
    return [name for name in files("playbooks/*.yml") if not (CLONE / runbook(name)).is_file()]


def runbook(playbook: str) -> str:
    return "docs/runbooks/%s.md" % pathlib.PurePath(playbook).stem


def event_sources() -> list[str]:
    return files("extensions/eda/plugins/event_source/*.py")


def page_of(name: str) -> str | None:
    """The source file of the page that a path in the repository has on the site; None if it has none."""
    stem = pathlib.PurePath(name).stem
    if name == FIRST:
        return "index.md"
    if name in files(*PROSE):
        return name
    if name.startswith("plugins/") and name in plugins().get(kind_of(name), ()):
        return "reference/%s_%s.rst" % (stem, kind_of(name))
    if name in event_sources():
        return "reference/%s_event_source.md" % stem
    if name in files("playbooks/*.yml"):
        return "playbooks/%s.md" % stem if name in playbooks() else runbook(name)
    if name.startswith("roles/") and name.split("/")[1:] in [[role] for role in roles()]:
        return name + "/README.md"
    return None


def source_of(docname: str) -> str | None:
    """The file of the repository that a page of the site is made from; None for what Sphinx adds by itself."""
    everything = [*files(*PROSE), *(name for names in plugins().values() for name in names), *event_sources()]
    roles_too = {"reference/%s_role" % role: "roles/%s/meta/argument_specs.yml" % role for role in roles()}
    found = {page_of(name).rpartition(".")[0]: name for name in [*everything, *playbooks()]}
    return {**found, **roles_too}.get(docname)


def source_url(name: str) -> str:
    """Where GitHub shows a file or a folder of the repository."""
    kind = "tree" if (CLONE / name).is_dir() else "blob"
    return "https://github.com/%s/%s/%s/%s" % (GITHUB["repository"], kind, GITHUB["branch"], name)


def target(link: str, name: str, page: str) -> str:
    """Where a link in the file ``name`` leads from the page that the site makes of it.

    Raises FileNotFoundError if the repository has no such file.
    """
    own = re.fullmatch(r"https://github\.com/%s/(?:blob|tree)/%s/(.*)" % (GITHUB["repository"], GITHUB["branch"]), link)
    path, _hash, anchor = (own[1] if own else link).partition("#")
    if not path or (":" in path and not own):
        return link
    path = posixpath.normpath(path if own else posixpath.join(posixpath.dirname(name), path))
    if not (CLONE / path).exists():
        raise FileNotFoundError("%s links to %s, which is not there" % (name, path))
    found = page_of(path)
    if found is None:
        return source_url(path) + ("#" + anchor if anchor else "")
    return posixpath.relpath(found, posixpath.dirname(page) or ".") + ("#" + anchor if anchor else "")


def on_site(markdown: str, name: str, page: str) -> str:
    """Markdown of the file ``name`` with the links of its page, and with the names of files above code blocks."""
    parts = FENCED.split(markdown)
    for number, part in enumerate(parts):
        if number % 2:
            parts[number] = re.sub(
                r"^```(\w+) title=(\S+)$", r"```{code-block} \1\n:caption: \2\n", part, count=1, flags=re.MULTILINE
            )
        else:
            parts[number] = re.sub(r"(?<=\]\()([^)\s]+)(?=\))", lambda match: target(match[1], name, page), part)
    return "".join(parts)

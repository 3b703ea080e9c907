# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages that no file of the repository is, made from what the repository has: the first one, playbooks, sources."""

from __future__ import annotations

import ast
import html
import pathlib
import re
import runpy
from typing import Any

import repository
import yaml
from antsibull_docs_parser import md, parser

NAMESPACE = "%(namespace)s.%(name)s" % repository.GALAXY
#: Captions of the navigation for kinds of plugins, in this order.
KINDS = {"module": "Modules", "inventory": "Inventory", "filter": "Filters"}
#: Pages that are below another one in the navigation, besides those in a folder of its name.
BELOW = {"docs/awx.md": ["examples/controller-project/README.md"]}
Entry = tuple[str, str, str]  # title in the navigation, source file of the page, what it is about


def guides() -> list[Entry]:
    """The guides in the order in which a reader needs them: that of the list in README.md."""
    listed = re.findall(
        r"^\d+\. \[([^]]+)\]\(([^)\s]*\bdocs/\w[^)\s]*\.md)\):? ?((?:.|\n(?=   ))*)$",
        repository.text("README.md"),
        re.MULTILINE,
    )
    entries = [(title, repository.target(link, "README.md", "index.md"), about) for title, link, about in listed]
    first = "try it without an account, install it, and see what is in it"
    return [("Overview and first steps", "README.md", first), *entries]


def reference(made: pathlib.Path) -> dict[str, list[Entry]]:
    """Captions and entries for everything that Ansible can call; short descriptions are in what antsibull-docs made."""
    found = repository.plugins()
    kinds = sorted(found, key=lambda kind: (kind not in KINDS, list(KINDS).index(kind) if kind in KINDS else kind))
    groups = {KINDS.get(kind, kind.title()): [plugin_entry(name, made) for name in found[kind]] for kind in kinds}
    groups["Roles"] = [role_entry(name, made) for name in repository.roles()]
    groups["Playbooks"] = [
        (pathlib.PurePath(name).stem, repository.page_of(name), first_sentence(comment(name)))
        for name in repository.playbooks()
    ]
    sources = [
        (pathlib.PurePath(name).stem, repository.page_of(name), about(name)) for name in repository.event_sources()
    ]
    return groups | ({"Event sources": sources} if sources else {})


def plugin_entry(name: str, made: pathlib.Path) -> Entry:
    page = repository.page_of(name)
    return pathlib.PurePath(name).stem, page, described(made / page)


def role_entry(role: str, made: pathlib.Path) -> Entry:
    return role, "roles/%s/README.md" % role, described(made / "reference" / ("%s_role.rst" % role))


def described(page: pathlib.Path) -> str:
    """The short description in the title of a page of antsibull-docs."""
    return re.search(r"^\S+ [\w ]+ -- (.*)\n\++$", page.read_text(encoding="utf-8"), re.MULTILINE)[1]


def development() -> list[Entry]:
    """Everything else: for those who work on the collection, and what a project says of itself."""
    top = [name for name in repository.files("*.md") if name != "README.md"]
    pages = sorted(
        repository.files("docs/development/*.md"), key=lambda name: (not name.endswith("/architecture.md"), name)
    )
    own = ["CONTRIBUTING.md", *pages, *(name for name in top if name != "CONTRIBUTING.md")]
    made = [("Environment variables", "environment_variables"), ("Plugins, roles, and links", "index")]
    return [
        *((heading(name), name, "") for name in own),
        *((title, "reference/%s.rst" % stem, "") for title, stem in made),
    ]


def heading(name: str) -> str:
    """The title of a page, without marks."""
    return re.search(r"^# (.*)$", repository.text(name), re.MULTILINE)[1].replace("`", "")


def toctree(entries: list[Entry], caption: str = "") -> str:
    """A part of the navigation, which the page itself does not show."""
    lines = ["%s </%s>" % (title, page.rpartition(".")[0]) for title, page, _about in entries]
    caption = ":caption: %s\n" % caption if caption else ""
    return "\n```{toctree}\n:hidden:\n%s\n%s\n```\n" % (caption, "\n".join(lines))


def first_page(made: pathlib.Path) -> str:
    """The first page: what it is, then all other pages, on the page and in the navigation."""
    text = repository.on_site(repository.text(repository.FIRST), repository.FIRST, "index.md")
    # Classes for the stylesheet: a paragraph that begins with a link is a row of buttons, a list is a row of cards.
    text = re.sub(r"(?<=\n\n)(?=\[)", "{.buttons}\n", text)
    text = re.sub(r"(?<=\n\n)(?=- )", "{.cards}\n", text)
    rest = reference(made)
    shown = ["## Guides\n\n{.cards}\n%s" % listing(guides())]
    shown += ["## %s\n\n%s" % (caption, listing(entries)) for caption, entries in rest.items()]
    groups = {"Guides": guides(), **rest, "Development": development()}
    trees = [toctree(entries, caption) for caption, entries in groups.items()]
    return "\n".join([text, *shown, *trees])


def listing(entries: list[Entry]) -> str:
    return "".join("- [%s](%s)%s\n" % (title, page, ": " + about if about else "") for title, page, about in entries)


def repository_page(name: str) -> str:
    """A page that a file of the repository is, with those below it in the navigation."""
    text = repository.on_site(repository.text(name), name, name)
    inside = repository.files("%s/*.md" % name.removesuffix(".md"))
    below = [(heading(one), one, "") for one in [*inside, *BELOW.get(name, [])]]
    role = re.fullmatch(r"roles/(\w+)/README\.md", name)
    if role:
        below = [("Variables of %s" % role[1], "reference/%s_role.rst" % role[1], "")]
    return text + (toctree(below) if below else "")


def comment(name: str) -> str:
    """What the comment at the begin of a playbook says."""
    found = re.match(r"---\n((?:#.*\n)+)", repository.text(name))
    if not found:
        raise LookupError("%s does not begin with a comment that says what it does" % name)
    return "\n".join(line[1:].removeprefix(" ") for line in found[1].splitlines()) + "\n"


def first_sentence(prose: str) -> str:
    return " ".join(re.match(r".*?[.:](?=\s)", prose, re.DOTALL)[0][:-1].split())


def playbook_page(name: str) -> str:
    """What a playbook says of itself, how to call it, and its tasks."""
    full_name = "%s.%s" % (NAMESPACE, pathlib.PurePath(name).stem)
    prose, commands = (comment(name).split("\n\n", 1) + ["ansible-playbook %s\n" % full_name])[:2]
    called = "".join(line.removeprefix("  ") + "\n" for line in commands.splitlines())
    play = re.sub(r"\A---\n(?:#.*\n)+", "", repository.text(name))
    link = "[`%s`](%s) in the repository" % (name, repository.source_url(name))
    return "# Playbook `%s`\n\n%s\n\n```sh\n%s```\n\n## The playbook\n\n%s:\n\n```yaml\n%s```\n" % (
        full_name,
        prose.strip(),
        called,
        link,
        play,
    )


def about(name: str) -> str:
    return documentation(name)["short_description"]


def constant(name: str, variable: str) -> str:
    """A text that a Python file gives to a variable, read without running the file."""
    for node in ast.parse(repository.text(name)).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == variable:
            return ast.literal_eval(node.value)
    raise LookupError("%s has no %s" % (name, variable))


def documentation(name: str) -> dict[str, Any]:
    """The DOCUMENTATION of an event source, with the options of the fragments that it extends."""
    told = yaml.safe_load(constant(name, "DOCUMENTATION"))
    extended = told.get("extends_documentation_fragment", [])
    for fragment in [extended] if isinstance(extended, str) else extended:
        file, _dot, part = fragment.removeprefix(NAMESPACE + ".").partition(".")
        path = repository.CLONE / "plugins" / "doc_fragments" / (file + ".py")
        texts = runpy.run_path(str(path))["ModuleDocFragment"]
        more = yaml.safe_load(getattr(texts, part.upper() or "DOCUMENTATION")).get("options", {})
        for option, facts in more.items():
            told.setdefault("options", {})[option] = {**facts, **told.get("options", {}).get(option, {})}
    return told


def event_source_page(name: str) -> str:
    """The page of an event source: antsibull-docs makes none."""
    told = documentation(name)
    stem = pathlib.PurePath(name).stem
    rows = "".join(option_row(*option) for option in sorted(told.get("options", {}).items()))
    notes = "".join("- %s\n" % prose(note) for note in several(told.get("notes")))
    return (
        "# %s event source\n\n{.lead}\n%s\n\nIn a rulebook, it is `%s.%s`.\n\n%s\n\n"
        "## Options\n\n| option | meaning |\n| --- | --- |\n%s\n%s## Examples\n\n```yaml\n%s\n```\n"
        % (
            stem,
            told["short_description"],
            NAMESPACE,
            stem,
            "\n\n".join(prose(part) for part in several(told["description"])),
            rows,
            "## Notes\n\n%s\n" % notes if notes else "",
            constant(name, "EXAMPLES").strip(),
        )
    )


def option_row(option: str, facts: dict[str, Any]) -> str:
    """A row of the table of options."""
    kind = facts.get("type", "str") + (" of " + facts["elements"] if "elements" in facts else "")
    told = [prose(part) for part in several(facts.get("description"))]
    if "choices" in facts:
        told.append("Choices: %s" % ", ".join("`%s`" % choice for choice in facts["choices"]))
    if facts.get("default") is not None:
        told.append("Default: `%s`" % facts["default"])
    told += ["Environment variable: `%s`" % variable["name"] for variable in facts.get("env", [])]
    cell = "<br>".join(told).replace("|", "\\|").replace("\n", " ")
    return "| `%s`<br>%s%s | %s |\n" % (option, kind, ", required" if facts.get("required") else "", cell)


def several(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def prose(marked_up: str) -> str:
    """Ansible's own marks (O(), V(), E() and others) as Markdown."""
    written = md.to_md(parser.parse(marked_up, parser.Context())).replace("\n\n", "\n").strip()
    return re.sub(r"<code[^>]*>(.*?)</code>", code, written)


def code(match: re.Match[str]) -> str:
    """What antsibull-docs writes as code in HTML, as that of Markdown, where nothing has to be escaped."""
    plain = re.sub(r"<[^>]*>", "", match[1])
    return "`%s`" % re.sub(r"\\(?=[^A-Za-z0-9\s])", "", html.unescape(plain))


def generated(made: pathlib.Path) -> dict[str, str]:
    """The text of each page that is not made by antsibull-docs, by its source file."""
    written = [name for name in repository.files(*repository.PROSE) if name != repository.FIRST]
    return {
        **{name: repository_page(name) for name in written},
        **{repository.page_of(name): playbook_page(name) for name in repository.playbooks()},
        **{repository.page_of(name): event_source_page(name) for name in repository.event_sources()},
        "index.md": first_page(made),
    }

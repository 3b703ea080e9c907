# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How tools/site turns files of the repository into pages."""

from __future__ import annotations

import sys

import pytest

from .conftest import CLONE

sys.path.insert(0, str(CLONE / "tools" / "site"))

import pages  # noqa: E402 (found only after the line above)
import repository  # noqa: E402 (as above)

GITHUB = "https://github.com/nosana-ci/nosana-ansible"


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("#a-heading", "#a-heading"),
        ("https://docs.nosana.com", "https://docs.nosana.com"),
        ("strategies.md", "strategies.md"),
        ("../README.md#connection", "../README.md#connection"),
        (GITHUB + "/blob/main/README.md#connection", "../README.md#connection"),
        (GITHUB + "/issues", GITHUB + "/issues"),
        ("docsite/index.md", "../index.md"),
        ("../plugins/modules/nosana_job.py", "../reference/nosana_job_module.rst"),
        ("../plugins/filter/table.py", "../reference/table_filter.rst"),
        ("../plugins/inventory/nosana.py", "../reference/nosana_inventory.rst"),
        ("../roles/batch", "../roles/batch/README.md"),
        ("../playbooks/tour.yml", "../playbooks/tour.md"),
        ("../playbooks/scale.yml", "runbooks/scale.md"),
        ("../playbooks/vars/controller_setup.yml", GITHUB + "/blob/main/playbooks/vars/controller_setup.yml"),
        ("../plugins/module_utils", GITHUB + "/tree/main/plugins/module_utils"),
    ],
)
def test_where_links_of_a_guide_lead_on_the_site(link, leads):
    assert repository.target(link, "docs/recipes.md", "docs/recipes.md") == leads


def test_a_link_to_a_file_that_is_not_there_stops_the_build():
    with pytest.raises(FileNotFoundError, match=r"docs/faq\.md links to docs/nowhere\.md, which is not there"):
        repository.target("nowhere.md", "docs/faq.md", "docs/faq.md")


def test_links_are_turned_but_code_is_left_as_it_is():
    code = "\n- x: '[b](../../README.md)'\n```\n\n"
    page = "[a](../../README.md)\n\n```yaml title=a.yml%s[c](../services.md)\n" % code
    turned = "[a](README.md)\n\n```{code-block} yaml\n:caption: a.yml\n%s[c](docs/services.md)\n" % code
    assert repository.on_site(page, repository.FIRST, "index.md") == turned


@pytest.mark.parametrize(
    ("marked", "shown"),
    [
        ("C(a_b) and V(--env-vars)", "`a_b` and `--env-vars`"),
        ("O(status) is E(NOSANA_API_KEY)", "`status` is `NOSANA_API_KEY`"),
        ("see L(the site,https://nosana.com)", "see [the site](https\\://nosana.com)"),
    ],
)
def test_marks_of_ansible_become_markdown(marked, shown):
    assert pages.prose(marked).replace("\\.", ".") == shown


def test_the_page_of_an_event_source(tmp_path, monkeypatch):
    folder = tmp_path / "extensions" / "eda" / "plugins" / "event_source"
    folder.mkdir(parents=True)
    source = folder / "changes.py"
    source.write_text(
        "DOCUMENTATION = '''\n"
        "short_description: Watch it\n"
        "description: [It looks., 'It sends O(interval) | more.']\n"
        "options:\n"
        "  interval: {description: Seconds., type: int, default: 10}\n"
        "  status: {description: [Which ones.], type: list, elements: str, choices: [UP, DOWN], required: true}\n"
        "'''\nEXAMPLES = '''\n- name: An example\n'''\nraise SystemExit('is read, not run')\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(repository, "CLONE", tmp_path)
    page = pages.event_source_page("extensions/eda/plugins/event_source/changes.py")
    assert page.startswith(
        "# changes event source\n\n{.lead}\nWatch it\n\nIn a rulebook, it is `nosana.cloud.changes`.\n\n"
    )
    assert "| `interval`<br>int | Seconds\\.<br>Default: `10` |\n" in page
    assert "| `status`<br>list of str, required | Which ones\\.<br>Choices: `UP`, `DOWN` |\n" in page
    assert page.endswith("## Examples\n\n```yaml\n- name: An example\n```\n")


def test_the_navigation_follows_the_readme():
    titles = [title for title, _page, _about in pages.guides()]
    assert titles[:3] == ["Overview and first steps", "Services", "Strategies and costs"]
    assert all(about for _title, _page, about in pages.guides())


def test_the_page_of_a_playbook_has_what_its_comment_says():
    page = pages.playbook_page("playbooks/tour.yml")
    assert page.startswith("# Playbook `nosana.cloud.tour`\n")
    assert "```sh\nansible-playbook nosana.cloud.tour" in page
    assert "\n```yaml\n- name: A tour of nosana.cloud\n" in page
    page = pages.playbook_page("playbooks/quickstart.yml")
    assert "\n```sh\nansible-playbook nosana.cloud.quickstart " in page and "quickstart_cleanup=true" in page


def test_a_sentence_ends_at_a_full_stop_not_at_a_dot_in_a_name():
    assert pages.first_sentence("Shows nosana.cloud:\nand more. Not this.") == "Shows nosana.cloud"

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages in docs/ say what the code does."""

from __future__ import annotations

import pathlib
import re
import runpy

import pytest
import yaml

from ansible_collections.nosana.cloud.plugins.module_utils._api import errors as failures
from ansible_collections.nosana.cloud.plugins.module_utils._definition.validate import errors, problems
from ansible_collections.nosana.cloud.plugins.module_utils._model.deployment import KNOWN_FIELDS

CLONE = pathlib.Path(__file__).parents[2]
#: The words for kinds of failures that the code knows.
REASONS = {kind.reason for kind in vars(failures).values() if isinstance(kind, type) and hasattr(kind, "reason")}


def test_the_page_of_states_is_what_the_planner_says():
    tool = runpy.run_path(str(CLONE / "tools" / "states.py"))
    assert (CLONE / "docs" / "development" / "states.md").read_text(encoding="utf-8") == tool["page"]()


def messages():
    """The messages that docs/messages.md explains."""
    page = (CLONE / "docs" / "messages.md").read_text(encoding="utf-8")
    return [match.replace("\\|", "|") for match in re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)]


def source():
    """All text literals of plugins, roles and playbooks on one line, with what joins two literals taken out."""
    files = [path for folder in ("extensions", "plugins") for path in sorted((CLONE / folder).rglob("*.py"))]
    files += [path for folder in ("roles", "playbooks") for path in sorted((CLONE / folder).rglob("*.yml"))]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    return re.sub(r'"\n\s*"', "", text).replace("(%d)", "(401)")


@pytest.mark.parametrize("message", messages())
def test_each_message_that_is_explained_is_one_that_is_printed(message):
    assert message in source()


def test_the_page_of_messages_has_any():
    assert len(messages()) > 20


def shown(heading):
    """The parts of definitions in the first column of the table below a heading of docs/job-definitions.md."""
    page = (CLONE / "docs" / "job-definitions.md").read_text(encoding="utf-8")
    section = page.split("### %s\n" % heading)[1].split("\n#")[0]
    rows = re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)
    assert rows
    return rows


def definition_with(part):
    """A right definition with a part that a table shows, which belongs beside ops or in an operation."""
    part = yaml.safe_load(part)
    whole = {"version": "0.1", "type": "container"}
    if part.keys() & {"ops", "ssh"}:
        return whole | {"ops": [{"id": "web", "type": "container/run", "args": {"image": "nginx"}}]} | part
    return whole | {"ops": [{"id": "web", "type": "container/run", "args": {"image": "nginx"}} | part]}


@pytest.mark.parametrize("part", shown("Refused although the validator accepts it"))
def test_each_part_that_is_refused_besides(part):
    assert errors(definition_with(part)) == []
    assert len(problems(definition_with(part))) == 1


@pytest.mark.parametrize("part", shown("Accepted although the validator refuses it"))
def test_each_part_that_passes(part):
    assert len(errors(definition_with(part))) == 1
    assert problems(definition_with(part)) == []


# --- modules -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["nosana_deployment", "nosana_deployment_info"])
def test_the_sample_of_a_deployment_has_each_field_that_is_always_returned(module):
    text = (CLONE / "plugins" / "modules" / (module + ".py")).read_text(encoding="utf-8")
    returned = yaml.safe_load(re.search(r'^RETURN = r"""(.*?)^"""', text, re.MULTILINE | re.DOTALL)[1])
    sample = returned["deployment"]["sample"] if "deployment" in returned else returned["deployments"]["sample"][0]
    assert set(sample) == set(KNOWN_FIELDS)


def test_each_reason_of_a_failure_is_documented_and_no_other():
    page = (CLONE / "docs" / "messages.md").read_text(encoding="utf-8")
    section = page.split("## The reason of a failure\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) - {"reason"} == REASONS
    module = (CLONE / "plugins" / "modules" / "nosana_deployment.py").read_text(encoding="utf-8")
    returned = yaml.safe_load(re.search(r'^RETURN = r"""(.*?)^"""', module, re.MULTILINE | re.DOTALL)[1])
    assert set(re.findall(r"V\((\w+)\)", str(returned["reason"]["description"]))) == REASONS


# --- links ---------------------------------------------------------------------------------------------------------

#: How links begin that lead to files of the clone wherever a page is shown, such as on Galaxy.
ABSOLUTE = "https://github.com/nosana-ci/nosana-ansible/blob/main/"
README = (CLONE / "README.md").read_text(encoding="utf-8")


def test_the_readme_links_each_page_for_contributors():
    pages = [page.name for page in (CLONE / "docs" / "development").glob("*.md")]
    missing = [name for name in pages if "](%sdocs/development/%s)" % (ABSOLUTE, name) not in README]
    assert len(pages) > 5 and missing == []


def test_no_link_of_the_readme_is_relative():
    found = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL))
    assert [link for link in found if not link.startswith(("https://", "#"))] == []

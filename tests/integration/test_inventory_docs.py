# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs what is written about the inventory plugin: its EXAMPLES, and the files and commands of docs/inventory.md."""

from __future__ import annotations

import re
import shlex

import pytest
import yaml

from ansible_collections.nosana.cloud.plugins.inventory import nosana

from .inprocess import MARKET, definition
from .inventories import KEY, listing, seed, tool
from .playbooks import CLONE

PAGE = (CLONE / "docs" / "inventory.md").read_text(encoding="utf-8")
EXAMPLES = [text.strip() for text in nosana.EXAMPLES.split("---\n")[1:]]
BLOCK = r"^```%s\n(.*?)^```$"


def name_of(example):
    """The name of its file, which is the first word of its comment."""
    return re.match(r"# (\S+):", example)[1]


@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_examples(fast_server, tmp_path, example):
    fast_server.reset(release="current")
    seed(
        fast_server,
        {"name": "staging-web", "status": "RUNNING", "market": MARKET, "job_definition": definition("redis:7")},
        {"name": "other", "endpoints": []},
    )
    path = tmp_path / name_of(example)
    path.write_text(example, encoding="utf-8")
    found = listing(fast_server, path, cwd=tmp_path, STAGING_KEY=KEY)
    expected = {
        "nosana.yml": {"nosana_status_running": ["staging-web"], "nosana_status_draft": ["other"]},
        "staging.nosana.yml": {"nosana_status_running": ["staging-web"]},
        "groups.nosana.yml": {
            "gpu_nvidia_4090": ["staging-web"],
            "gpu_nvidia_3060": ["other"],
            "without_an_endpoint": ["other"],
            "scheduled": [],
            "replicas_1": ["other", "staging-web"],
        },
        "images.nosana.yml": {"image_redis_7": ["staging-web"]},
        "cached.nosana.yml": {"nosana_status_running": ["staging-web"]},
    }[path.name]
    for group, members in expected.items():
        assert sorted(found.groups.get(group, [])) == members
    assert ("other" in found.hosts) is (path.name != "staging.nosana.yml")
    assert (tmp_path / ".cache" / "inventory").exists() is (path.name == "cached.nosana.yml")
    if path.name == "groups.nosana.yml":
        assert float(found.hosts["other"]["hours"]) == 1.0


def files():
    """The files of the page: each block of YAML has its file's name above it."""
    named = re.findall(r"^`(\S+\.yml)`:\n\n" + BLOCK % "yaml", PAGE, re.MULTILINE | re.DOTALL)
    assert len(named) == PAGE.count("```yaml") >= 4
    return dict(named)


def account():
    """The deployments in the page's table."""
    rows = re.findall(r"^\| `([\w-]+)` \| ([A-Z]+) \| ([A-Z-]+) \|$", PAGE, re.MULTILINE)
    assert rows
    return [{"name": name, "status": status, "strategy": strategy} for name, status, strategy in rows]


@pytest.fixture
def folder(fast_server, tmp_path):
    """A folder with the files, and a server with the account."""
    fast_server.reset(release="current")
    seed(fast_server, *account())
    for name, content in files().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path


def test_what_the_page_shows_is_what_is_printed(fast_server, folder):
    blocks = re.findall(BLOCK % "console", PAGE, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        line, output = block.split("\n", 1)
        name, *arguments = shlex.split(line.removeprefix("$ "))
        done = tool(name, fast_server, *arguments, cwd=folder)
        assert done.stdout == output and done.returncode == 0


def test_the_playbook_of_the_page_stops_what_it_says(fast_server, folder):
    (block,) = re.findall(BLOCK % "sh", PAGE, re.MULTILINE | re.DOTALL)
    name, *arguments = shlex.split(block)
    done = tool(name, fast_server, *arguments, cwd=folder)
    assert done.returncode == 0 and "changed=1" in done.stdout, done.stdout + done.stderr
    was = {one["name"]: one["status"] for one in account()}
    now = {one["name"]: one["status"] for one in fast_server.control("GET", "/state")["deployments"]}
    assert now == dict(was, **{"shop-staging-web": "STOPPED"})


def test_the_mark_of_text_that_is_not_evaluated(fast_server, folder):
    assert '`{"__ansible_unsafe": "the text"}`' in PAGE
    arguments = ("-i", folder / "inventory", "--list")
    assert '"__ansible_unsafe": "RUNNING"' in tool("ansible-inventory", fast_server, *arguments).stdout
    printed = tool("ansible-inventory", fast_server, *arguments, "--yaml").stdout
    assert "nosana_status: RUNNING\n" in printed and "__ansible_unsafe" not in printed


@pytest.mark.parametrize("name", [name for name in files() if name.endswith("nosana.yml")])
def test_each_inventory_of_the_page_is_one(fast_server, folder, name):
    found = listing(fast_server, folder / name, cwd=folder, STAGING_KEY=KEY)
    everything = {one["name"] for one in account()}
    prefix = yaml.safe_load(files()[name]).get("name_prefix", "")
    assert set(found.hosts) == {host for host in everything if host.startswith(prefix)}


def test_options_do_not_begin_with_their_type_and_say_what_holds_without_them():
    options = yaml.safe_load(nosana.DOCUMENTATION)["options"]
    for option in options.values():
        assert not re.match(r"(List|Text|Word)\b", option["description"][0])
        assert option.get("required") or option["description"][-1].startswith("By default, ")

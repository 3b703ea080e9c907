# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is written about the inventory plugin, beside what its page and its EXAMPLES show (see test_snippets.py)."""

from __future__ import annotations

import re

import yaml

from ansible_collections.nosana.cloud.plugins.inventory import nosana

from .inventories import seed, source, tool
from .playbooks import CLONE
from .test_snippets import GIVEN

PAGE = (CLONE / "docs" / "inventory.md").read_text(encoding="utf-8")


def test_the_snippets_of_the_page_are_run_on_the_account_in_its_table():
    rows = re.findall(r"^\| `([\w-]+)` \| ([A-Z]+) \| ([A-Z-]+) \|$", PAGE, re.MULTILINE)
    account = GIVEN["docs/inventory.md"]["account"]
    assert rows == [(one["name"], one["status"], one["strategy"]) for one in account]


def test_the_mark_of_text_that_is_not_evaluated(fast_server, tmp_path):
    assert '`{"__ansible_unsafe": "the text"}`' in PAGE
    fast_server.reset(release="current")
    seed(fast_server, {"name": "web", "status": "RUNNING"})
    arguments = ("-i", source(tmp_path), "--list")
    assert '"__ansible_unsafe": "RUNNING"' in tool("ansible-inventory", fast_server, *arguments).stdout
    printed = tool("ansible-inventory", fast_server, *arguments, "--yaml").stdout
    assert "nosana_status: RUNNING\n" in printed and "__ansible_unsafe" not in printed


def test_options_do_not_begin_with_their_type_and_say_what_holds_without_them():
    options = yaml.safe_load(nosana.DOCUMENTATION)["options"]
    for option in options.values():
        assert not re.match(r"(List|Text|Word)\b", option["description"][0])
        assert option.get("required") or option["description"][-1].startswith("By default, ")

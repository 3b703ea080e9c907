# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that are templates, or control a terminal: through ansible-playbook they stay text, and start nothing."""

from __future__ import annotations

import json
import re

import pytest

from .inprocess import MARKET, definition
from .playbooks import HERE, SPEED, run

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


@pytest.mark.parametrize("result_format", [pytest.param("json", marks=pytest.mark.thorough), "yaml"])
def test_strange_names_stay_text(simulator, tmp_path, result_format):
    server = simulator(speed=SPEED)
    touched = tmp_path / "touched"
    names = [
        "{{ lookup('ansible.builtin.pipe', 'touch %s') }}" % touched,
        "{%% set x = lookup('ansible.builtin.pipe', 'touch %s') %%}x" % touched,
        "\x1b[2J\x1b]0;title\x07cleared",
        "two\r\nfatal: [localhost]: FAILED!",
        "!unsafe 'x'",
        "*alias %s &anchor",
    ]
    seeds = [
        {"name": name, "status": "RUNNING", "strategy": "SIMPLE", "market": MARKET, "replicas": 1, "timeout": 60}
        for name in names
    ]
    for seed in seeds:
        args = {"env": {"NAME": seed["name"]}, "cmd": ["echo", seed["name"]]}
        server.control("POST", "/deployments", dict(seed, job_definition=definition(**args)))
    file = tmp_path / "names.json"
    # The test's own copy must not be a template either: from a lookup it is text like any answer.
    file.write_text(json.dumps(names), encoding="utf-8")
    read = "{{ lookup('ansible.builtin.file', '%s') | from_json }}" % file
    done = run(
        HERE / "strange_names.yml",
        "-vvv",
        "-e",
        json.dumps({"names": read}),
        NOSANA_API_URL=server.api_url,
        NOSANA_API_KEY="nos_names",
        NOSANA_SIMULATOR_SPEED=str(SPEED),
        ANSIBLE_CALLBACK_RESULT_FORMAT=result_format,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert not touched.exists()
    told = [line for line in done.stdout.splitlines() if "what is fixed when a deployment is created" in line]
    assert told and not any(CONTROL.search(line) for line in told)
    assert [one for one in server.requests() if one["mutating"]] == []

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was made by hand, exported and run back, is no change."""

from __future__ import annotations

import json

import yaml

from .inprocess import OTHER_MARKET, definition
from .snippets.pages import pages
from .test_runbooks import play, seed, state, succeeded

SECRETS = {
    "token": "hf_" + "cnry1q" * 4,
    "password": "it's \"a\" \\n password {{ with }} #",
    "json": '{"type": "account", "key": "x"}',
}
#: Texts that are hard to write as templates, with secrets in them and without.
HARD = {
    "HF_TOKEN": SECRETS["token"],
    "DB_PASSWORD": SECRETS["password"],
    "ACCOUNT_CREDENTIALS": SECRETS["json"],
    "DATABASE_URL": "postgres://user:%s@db.example/x" % "p-4711-w",
    "SETTINGS": json.dumps({"user": "bob", "password": "in-json-9", "list": [1, True]}),
    "FORMAT": "{{.State}} and {% raw %} and {# no comment #}",
    "AUTHORIZATION": "Bearer " + SECRETS["token"],
    "SCRIPT": "#!/bin/sh\nexport TOKEN=%s\ndocker inspect -f '{{.Id}}' \"$1\" \\\n  | tr -d '\\r'\n" % "s3cr3t-w0rd",
    "WINDOWS": "a\r\nTOKEN=%s\r\n" % "w1nd0ws-s",
    "YES": "yes",
    "NUMBER": "017",
}
HIDDEN = [*SECRETS.values(), "p-4711-w", "in-json-9", "s3cr3t-w0rd", "w1nd0ws-s"]


def by_hand(server):
    """An account that was made by hand: four strategies, secrets, two revisions, a shared name, a timeout too short."""
    batch = {"version": "0.1", "type": "container", "ops": [{"id": "b", "type": "container/run"}]}
    batch["ops"][0]["args"] = {"image": "busybox:1", "cmd": ["sh", "-c", "echo {{ not_a_variable }}"]}
    seed(
        server,
        {
            "name": "shop web",
            "rotation_time": 30,
            "revisions": [
                {"revision": 1, "job_definition": definition("nginx:1")},
                {"revision": 2, "job_definition": definition("nginx:2", env=HARD)},
            ],
        },
        {"name": "batch", "strategy": "SIMPLE", "status": "STOPPED", "job_definition": batch, "timeout": 60},
        {"name": "batch-2", "strategy": "SIMPLE-EXTEND", "market": OTHER_MARKET, "replicas": 2},
        {"name": "{{ daily }}", "strategy": "SCHEDULED", "schedule": "0 6 * * 1-5", "jobs": []},
        {"name": "twins", "strategy": "SIMPLE", "status": "DRAFT", "timeout": 30},
        {"name": "twins", "strategy": "SIMPLE", "status": "STOPPED", "confidential": True},
        {"name": "two\nexported_deployments: []", "strategy": "SIMPLE", "status": "STOPPED"},
    )


def values_of(secrets):
    """The secrets as their owner fills them in, by the places that the file names."""
    values = {
        "HF_TOKEN": SECRETS["token"],
        "DB_PASSWORD": SECRETS["password"],
        "ACCOUNT_CREDENTIALS": SECRETS["json"],
        "DATABASE_URL": "p-4711-w",
        "SETTINGS": "in-json-9",
        "SCRIPT": "s3cr3t-w0rd",
        "WINDOWS": "w1nd0ws-s",
    }
    return {name: values[place.rpartition(".")[2]] for name, place in secrets.items()}


def test_what_was_made_by_hand_is_no_change_once_it_is_adopted(simulator, tmp_path):
    server = simulator(speed=10)
    by_hand(server)
    file = tmp_path / "deployments.yml"
    succeeded(play(server, "export", "--check", to=str(file)))
    assert not file.exists()
    found = succeeded(play(server, "export", to=str(file)))["nosana_export"]
    text = file.read_text(encoding="utf-8")
    assert [secret for secret in HIDDEN if secret in text] == []
    assert found["count"] == 7 and found["file"] == str(file)
    items = yaml.safe_load(text)["exported_deployments"]
    assert [one for item in items for one in sorted(set(item) & {"id", "name"})] == ["id"] * 3 + ["name"] * 4
    assert len(found["left_out"]) == 4 and "twins: timeout: must be at least 60" in str(found["left_out"])

    listed = dict(line[4:].partition(" of ")[0].split(": ") for line in text.splitlines() if line.startswith("#   exp"))
    assert sorted(listed) == sorted(found["variables"]) and "exported_shop_web_hf_token" in listed
    # A secret is written with !unsafe, as one that holds braces has to be.
    secrets = "".join("%s: !unsafe %s\n" % (name, json.dumps(value)) for name, value in values_of(listed).items())
    (tmp_path / "secrets.yml").write_text(secrets, encoding="utf-8")
    [manage] = [snippet for snippet in pages()["docs/runbooks/export.md"] if "exported_deployments" in snippet.text]
    (tmp_path / "manage.yml").write_text(manage.text, encoding="utf-8")
    before = state(server)
    for mode in ("--check", "--diff"):
        done = play(server, tmp_path / "manage.yml", mode)
        succeeded(done)
        assert " changed=0 " in done.stdout
        assert [secret for secret in HIDDEN if secret in done.stdout] == []
    assert state(server) == before and [one for one in server.requests() if one["mutating"]] == []

    # One of the variables with another value is a change: so all of the above were compared.
    (tmp_path / "secrets.yml").write_text(secrets.replace("s3cr3t", "other"), encoding="utf-8")
    assert " changed=1 " in play(server, tmp_path / "manage.yml", "--check").stdout

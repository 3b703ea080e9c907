# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module nosana_job_fetch against a simulator: which files it writes, and that it writes them once."""

from __future__ import annotations

import json

import pytest

from ansible_collections.nosana.cloud.plugins.modules import nosana_job_fetch

from .inprocess import CREATE
from .test_completed import batch

SECRET = "cnry0042q-never-shown"
NOBODY = "7" * 43
ENDED = {"state": "COMPLETED", "exit_code": 3, "logs": ["step 1", "key " + SECRET]}


@pytest.fixture
def seeded(fast_server):
    """The server, and items for its jobs: one that failed, and one that runs."""
    fast_server.reset(release="current", step=1)
    work = batch("exit 3")
    work["ops"][0]["args"]["env"] = {"API_TOKEN": SECRET}
    one = dict(CREATE, name="it", replicas=1, job_definition=work, status="RUNNING", jobs=[ENDED, {"state": "RUNNING"}])
    fast_server.control("POST", "/deployments", [one])
    (made,) = fast_server.control("GET", "/state")["deployments"]
    found = sorted(made["jobs"], key=lambda job: job["state"])
    return fast_server, [{"deployment_id": made["id"], "job": job["job"]} for job in found]


@pytest.fixture
def task(seeded, run_module, tmp_path):
    def fetch(jobs, check_mode=False, diff=False, **options):
        given = {"api_url": seeded[0].api_url, "api_key": "nos_fetch", "dest": str(tmp_path / "results"), "jobs": jobs}
        return run_module(nosana_job_fetch, {**given, **options}, check_mode=check_mode, diff=diff)

    return fetch


def test_what_has_ended_is_written_once(seeded, task, tmp_path):
    (ended, runs), results = seeded[1], tmp_path / "results"
    items = [dict(ended, folder="it", parameters={"rate": "0.1"}), runs]
    check = task(items, check_mode=True, diff=True)
    assert check["changed"] and not results.exists()
    done = task(items, diff=True)
    assert done["files"] == check["files"] == [str(results / "it" / name) for name in ("result.json", "work.log")]
    assert done["diff"] == check["diff"] and done["diff"][0]["before"] == ""
    assert done["unfinished"] == [runs["job"]]
    told = json.loads((results / "it" / "result.json").read_text())
    assert (told["verdict"], told["operations"][0]["exit_code"], told["parameters"]) == ("failed", 3, {"rate": "0.1"})
    assert (results / "it" / "work.log").read_text() == "step 1\nkey <VALUE_HIDDEN_1>\n"
    assert SECRET not in json.dumps(done)
    assert [task(items)["changed"], task(items, check_mode=True)["changed"]] == [False, False]
    (results / "it" / "work.log").write_text("mine")
    again = task(json.dumps(items), diff=True)
    assert again["files"] == [str(results / "it" / "work.log")] and again["diff"][0]["before"] == "mine"
    assert sorted(path.name for path in (results / "it").iterdir()) == ["result.json", "work.log"]


def test_a_job_that_is_not_there(seeded, task):
    done = task([dict(seeded[1][0], job=NOBODY)])
    assert (done["failed"], done["reason"], done["changed"]) == (True, "not_found", False)
    assert "has no job " + NOBODY in done["msg"] and "nosana_job_info" in done["msg"]


def test_a_folder_that_can_not_be_written(seeded, task, tmp_path):
    (tmp_path / "file").write_text("")
    done = task(seeded[1], dest=str(tmp_path / "file"))
    assert (done["failed"], done["reason"], done["changed"]) == (True, "bad_option", False)
    assert "can't be used: Not a directory" in done["msg"]


@pytest.mark.parametrize(
    ("jobs", "said"),
    [([], None), ([{"job": NOBODY}], "deployment_id"), ([{"deployment_id": "x", "job": "y"}], "jobs[0]")],
)
def test_wrong_items(task, jobs, said):
    done = task(jobs)
    assert (done.get("failed", False), done["changed"]) == (said is not None, False)
    assert said is None or (said in done["msg"] and done["reason"] == "bad_option")

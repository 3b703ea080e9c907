# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of the runs of a batch, and the names of files: pure parts of the role batch."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.nosana.cloud.plugins.filter.batch_report import batch_report
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import fetch
from ansible_collections.nosana.cloud.plugins.module_utils._jobs.result import JobResult, Operation

JOB, ID = "DdpX2tZsEUt6mYVdB8PzjY2aKBjTgTz5sTtPsiG7Ymq4", "8tRhVLzZdUmNxYbBvMXHh4rZPq2kWfKcTn3sJgAeD5uQ"
RUN = {"name": "train-a=1", "folder": "train-a=1", "parameters": {"a": "1"}, "deployment": {"name": "train-a=1"}}
DEPLOYMENT = {"id": ID, "status": "STOPPED"}


def job(verdict, *exit_codes, **more):
    operations = [{"id": "op%d" % n, "exit_code": code, "results": {}} for n, code in enumerate(exit_codes)]
    return {"job": JOB, "result": {"verdict": verdict, "operations": operations, **more}}


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"jobs": [job("succeeded", 0, 0)]}, ("succeeded", 0, None)),
        ({"jobs": [job("succeeded", 0)], "actions": ["create", "start"]}, ("succeeded", 0, None)),
        ({"actions": ["create", "start"]}, ("planned", None, None)),
        ({}, ("unfinished", None, None)),
        ({"jobs": [{"job": JOB, "result": None}]}, ("unfinished", None, None)),
        ({"msg": "not begun"}, ("unfinished", None, "not begun")),
        ({"failed": True, "reason": "timed_out", "msg": "not completed"}, ("unfinished", None, "not completed")),
        ({"failed": True, "reason": "job_failed", "msg": "all of it"}, ("failed", None, "all of it")),
        (
            {"failed": True, "reason": "job_failed", "msg": "all", "jobs": [job("failed", 0, 3, reason="exit 3")]},
            ("failed", 3, "exit 3"),
        ),
    ],
)
def test_the_verdict_of_a_run(result, expected):
    (found,) = batch_report([RUN], [{"name": RUN["name"], "deployment": DEPLOYMENT, **result}])
    assert (found["verdict"], found["exit_code"], found["reason"]) == expected
    assert (found["id"], found["status"], found["parameters"]) == (ID, "STOPPED", {"a": "1"})
    assert "deployment" not in found  # which may have secrets in its definition


def test_what_a_run_returned():
    done = job("succeeded", 0, start_time="2026-08-21T10:00:00.000Z", end_time="2026-08-21T10:03:30.000Z")
    done["result"]["operations"][0]["results"] = {"loss": "0.3"}
    (found,) = batch_report([RUN], [{"name": RUN["name"], "deployment": DEPLOYMENT, "jobs": [done], "changed": True}])
    assert (found["minutes"], found["results"], found["changed"]) == (3.5, {"op0": {"loss": "0.3"}}, True)
    item = {"deployment_id": ID, "job": JOB, "folder": RUN["folder"], "parameters": RUN["parameters"]}
    assert found["fetch"] == item


def test_results_of_other_runs_are_refused():
    with pytest.raises(AnsibleFilterError, match="their names differ"):
        batch_report([RUN], [{"name": "train-a=2"}])


# --- files ---------------------------------------------------------------------------------------------------------


def item(**more):
    return {"deployment_id": ID, "job": JOB, "folder": None, "parameters": None, **more}


def test_a_job_is_in_the_folder_of_its_address_unless_the_task_says():
    assert [one["folder"] for one in fetch.checked([item(), item(folder="a=1")])] == [JOB, "a=1"]


@pytest.mark.parametrize("folder", ["..", ".", "a/b", "/etc", "a\\b", "a\nb", "x" * 256])
def test_no_folder_leads_elsewhere(folder):
    with pytest.raises(InvalidOptions, match=r"jobs\[0\]: folder: must be the name of a folder"):
        fetch.checked([item(folder=folder)])


@pytest.mark.parametrize(
    ("jobs", "said"),
    [
        ([item(), item()], r"jobs\[1\]: folder: another job is written to it"),
        ([item(job="x")], r"jobs\[0\]: job: 'x' is no job's address"),
        ([item(deployment_id="train")], r"jobs\[0\]: deployment_id: .*finds the id of a name"),
    ],
)
def test_wrong_jobs(jobs, said):
    with pytest.raises(InvalidOptions, match=said):
        fetch.checked(jobs)


def test_the_files_of_a_job():
    names = ["train", "train", "../../etc/passwd", "", ".ssh"]
    operations = tuple(Operation(name, lines=("one", "two"), host=("no space",), exit_code=0) for name in names)
    files = fetch.files_of(item(parameters={"a": "1"}), JobResult("COMPLETED", "succeeded", operations=operations))
    logs = ["train.log", "train-2.log", "-..-etc-passwd.log", "operation.log", "ssh.log"]
    assert list(files) == ["result.json", *logs]
    assert files["train.log"] == "host: no space\none\ntwo\n"
    told = json.loads(files["result.json"])
    assert (told["verdict"], told["parameters"], told["job"]) == ("succeeded", {"a": "1"}, JOB)
    assert len(told["operations"]) == 5


def test_a_job_without_a_result_has_no_files():
    assert fetch.files_of(item(), JobResult("RUNNING", "unknown")) == {}


def test_a_file_that_can_not_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("x")
    good, bad = str(tmp_path / "a" / "b"), str(tmp_path / "file" / "c")
    with pytest.raises(InvalidOptions, match="dest: .*/file/c can't be used: ") as told:
        fetch.write_all([(good, "text"), (bad, "text")])
    assert told.value.result["changed"] is True and (tmp_path / "a" / "b").read_text() == "text"
    with pytest.raises(InvalidOptions, match="can't be used"):
        fetch.present(bad)
    assert fetch.present(str(tmp_path / "none")) is None

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role batch: each of its cases in one playbook, and a batch that is killed."""

from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import time

import pytest
import yaml

from .playbooks import HERE, SPEED, command, environment, run
from .snippets.pages import pages
from .test_completed import batch
from .test_fleet import begin_count

SECRET = "cnry4711q-never-shown"


def surroundings(server):
    return {"NOSANA_API_URL": server.api_url, "NOSANA_API_KEY": "nos_role", "NOSANA_SIMULATOR_SPEED": str(SPEED)}


def play(server, path, *arguments, **variables):
    """Runs a playbook; returns what was printed."""
    done = run(path, *arguments, "-e", json.dumps(variables), cwd=path.parent, **surroundings(server))
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr
    return done.stdout + done.stderr


def write(path, *plays):
    path.write_text(yaml.safe_dump(list(plays)), encoding="utf-8")
    return path


def deployments(server):
    return server.control("GET", "/state")["deployments"]


def jobs(server):
    return [job for one in deployments(server) for job in one["jobs"]]


def texts(folder):
    """The text of each file, by its path in the folder."""
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_each_case(simulator, tmp_path):
    server = simulator(speed=SPEED)
    server.control("PUT", "/jobs", {"nodeerr": ["the token is " + SECRET]})
    given = {"secret": SECRET, "control_url": server.control_url, "folder": str(tmp_path)}
    printed = play(server, HERE / "role_batch.yml", "-vvv", **given)
    assert "PLAY RECAP" in printed and SECRET not in printed
    files = texts(tmp_path / "cases")
    names = [run + name for run in ("cases-code=0", "cases-code=3") for name in ("/result.json", "/work.log")]
    assert sorted(files) == names
    assert json.loads(files["cases-code=3/result.json"])["parameters"] == {"code": "3"}
    assert files["cases-code=3/work.log"].startswith("host: the token is <VALUE_HIDDEN_1>\n")
    assert "\ncode 3\n" in files["cases-code=3/work.log"] and SECRET not in str(files)
    assert {one["name"] for one in deployments(server) if one["jobs"]} == {"cases-code=0", "cases-code=3"}
    assert len(jobs(server)) == 2


# --- killed --------------------------------------------------------------------------------------------------------

RUNS = {"a": [1, 2, 3, 4], "b": ["x", "y", "z"]}


def family(pid):
    """A process and all that it began, directly or not."""
    parents = {}
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int(folder.joinpath("stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it ended meanwhile
                continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def kill_once(server, path, listed):
    """Begins the playbook, and kills it with all of its processes once so many jobs were ever listed."""
    process = subprocess.Popen(
        command(path),
        env=environment(**surroundings(server)),
        cwd=path.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while len(jobs(server)) < listed:
        assert process.poll() is None
        time.sleep(0.05)
    for one in family(process.pid):
        os.kill(one, signal.SIGKILL)
    process.wait()


def test_a_batch_that_is_killed_twice_runs_each_once(simulator, tmp_path):
    server = simulator(speed=SPEED)
    server.control("PUT", "/jobs", {"run_for": 15})
    role = {
        "role": "nosana.cloud.batch",
        "batch_name": "killed",
        "batch_matrix": RUNS,
        "batch_concurrency": 4,
        "batch_markets": ["nvidia-3060"],
        "batch_fetch_to": "results",
        "batch_job_definition": batch("echo %%matrix.a%% $b"),
    }
    path = write(tmp_path / "batch.yml", {"hosts": "localhost", "gather_facts": False, "roles": [role]})
    kill_once(server, path, 3)
    kill_once(server, path, 7)
    play(server, path)
    found = jobs(server)
    begun, ended = ([job[key] for job in found] for key in ("created_at", "updated_at"))
    assert (len(found), len(deployments(server))) == (12, 12)
    assert {job["state"] for job in found} == {"COMPLETED"} and max(begin_count(begun, ended)) <= 4
    files = texts(tmp_path / "results")
    assert len(files) == 24 and len({path.partition("/")[0] for path in files}) == 12
    assert files["killed-a=3-b=y/work.log"].startswith("3 ")
    assert " changed=0 " in play(server, path)
    assert texts(tmp_path / "results") == files and len(jobs(server)) == 12


# --- older servers -------------------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("release", ["guide", "2026-08", "current"])
def test_each_release(simulator, tmp_path, release):
    server = simulator(speed=SPEED, release=release)
    plays = next(snippet.data for snippet in pages()["docs/batches.md"] if snippet.language == "yaml")
    path = write(tmp_path / "page.yml", *plays)
    one_market = json.dumps({"batch_markets": "nvidia-3060"})  # older servers can't move a deployment
    play(server, path, "-e", one_market)
    assert " changed=0 " in play(server, path, "-e", one_market) and len(jobs(server)) == 4

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The release tarball, built in the clone as it is: what it holds, and that it works where nothing else is.

Of what is in it, four folders have to do. "make matrix" runs this on each of its platforms.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tarfile

import pytest

CLONE = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(sys.executable).parent
MADE_BY_GALAXY = {"MANIFEST.json", "FILES.json"}
#: A collection has to work without all else that it holds: other installers than Galaxy's bring only these along.
ENOUGH = ("meta", "plugins", "roles", "playbooks")


def run(command, *arguments, cwd, **more):
    """Runs a tool of the tests' environment that knows no collection but those given; returns what it prints.

    Raises AssertionError, with all that it said, when it fails.
    """
    env = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "NOSANA_"))}
    env.update(
        ANSIBLE_HOME=str(cwd / ".ansible"),
        ANSIBLE_REMOTE_TMP=str(cwd / ".ansible" / "tmp"),
        ANSIBLE_COLLECTIONS_PATH=str(cwd),
        ANSIBLE_COLLECTIONS_SCAN_SYS_PATH="false",
        ANSIBLE_LOCALHOST_WARNING="false",
        ANSIBLE_INVENTORY_UNPARSED_WARNING="false",
        ANSIBLE_NOCOLOR="true",
        PYTHONDONTWRITEBYTECODE="1",  # what Ansible compiles would count as a change of the installed collection
    )
    env.update(more)
    done = subprocess.run(
        [str(BIN / command), *map(str, arguments)],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def tarball(tmp_path_factory):
    """Built in the clone itself, among all that tools and tests left there."""
    folder = tmp_path_factory.mktemp("dist")
    run("ansible-galaxy", "collection", "build", "--output-path", folder, CLONE, cwd=folder)
    [built] = folder.glob("nosana-cloud-*.tar.gz")
    return built


@pytest.fixture(scope="session")
def installed(tarball, tmp_path_factory):
    """An empty folder, but for the collection that was installed into it: of the tarball no more than ENOUGH."""
    tree, folder = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("installed")
    with tarfile.open(tarball) as archive:
        archive.extractall(tree, [one for one in archive if one.name.split("/")[0] in ENOUGH], filter="data")
    shutil.copy(CLONE / "galaxy.yml", tree)
    run("ansible-galaxy", "collection", "build", "--output-path", tree, tree, cwd=folder)
    [built] = tree.glob("nosana-cloud-*.tar.gz")
    assert {name.split("/")[0] for name in files_in(built)} == {*ENOUGH, *MADE_BY_GALAXY}
    run("ansible-galaxy", "collection", "install", "--offline", "-p", folder, built, cwd=folder)
    return folder


def files_in(tarball):
    with tarfile.open(tarball) as archive:
        return {member.name for member in archive if not member.isdir()}


def own_files():
    """What belongs to the clone: files that git tracks or, new ones, would not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=CLONE, stdout=subprocess.PIPE, check=True).stdout
    return {os.fsdecode(name) for name in listed.split(b"\0") if name}


def test_no_generated_file_is_in_it(tarball):
    # Something generated at this very moment must be left out, too.
    assert files_in(tarball) - MADE_BY_GALAXY - own_files() == set()


def test_all_that_users_need_is_in_it(tarball):
    held = files_in(tarball)
    for_users = {"plugins", "roles", "playbooks", "meta", "docs", "changelogs", "extensions"}
    needed = {name for name in own_files() if name.split("/")[0] in for_users and (CLONE / name).is_file()}
    assert needed - held == set()
    assert {"README.md", "LICENSE", "CHANGELOG.md", "requirements.txt", "meta/runtime.yml"} <= held


def test_what_only_a_clone_can_use_is_not_in_it(tarball):
    tops = {name.split("/")[0] for name in files_in(tarball)}
    for_clones = {"Makefile", "tools", "requirements", "ansible.cfg", "pyproject.toml", "dist", "galaxy.yml"}
    for_clones |= {"examples"}
    assert tops & for_clones == set()
    assert {top for top in tops if top.startswith(".")} == set()


def test_the_whole_of_it_installs(tarball, tmp_path):
    run("ansible-galaxy", "collection", "install", "--offline", "-p", tmp_path, tarball, cwd=tmp_path)
    run("ansible-galaxy", "collection", "verify", "--offline", "nosana.cloud", cwd=tmp_path)


CONTENT = {
    "module": {path.stem for path in (CLONE / "plugins" / "modules").glob("*.py")},
    "filter": {path.stem for path in (CLONE / "plugins" / "filter").glob("*.py")},
    "inventory": {path.stem for path in (CLONE / "plugins" / "inventory").glob("*.py")},
    "role": {path.name for path in (CLONE / "roles").iterdir()},
}


@pytest.mark.parametrize("kind", CONTENT)
def test_documentation_is_found(kind, installed):
    names = sorted("nosana.cloud." + name for name in CONTENT[kind])
    found = json.loads(run("ansible-doc", "--json", "--type", kind, *names, cwd=installed))
    assert sorted(found) == names
    for name, told in found.items():
        assert (told["path"] if kind == "role" else told["doc"]["filename"]).startswith(str(installed)), name
        assert kind == "role" or told["doc"]["requirements"][0].startswith("python >= 3.11"), name
        if kind in ("module", "inventory"):
            assert {"api_key", "api_url"} <= told["doc"]["options"].keys()


def test_playbooks_run(installed, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"simulator_port": port, "simulator_python": sys.executable, "simulator_run_dir": str(tmp_path / "run")}
    simulator = ("nosana.cloud.simulator", "-e", json.dumps(settings))
    api = {"NOSANA_API_URL": "http://127.0.0.1:%d/api" % port, "NOSANA_API_KEY": "nos_packaging"}
    run("ansible-playbook", *simulator, cwd=installed)
    try:
        first = run("ansible-playbook", "nosana.cloud.quickstart", cwd=installed, **api)
        again = run("ansible-playbook", "nosana.cloud.quickstart", cwd=installed, **api)
        report = run("ansible-playbook", "nosana.cloud.report", "-e", "report_format=csv", cwd=installed, **api)
    finally:
        run("ansible-playbook", *simulator, "-e", "simulator_state=stopped", cwd=installed)
    assert "changed=1 " in first
    assert "changed=0 " in again
    assert "hello-nosana" in report and "changed=0 " in report
    # All that it needed it brought along, and it left its own files as they were.
    run("ansible-galaxy", "collection", "verify", "--offline", "nosana.cloud", cwd=installed)

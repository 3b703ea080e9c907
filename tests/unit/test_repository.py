# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said in several places of the project is the same in all of them: versions, platforms, and what CI runs."""

from __future__ import annotations

import pathlib
import re
import tomllib

import yaml

CLONE = pathlib.Path(__file__).resolve().parents[2]


def read(*parts):
    return CLONE.joinpath(*parts).read_text(encoding="utf-8")


def jobs(workflow):
    return yaml.safe_load(read(".github", "workflows", workflow))["jobs"]


def platforms():
    """The platforms of "make matrix": (Python, ansible-core)."""
    return [tuple(re.findall(r"[0-9.]+", name)) for name in tomllib.loads(read("tox.toml"))["env_list"]]


def section(heading):
    """A section of the README."""
    return read("README.md").split("\n## %s\n" % heading)[1].split("\n## ")[0]


# --- CI ------------------------------------------------------------------------------------------------------------


def test_ci_runs_each_target_of_make_test():
    lists = re.findall(r"^(?:ALONE|PAIRED) := (.*)", read("Makefile"), re.MULTILINE)
    targets = [target for one in lists for target in one.split()]
    assert len(lists) == 2 and jobs("ci.yml")["test"]["strategy"]["matrix"]["target"] == targets


def test_ci_runs_each_platform_of_the_matrix():
    included = jobs("ci.yml")["matrix"]["strategy"]["matrix"]["include"]
    assert [one["platform"] for one in included] == tomllib.loads(read("tox.toml"))["env_list"]
    assert all(one["platform"].startswith("py%s-" % one["python"]) for one in included)


def test_all_of_ci_runs_on_pull_requests_and_weekly():
    triggers = yaml.safe_load(read(".github", "workflows", "ci.yml"))["on"]
    assert "pull_request" in triggers and [one["cron"].split()[-1] for one in triggers["schedule"]] == ["1"]
    conditions = {name: job.get("if", "") for name, job in jobs("ci.yml").items()}
    assert conditions["test"] == "" and conditions["matrix"] == "github.event_name != 'push'"


def test_a_release_is_tested_and_built_before_it_is_published():
    steps = [step.get("run", "") for step in jobs("release.yml")["build"]["steps"]]
    assert steps.index("make test") < steps.index('make dist RELEASE="$VERSION"')
    assert jobs("release.yml")["galaxy"]["needs"] == "build"


# --- versions ------------------------------------------------------------------------------------------------------


def test_the_readme_has_the_platforms_of_the_matrix():
    rows = re.findall(r"^\| (2\.\d+) \| (3\.\d+) \|", section("Requirements"), re.MULTILINE)
    assert [(python, core) for core, python in rows] == platforms()


def test_each_platform_is_locked():
    for (python, core), name in zip(platforms(), tomllib.loads(read("tox.toml"))["env_list"], strict=True):
        lock = read("requirements", "matrix", name + ".txt")
        assert re.search(r"^ansible-core==%s\." % re.escape(core), lock, re.MULTILINE)
        assert python in name and "--hash=sha256:" in lock


def test_what_is_said_to_be_added_by_a_version_that_there_is():
    version = yaml.safe_load(read("galaxy.yml"))["version"]
    changelog = CLONE / "changelogs" / "changelog.yaml"
    released = yaml.safe_load(changelog.read_text(encoding="utf-8"))["releases"] if changelog.is_file() else {}
    files = [*(CLONE / "plugins").rglob("*.py"), *(CLONE / "roles").glob("*/meta/argument_specs.yml")]
    files += [*(CLONE / "extensions").rglob("*.py")]
    found = {(path.name, one) for path in files for one in re.findall(r"version_added: (\S+)", path.read_text("utf-8"))}
    assert len(found) > 20
    assert {(name, one) for name, one in found if one.strip("\"'") not in {version, *released}} == set()


def test_ansible_test_installs_what_execution_environments_have():
    needed = [
        re.findall(r"^[a-z].*", read(*path), re.MULTILINE)
        for path in (("tests", "integration", "requirements.txt"), ("meta", "ee-requirements.txt"))
    ]
    assert needed[0] == needed[1] != []


# --- README --------------------------------------------------------------------------------------------------------


def test_the_readme_has_what_galaxy_and_automation_hub_ask_for():
    assert "https://forum.ansible.com/c/help/6" in section("Communication")
    assert "https://semver.org/" in section("Release notes and roadmap")
    assert "CODE_OF_CONDUCT.md" in section("Code of conduct") and "CONTRIBUTING.md" in section("Contributing")
    assert "LICENSE" in section("License information") and section("Support")
    assert "ansible-galaxy collection install nosana.cloud" in section("Use it")
    assert "pip install" not in section("Use it") and "Python 3.11" in section("Requirements")

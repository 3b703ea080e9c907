# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs "ansible-test sanity" on copies of the clone, and says in its last line how many tests passed.

ansible-test wants a real folder ansible_collections/nosana/cloud (no symbolic link), and makes virtual environments for
its tests below HOME: the copies and its HOME are in .build and .ansible. Arguments are handed to ansible-test. Without
"--test" it runs twice at the same time, as each uses one processor: once for SLOWEST, and once for all other tests. The
environment variable SANITY_BUILD names another folder for the copies and the logs.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import time
from xml.etree import ElementTree  # nosec B405

from copy_tree import CLONE, copy_tree

BUILD = pathlib.Path(os.environ.get("SANITY_BUILD", CLONE / ".build" / "sanity"))
#: The test that takes about as long as all others together.
SLOWEST = "pylint"
HOME = CLONE / ".ansible" / "sanity"
ANSIBLE_TEST = pathlib.Path(sys.executable).parent / "ansible-test"


def main() -> int:
    """Returns 0 when every test passed."""
    started = time.monotonic()
    arguments, runs = sys.argv[1:], {"all": []}
    if "--test" not in arguments and SLOWEST not in arguments:
        runs = {SLOWEST: ["--test", SLOWEST], "others": ["--skip-test", SLOWEST]}
    prepare_home()
    with concurrent.futures.ThreadPoolExecutor() as both:
        ended = list(both.map(run, runs, [arguments + more for more in runs.values()]))
    passed, failed = sum(one.passed for one in ended), sum(one.failed for one in ended)
    skipped = [reason for one in ended for reason in one.skipped]
    for one in ended:
        if not one.good:
            print("\n".join(told(one)))
    for reason in skipped:
        print("sanity: skipped: %s" % reason)
    seconds = time.monotonic() - started
    print("sanity: %d passed, %d failed, %d skipped in %.0f s" % (passed, failed, len(skipped), seconds))
    return 0 if passed and not failed and not skipped and all(one.good for one in ended) else 1


@dataclasses.dataclass(frozen=True)
class Run:
    """What a run of ansible-test came to."""

    good: bool
    passed: int
    failed: int
    skipped: list[str]
    output: str
    log: pathlib.Path


def run(name: str, arguments: list[str]) -> Run:
    """Runs ansible-test on a copy of its own."""
    tree = BUILD / name / "ansible_collections" / "nosana" / "cloud"
    log = BUILD / (name + ".log")
    copy_tree(tree, untracked=True)
    # ansible-test asks git for the files; without a repository of its own, the copy is an ignored folder of the clone.
    subprocess.run(["git", "init", "--quiet", tree], check=True)
    done = subprocess.run(
        [ANSIBLE_TEST, "sanity", "--junit", "--color", "no", "--python", "%d.%d" % sys.version_info[:2], *arguments],
        cwd=tree,
        env={**os.environ, "HOME": str(HOME)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    log.write_text(done.stdout, encoding="utf-8")
    return Run(done.returncode == 0, *count(tree / "tests" / "output" / "junit"), done.stdout, log)


def told(ended: Run) -> list[str]:
    """What is worth reading of a failed run: the tests' findings, or, where none says why, the end of everything."""
    lines = ended.output.splitlines()
    found = [line for line in lines if re.match("ERROR|FATAL|See documentation", line)]
    return (found if ended.failed else lines[-40:]) + ["All that ansible-test said: %s" % ended.log.relative_to(CLONE)]


def prepare_home() -> None:
    """Spares ansible-test a download from a host of its own, and tells its pip what pip knows here.

    ansible-test installs what its tests need from PyPI, but fetches a script that installs pip from elsewhere, unless
    it finds that script (named by the pip version that this ansible-core wants) in its cache. Python brings pip along.
    It starts pip without the environment's settings: they are written down where that pip looks for them.
    """
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    script = cache / ("get_pip_%s.py" % wanted_pip().replace(".", "_"))
    script.write_text("import ensurepip\n\nensurepip.bootstrap(upgrade=True, default_pip=True)\n", encoding="utf-8")
    settings = HOME / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("[global]\n" + "".join("%s = %s\n" % item for item in pip_settings().items()), encoding="utf-8")


def wanted_pip() -> str:
    """The version of pip that this ansible-core's ansible-test asks for."""
    import ansible_test._internal.python_requirements as requirements

    source = pathlib.Path(requirements.__file__).read_text(encoding="utf-8")
    return re.search(r"default_packages = dict\(\s*pip='([0-9.]+)'", source)[1]


def pip_settings() -> dict[str, str]:
    """Where packages come from, by the user's pip settings and environment (a mirror, a proxy, certificates)."""
    home = os.environ.get("USER_HOME", os.environ["HOME"])
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        env={**os.environ, "HOME": home},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    wanted = ("index-url", "extra-index-url", "find-links", "cert", "client-cert", "proxy", "trusted-host", "timeout")
    found = re.findall(r"^(?:global|:env:)\.([a-z-]+)='(.*)'$", listed, re.MULTILINE)
    settings = {name: value.replace("\\n", "\n  ") for name, value in found if name in wanted}
    proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy")
    return {"proxy": proxy, **settings} if proxy else settings


def count(folder: pathlib.Path) -> tuple[int, int, list[str]]:
    """From the JUnit files: how many tests passed and failed, and why others were skipped.

    A test for a kind of file that the collection does not have (PowerShell, ...) is none of them.
    """
    passed = failed = 0
    skipped = []
    for file in sorted(folder.glob("*.xml")):
        # ansible-test wrote the file a moment ago: nothing foreign is read (bandit's B405, B314).
        for case in ElementTree.parse(file).iter("testcase"):  # nosec B314
            reason = case.find("skipped")
            if reason is not None:
                if (reason.text or reason.get("message")) != "No tests applicable.":
                    skipped.append(reason.text or case.get("name"))
            elif case.find("failure") is not None or case.find("error") is not None:
                failed += 1
            else:
                passed += 1
    return passed, failed, skipped


if __name__ == "__main__":
    sys.exit(main())

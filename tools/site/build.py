# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Builds the site into .build/docs. Offline; any warning of Sphinx is an error. Called by "make docs"."""

from __future__ import annotations

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import zlib

import pages
import repository
import sphinx.cmd.build

WORK = repository.CLONE / ".build" / "site"
SOURCE, DOCTREES, INVENTORY = WORK / "source", WORK / "doctrees", WORK / "ansible.inv"
SITE = repository.CLONE / ".build" / "docs"
HERE = pathlib.Path(__file__).parent


def main() -> None:
    """Ends with a message when a tool fails. What did not change since the last build is not built again."""
    forget_other_builds()
    write_inventory()
    document_plugins()
    write_pages()
    os.environ["SITE_INVENTORY"] = str(INVENTORY)
    arguments = ["-q", "-W", "--keep-going", "-j", "2", "-b", "html", "-c", HERE, "-d", DOCTREES, SOURCE, SITE]
    if sphinx.cmd.build.main([str(argument) for argument in arguments]):
        # Sphinx would not read the pages with the warnings again, and be content.
        shutil.rmtree(DOCTREES, ignore_errors=True)
        sys.exit("docs: Sphinx is not content with the pages")
    print("docs: %s, %d pages" % (SITE.relative_to(repository.CLONE) / "index.html", len(list(SITE.rglob("*.html")))))


def forget_other_builds() -> None:
    """Removes what was built with other tools: Sphinx can't see that pages would come out differently now."""
    tools = [*sorted(HERE.glob("*.py")), repository.CLONE / "requirements" / "dev.txt"]
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in tools)).hexdigest()
    stamp = WORK / "made-by"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
        for folder in (WORK, SITE):
            shutil.rmtree(folder, ignore_errors=True)
        write(stamp, wanted.encode())


def write_inventory() -> None:
    """Writes what references.txt lists of Ansible's own documentation as the inventory that Sphinx wants."""
    lines = (HERE / "references.txt").read_text(encoding="utf-8").splitlines()
    entries = [line.split(" ", 3) for line in lines]
    rows = ["%s std:%s -1 %s %s\n" % (name, kind, where, title) for kind, name, where, title in entries]
    head = "# Sphinx inventory version 2\n# Project: Ansible\n# Version: devel\n# The rest is compressed using zlib.\n"
    write(INVENTORY, head.encode() + zlib.compress("".join(rows).encode()))


def document_plugins() -> None:
    """Lets antsibull-docs make the pages of plugins and roles. It wants a folder that only its owner can change."""
    (SOURCE / "reference").mkdir(parents=True, exist_ok=True)
    (SOURCE / "reference").chmod(0o755)
    tools = pathlib.Path(sys.executable).parent
    command = [tools / "antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error"]
    command += ["--cleanup", "similar-files", "--dest-dir", SOURCE / "reference", pages.NAMESPACE]
    # It looks for ansible and ansible-doc where a shell would.
    path = "%s:%s" % (tools, os.environ["PATH"])
    collections = repository.CLONE / ".ansible" / "collections"
    environment = {**os.environ, "PATH": path, "ANSIBLE_COLLECTIONS_PATH": str(collections)}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def write_pages() -> None:
    """Writes all other pages, and removes those of the last build that there are no more."""
    texts = pages.generated(SOURCE)
    for name, text in texts.items():
        write(SOURCE / name, text.encode())
    for path in SOURCE.rglob("*.md"):
        if path.relative_to(SOURCE).as_posix() not in texts:
            path.unlink()


def write(path: pathlib.Path, content: bytes) -> None:
    """Writes a file, unless it is as it should be: Sphinx reads again what is newer than its own copy."""
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks commands that tests can't run: what they name must exist."""

from __future__ import annotations

import itertools
import re
import shlex

import yaml

from ..playbooks import CLONE
from .shell import commands_in

COLLECTION = "nosana.cloud."
#: Options that name a file.
FILES = ("-f", "-r", "--file", "--inventory", "--vars")


def problems_of(text, folder):
    """What is wrong with the commands, as text. Files may be anywhere below the folder."""
    return [problem for command in commands_in(text) for problem in problems_of_command(command, folder)]


def problems_of_command(command, folder):
    tool, *arguments = [word for word in shlex.split(command, comments=True) if word != "&&"]
    if tool == "make":
        makefile = (CLONE / "Makefile").read_text(encoding="utf-8")
        return ["no target %s" % one for one in arguments if "=" not in one and "\n%s:" % one not in makefile]
    files = [name for option, name in itertools.pairwise(arguments) if option in FILES]
    problems = ["no file %s" % name for name in files if not list(folder.glob("**/" + name))]
    if tool == "ansible-rulebook":
        problems += problems_of_rulebook(arguments, folder)
    if tool == "ansible-playbook":
        problems += problems_of_playbook(arguments, folder)
    return problems


def problems_of_rulebook(arguments, folder):
    """The rulebook must exist."""
    names = [name for option, name in itertools.pairwise(arguments) if option == "--rulebook"]
    there = [path.stem for path in (CLONE / "extensions" / "eda" / "rulebooks").glob("*.yml")]
    known = [COLLECTION + name for name in there]
    return ["no rulebook %s" % name for name in names if name not in known and not (folder / name).is_file()]


def problems_of_playbook(arguments, folder):
    """The playbook must exist, and know the variables."""
    name = next(one for one in arguments if not one.startswith("-") and "=" not in one)
    if name.startswith(COLLECTION):
        path = CLONE / "playbooks" / (name.removeprefix(COLLECTION) + ".yml")
    else:
        path = folder / name
    if not path.is_file():
        return ["no playbook %s" % name]
    extra = [text for option, text in itertools.pairwise(arguments) if option in ("-e", "--extra-vars")]
    given = [text.partition("=")[0] for text in extra]
    known = names_in(path)
    return ["%s has no variable %s" % (name, one) for one in given if one not in known]


def names_in(path):
    """The variables that a playbook of the collection may be given: those it sets itself, and those of its variables'
    files, which it may look at without a default."""
    text = path.read_text(encoding="utf-8")
    options = {
        "%s_%s" % (path.stem, option)
        for play in yaml.safe_load(text)
        for option in play.get("vars", {}).get("runbook_options", {})
    }
    named = re.findall(r"\b%s_\w+" % re.escape(path.stem), "".join(one.read_text("utf-8") for one in beside(path)))
    return options | set(named)


def beside(path):
    """The playbook, and its tasks and variables."""
    return [one for one in (path, path.parent / "tasks" / path.name, path.parent / "vars" / path.name) if one.is_file()]

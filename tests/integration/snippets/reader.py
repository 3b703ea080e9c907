# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Follows a page from top to bottom, as a reader does who tries everything that it shows."""

from __future__ import annotations

import json
import pathlib

import yaml

from ansible_collections.nosana.cloud.plugins.module_utils._definition.validate import errors

from ..playbooks import CLONE
from . import outputs
from .kinds import kind_of
from .sandbox import Sandbox
from .shell import Failed, Shell
from .unrun import problems_of

EXECUTED, CHECKED, NOT_RUN = "executed", "only checked", "not run"
#: Languages of which a block may be marked as not run. Whatever is YAML is run.
MARKABLE = ("sh", "text")
#: What needs no run of its own: plays that follow each other are run together.
TOGETHER = ("tasks", "plays", "file", "json", "jinja", "hosts")
#: The play around tasks.
LOCAL = {"hosts": "localhost", "connection": "local", "gather_facts": False}
#: What may be given to a page.
GIVEN = "account apart copies environment files folder groups inventories left made variables".split()


class Reader:
    """``follow(snippets)`` runs them; ``outcomes`` says what became of each.

    The account of the page is on ``server``. What the page presumes (files, variables, deployments) is in ``given``:
    see pages.yml. ``javascript`` is a command that runs a file in JavaScript.
    """

    def __init__(self, folder, server, given, javascript=None):
        self._server, self._given = server, given
        self.sandbox = Sandbox(folder, server, given)
        self.shell = Shell(self.sandbox.begin, **self.sandbox.environment())
        self.outcomes = {}
        self._plays, self._playbooks = [], 0  # what is to be run together, and how often that was
        self._files = []
        self._scripts, self._javascript = [], javascript
        self._output = ""

    # --- a page ----------------------------------------------------------------------------------------------------

    def follow(self, snippets):
        """Runs the snippets. Raises Failed."""
        for number, snippet in enumerate(snippets):
            self._later = "".join(one.text for one in snippets[number:])
            self._read(snippet)
        self._later = ""
        self._run_plays()
        self._run_scripts()

    def _read(self, snippet):
        try:
            if snippet.mark == "not run":
                self._leave(snippet)
            else:
                self._take(snippet)
        except Failed as problem:
            raise Failed("%s: %s" % (snippet.where, problem)) from None

    def _leave(self, snippet):
        if snippet.language not in MARKABLE or not snippet.reason:
            raise Failed("only %s may be left out, with a reason" % " and ".join(MARKABLE))
        problems = problems_of(snippet.text, self.sandbox.folder) if snippet.language == "sh" else []
        if problems:
            raise Failed("; ".join(problems))
        self.outcomes[snippet] = NOT_RUN

    def _take(self, snippet):
        if snippet.mark == "in a new shell":
            self._run_plays()
            self.shell.renew()
        what = kind_of(snippet.data) if snippet.language == "yaml" else snippet.language
        handler = getattr(self, "_take_" + what.replace(" ", "_"), None)
        if handler is None:
            raise Failed("nobody knows what to do with %s" % (what or "a block without a language"))
        if what not in TOGETHER and not self._given.get("apart"):
            self._run_plays()
        self.outcomes[snippet] = handler(snippet) or EXECUTED

    def end(self):
        """Compares what is there in the end with what pages.yml says, and that each file of the page was used."""
        self._judge_files()
        left, expected = self.deployments(), self._given.get("left", {})
        assert {one["name"]: one["status"] for one in left}.keys() == expected.keys()
        for one in left:
            fields = expected[one["name"]]
            fields = {"status": fields} if isinstance(fields, str) else fields
            assert {name: one[name] for name in fields} == fields, one["name"]
        assert len(left) == len(expected), "two deployments of one name"
        assert [name for name in self._given.get("made", []) if not list(self.sandbox.folder.glob(name))] == []

    def _judge_files(self):
        """A file is executed with what uses it."""
        for file in self._files:
            name = pathlib.Path(file.title).name
            users = [other for other in self.outcomes if other is not file and name in other.text]
            assert users, "no snippet uses %s" % file.title
            if all(self.outcomes[other] == NOT_RUN for other in users):
                self.outcomes[file] = CHECKED

    def deployments(self):
        """What the account has; of the revisions, only their number."""
        found = self._server.control("GET", "/state")["deployments"]
        return [dict(one, revisions=len(one["revisions"])) for one in found]

    # --- kinds of snippets -----------------------------------------------------------------------------------------

    def _take_tasks(self, snippet):
        """Each task of the collection comes in check mode and then for real."""
        tasks = []
        for task in snippet.data:
            # What a check run would register is left out, for the tasks that follow: but "until" looks at it itself.
            silent = {key: value for key, value in task.items() if key != "register" or "until" in task}
            is_ours = "block" in task or any(key.startswith("nosana.cloud.") for key in task)
            tasks += [dict(silent, check_mode=True), task] if is_ours else [task]
        self._plays.append({"name": snippet.where, **LOCAL, "tasks": tasks})

    def _take_plays(self, snippet):
        if snippet.title:
            return self._take_file(snippet)
        self._plays += snippet.data
        return EXECUTED

    def _run_plays(self):
        """Runs what has come together since the last time, in one playbook: what tasks register is there for others."""
        plays, self._plays = self._plays, []
        if not plays:
            return
        self._playbooks += 1
        plays += self._keeping(plays)
        path = self.sandbox.write("page-%d.yml" % self._playbooks, yaml.safe_dump(plays, sort_keys=False))
        inventories = " ".join("-i %s" % name for name in self.sandbox.inventories)
        [ran] = self.shell.run("(cd %s && ansible-playbook %s %s)" % (self.sandbox.folder, inventories, path))
        if "no hosts matched" in ran.output:
            raise Failed("a play has no hosts:\n%s" % ran.output)
        self._output = ran.output

    def _keeping(self, plays):
        """A play, if one is needed, that writes down what later tasks want to know of what these register."""
        names = [name for name in registered_in(plays) if name in self._later]
        if not names:
            return []
        kept = "{{ {%s} | to_json }}" % ", ".join("'%s': %s" % (name, name) for name in names)
        file = str(self.sandbox.folder / "group_vars" / "all" / ("registered-%02d.json" % self._playbooks))
        task = {"ansible.builtin.copy": {"content": kept, "dest": file}}
        return [{"name": "Keep what was registered", **LOCAL, "tasks": [task]}]

    def _take_file(self, snippet):
        if not snippet.title:
            raise Failed("this is a part of a file, or a file without a name")
        if (self.sandbox.folder / snippet.title).exists():
            self._run_plays()  # what came before used the one of before
        self.sandbox.write(snippet.title, self.sandbox.as_here(snippet.text))
        self._files.append(snippet)
        return EXECUTED

    _take_jinja = _take_file

    def _take_json(self, snippet):
        wrong = errors(snippet.data) if isinstance(snippet.data, dict) and "ops" in snippet.data else []
        if wrong:
            raise Failed("; ".join(wrong))
        if snippet.title:
            return self._take_file(snippet)
        if "ops" not in snippet.data:
            outputs.compare_json(snippet.data, self._output)
        return CHECKED

    def _take_hosts(self, snippet):
        name = snippet.title or "hosts-%d.yml" % snippet.line
        self.sandbox.write(name, snippet.text)
        self.sandbox.inventories.append(name)
        if snippet.title:
            self._files.append(snippet)

    def _take_inventory(self, snippet):
        name = snippet.title or "nosana.yml"
        self.sandbox.write(name, snippet.text)
        [ran] = self.shell.run("(cd %s && ansible-inventory -i %s --list)" % (self.sandbox.folder, name))
        listed = json.loads(ran.output)
        for group, members in self._given.get("groups", {}).get(name, {}).items():
            if sorted(listed.get(group, {}).get("hosts", [])) != members:
                raise Failed("the group %s is not %s: %s" % (group, members, ran.output))

    def _take_changelog_fragment(self, snippet):
        for name in ("galaxy.yml", "changelogs/config.yaml"):
            self.sandbox.write("changes/" + name, (CLONE / name).read_text(encoding="utf-8"))
        self.sandbox.write("changes/changelogs/fragments/snippet.yml", snippet.text)
        self.shell.run("(cd %s/changes && antsibull-changelog lint)" % self.sandbox.folder)

    def _take_rulebook(self, snippet):
        from . import rulebooks  # its libraries are not there on each platform of "make matrix"

        problems = rulebooks.problems_of(snippet.data)
        if problems:
            raise Failed("; ".join(problems))
        if snippet.title:
            self._take_file(snippet)
        return CHECKED

    def _take_ini(self, snippet):
        """A part of an ansible.cfg: Ansible must know each setting in it."""
        self._take_file(snippet)
        self._files.remove(snippet)
        unset = "-u ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"
        [ran] = self.shell.run("(cd %s && env %s ansible-config dump --only-changed)" % (self.sandbox.folder, unset))
        known = ran.output.count("%s) = " % snippet.title)
        if known != snippet.text.count("="):
            raise Failed("Ansible knows %d of these settings:\n%s" % (known, ran.output))

    def _take_sh(self, snippet):
        self._output = "\n".join(ran.output for ran in self.shell.run(self.sandbox.as_here(snippet.text)))

    def _take_console(self, snippet):
        outputs.compare_console(self.sandbox.as_here(snippet.text), self.shell.run)

    def _take_js(self, snippet):
        """All JavaScript of a page is one module, as later blocks use what earlier ones define."""
        if self._javascript is None:
            raise Failed("JavaScript is run by the tests in tests/interop only")
        self._scripts.append(snippet.text)

    def _run_scripts(self):
        scripts, self._scripts = self._scripts, []
        if scripts:
            path = self.sandbox.write("page.mjs", self.sandbox.as_here("\n".join(scripts)))
            self.shell.run("(cd %s && %s %s)" % (self.sandbox.folder, self._javascript, path))

    def _take_text(self, snippet):
        if snippet.text.partition("\n")[0].endswith("/"):
            outputs.compare_folder(snippet.text, self.sandbox.folder)
        else:
            outputs.compare_output(snippet.text, self._output)
        return CHECKED


def registered_in(data):
    """The names that tasks anywhere in the data register."""
    if isinstance(data, list):
        return sorted({name for item in data for name in registered_in(item)})
    if not isinstance(data, dict):
        return []
    own = [data["register"]] if isinstance(data.get("register"), str) else []
    return sorted({*own, *(name for value in data.values() for name in registered_in(value))})

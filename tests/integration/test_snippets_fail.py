# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong on a page is found by those who run its snippets (test_snippets.py)."""

from __future__ import annotations

import pytest

from .snippets.pages import snippets_in
from .snippets.reader import CHECKED, EXECUTED, NOT_RUN, Reader
from .snippets.shell import Failed


def block(language, text, mark=""):
    return "%s\n```%s\n%s\n```\n" % (mark, language, text)


@pytest.fixture
def follow(fast_server, tmp_path):
    """``follow(blocks, **given)`` runs a page of these blocks to its end; returns what became of them."""
    fast_server.reset(release="current")
    readers = []

    def run(*blocks, **given):
        reader = Reader(tmp_path, fast_server, given)
        readers.append(reader)
        reader.follow(snippets_in("page.md", "\n".join(blocks)))
        reader.end()
        return list(reader.outcomes.values())

    yield run
    for reader in readers:
        reader.sandbox.close()


JOB = '{"version": "0.1", "type": "container", "ops": []}'
BAD_JOB = '{"version": "0.1", "type": "container", "ops": [{"id": "web"}]}'
LEFT_OUT = "<!-- not run: needs an account -->"


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ([block("rust", "fn main() {}")], "nobody knows what to do with rust"),
        ([block("", "something")], "a block without a language"),
        (["    indented text"], "a block without a language"),
        ([block("yaml", "a: {b: 1}")], "a file without a name"),
        ([block("yaml", "- ansible.builtin.ping:", LEFT_OUT)], "only sh and text may be left out"),
        ([block("sh", "make test", "<!-- not run -->")], "with a reason"),
        ([block("sh", "make nothing", LEFT_OUT)], "no target nothing"),
        ([block("sh", "ansible-playbook nosana.cloud.nothing", LEFT_OUT)], "no playbook nosana.cloud.nothing"),
        ([block("sh", "ansible-playbook nosana.cloud.scale -e scale_nam=web", LEFT_OUT)], "has no variable scale_nam"),
        ([block("sh", "ansible-rulebook --rulebook nosana.cloud.nothing", LEFT_OUT)], "no rulebook"),
        ([block("sh", "ansible-builder build -f nothing.yml", LEFT_OUT)], "no file nothing.yml"),
        ([block("sh", "false\ntrue")], "status 9"),
        ([block("sh", "false | true")], "status 9"),
        ([block("sh", "true    # fails, as the page says")], "status 9"),
        ([block("sh", "no-such-command    # fails")], "status 9"),
        ([block("sh", "echo ' changed=1 '    # changed=0")], "changed=0"),
        ([block("sh", "cat << END\nno end")], "no end of the command"),
        ([block("sh", "export A=1"), block("sh", 'test "$A" = 1', "<!-- in a new shell -->")], "status 9"),
        ([block("console", "$ echo one\ntwo")], "the page shows\ntwo"),
        ([block("sh", "echo one; echo two"), block("text", "two\none")], "the page shows\none"),
        ([block("text", "some output")], "some output"),
        ([block("text", "folder/\n  file    what it is")], "folder, which is not there"),
        ([block("json title=job.json", BAD_JOB)], "ops[0]"),
        ([block("sh", 'echo \'{"a": {"b": 1}}\''), block("json", '{"a": {"c": 1}}')], "answer.a has no c"),
        ([block("sh", "echo '{\"a\": 1}'"), block("json", '{"a": "1"}')], "answer.a is 1"),
        ([block("yaml", "- {name: rules, hosts: all, sources: [], rules: [{name: one}]}")], "$[0]"),
        ([block("yaml", "- {hosts: nobody, tasks: []}")], "a play has no hosts"),
        ([block("yaml", "- nosana.cloud.nosana_deployment_info: {nam: web}")], "Unsupported parameters"),
    ],
)
def test_what_is_wrong_is_found(follow, blocks, message):
    with pytest.raises(Failed) as problem:
        follow(*blocks)
    assert message in str(problem.value)


def test_a_file_that_nobody_uses_is_found(follow):
    with pytest.raises(AssertionError, match="no snippet uses job.json"):
        follow(block("json title=job.json", JOB))


@pytest.mark.parametrize("left", [{}, {"web": "RUNNING"}, {"web": {"status": "DRAFT", "replicas": 2}}])
def test_an_effect_that_is_not_expected_is_found(follow, left):
    with pytest.raises(AssertionError):
        follow(account=[{"name": "web"}], left=left)


def test_a_file_that_is_not_made_is_found(follow):
    with pytest.raises(AssertionError):
        follow(made=["report.csv"])


def test_what_is_right_is_run_in_its_order(follow):
    outcomes = follow(
        block("json title=job.json", JOB),
        block("sh", "export GREETING=hello\nmkdir -p sub && cd sub\ncat ../job.json | tee copy.json"),
        block("json", '{"version": "9"}'),
        block("text", '..."type": ...'),
        block("sh", 'for word in $GREETING \\\n  world; do\n  echo "$word"\ndone\nfalse    # fails\ntest -e copy.json'),
        block("text", "hello\n...\nworld"),
        block("console", "$ echo one two three\none ... three"),
        block("sh", 'test -z "$GREETING" && test -e sub/copy.json', "<!-- in a new shell -->"),
        block("sh", "ansible-playbook nosana.cloud.scale -e scale_name=web", LEFT_OUT),
        block("text", "a --> b", "<!-- not run: a diagram -->"),
        made=["sub/copy.json"],
    )
    assert outcomes == [EXECUTED] * 2 + [CHECKED] * 2 + [EXECUTED, CHECKED] + [EXECUTED] * 2 + [NOT_RUN] * 2

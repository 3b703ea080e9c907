# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of a job: verdicts, times, logs; and answers that no server should give."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.nosana.cloud.plugins.module_utils._jobs import logs as job_logs
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import result as job_result

QUEUED, RUNNING, COMPLETED, STOPPED = range(4)
START, END = 1_785_000_000_000, 1_785_000_060_000


def op(name="train", exit_code=0, **more):
    reason = {"hostShutDown": False, "jobStopped": False, "jobExpired": False}
    state = {"operationId": name, "status": "success", "exitCode": exit_code, "startTime": START, "endTime": END}
    return {**state, "logs": [], "diagnostics": {"reason": reason}, **more}


def ended_by(key):
    return {"reason": {"hostShutDown": False, "jobStopped": False, "jobExpired": False, key: True}}


def answer(*ops, state=COMPLETED, status="success", **more):
    result = {"status": status, "startTime": START, "endTime": END, "opStates": list(ops)}
    return {"state": state, "timeStart": START // 1000, "timeEnd": END // 1000, "jobResult": result, **more}


def definition(*ids, **args):
    ops = [{"id": one, "type": "container/run", "args": {"image": "x", **args}} for one in ids]
    return {"version": "0.1", "type": "container", "ops": ops}


def out(text, kind="stdout"):
    return {"type": kind, "log": text, "timestamp": START}


# --- verdicts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_answer", "verdict", "reason"),
    [
        (answer(op()), "succeeded", None),
        (answer(op(), op("second")), "succeeded", None),
        (answer(op(), state="COMPLETED"), "succeeded", None),
        (answer(op(exit_code="0")), "succeeded", None),
        (answer(op(exit_code=0.0)), "succeeded", None),
        (answer(op(exit_code=None)), "succeeded", None),
        (answer(), "succeeded", None),
        (answer(op(), jobDefinition=definition("train")), "succeeded", None),
        (answer(op(), state=QUEUED), "unknown", "the job has not ended: it is QUEUED"),
        (answer(op(exit_code=1), state=RUNNING), "unknown", "the job has not ended: it is RUNNING"),
        (answer(state="SOMETHING"), "unknown", "the job has not ended: it is SOMETHING"),
        ({"state": COMPLETED, "jobResult": None}, "unknown", "its host has not posted the result"),
        ({"state": COMPLETED}, "unknown", "its host has not posted the result"),
        ({"state": COMPLETED, "jobResult": "x"}, "unknown", "the result that its host posted can't be read"),
        (answer(status=None), "unknown", "the result that its host posted names no operation"),
        ({"state": STOPPED, "jobResult": None}, "failed", "the job was stopped"),
        (answer(op(), state=STOPPED), "failed", "the job was stopped"),
        (answer(op(exit_code=1)), "failed", "operation train: it ended with exit code 1"),
        (answer(op(exit_code="137")), "failed", "operation train: it ended with exit code 137"),
        (answer(op(exit_code=-1)), "failed", "operation train: it ended with exit code -1"),
        (
            answer(op(), op("b", 2), op("c", 3), op("d", 4), op("e", 5)),
            "failed",
            "operation b: it ended with exit code 2; operation c: it ended with exit code 3; operation d: it ended "
            "with exit code 4; and 1 more",
        ),
        (
            answer(op(exit_code=None, status="failed", startTime=None)),
            "failed",
            "operation train: it did not run",
        ),
        (
            answer(op(exit_code=True, status="failed")),
            "failed",
            "operation train: it did not run to its end",
        ),
        (
            answer(op(exit_code=None, status="failed", error={"event": "image-pull", "message": "no such image"})),
            "failed",
            "operation train: it did not run to its end: image-pull: no such image",
        ),
        (
            answer(op(exit_code=None, startTime=0, error={"message": "no such image"})),
            "failed",
            "operation train: it did not run: no such image",
        ),
        (
            answer(op(exit_code=1, logs=[out("pulling\n"), out("pull access denied\n", "nodeerr")])),
            "failed",
            "operation train: it ended with exit code 1: pull access denied",
        ),
        (
            answer(op(exit_code=137, diagnostics={"state": {"OOMKilled": True}})),
            "failed",
            "operation train: it ran out of memory (exit code 137)",
        ),
        (
            answer(op(exit_code=None, diagnostics=ended_by("jobExpired"))),
            "failed",
            "operation train: it ran until the job's timeout",
        ),
        (
            answer(op(exit_code=0, diagnostics=ended_by("hostShutDown"))),
            "failed",
            "operation train: its host shut down (exit code 0)",
        ),
        (
            answer(op("a", None, diagnostics=ended_by("jobStopped")), op("b", 7)),
            "failed",
            "operation b: it ended with exit code 7; operation a: the job was stopped",
        ),
        (
            answer(op(), jobDefinition=definition("train", "test")),
            "failed",
            "the result says nothing of operation test",
        ),
        (answer(op(), status="failed"), "failed", "its host calls the job failed"),
        (answer(status="yaml-validation-error"), "failed", "its host calls the job yaml-validation-error"),
    ],
)
def test_verdict(given_answer, verdict, reason):
    result = job_result.read(given_answer)
    assert (result.verdict, result.reason) == (verdict, reason)


def test_errors_of_the_whole_job_are_a_reason():
    given_answer = answer(op())
    given_answer["jobResult"]["errors"] = [{"message": "no GPU"}, "disk full", 7, None]
    result = job_result.read(given_answer)
    assert (result.verdict, result.reason) == ("failed", "the host reports: no GPU; disk full")


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (0, "QUEUED"),
        (1, "RUNNING"),
        (2, "COMPLETED"),
        (3, "STOPPED"),
        (2.0, "COMPLETED"),
        ("3", "STOPPED"),
        ("RUNNING", "RUNNING"),
        ("running", "RUNNING"),
        (7, "7"),
        ("", "UNKNOWN"),
        (None, "UNKNOWN"),
        (True, "UNKNOWN"),
        ([], "UNKNOWN"),
        ("A\x1b[31mB\n", "A [31MB"),
    ],
)
def test_a_state_is_always_text(state, text):
    assert job_result.state_text(state) == text


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (1_785_000_000, "2026-07-25T17:20:00.000Z"),
        (1_785_000_000_250, "2026-07-25T17:20:00.250Z"),
        ("2026-07-25T17:20:00.000Z", "2026-07-25T17:20:00.000Z"),
        (0, None),
        (None, None),
        (-5, None),
        (True, None),
        (10**300, None),
        (float("nan"), None),
        (float("inf"), None),
        ("soon", None),
        ({}, None),
    ],
)
def test_times_are_text_in_one_form(time, text):
    assert job_result.time_text(time) == text


# --- what a result tells -------------------------------------------------------------------------------------------


def test_a_result_as_tasks_return_it():
    logs = [out("hello\n"), out("pull denied, trying again\n", "nodeerr"), out("careful\n", "stderr")]
    one = op(exit_code=3, status="failed", logs=logs, results={"loss": "0.25", "steps": ["1", "2"]})
    result = job_result.read(answer(one, status="failed"))
    assert result.as_dict() == {
        "verdict": "failed",
        "reason": "operation train: it ended with exit code 3: pull denied, trying again",
        "status": "failed",
        "start_time": "2026-07-25T17:20:00.000Z",
        "end_time": "2026-07-25T17:21:00.000Z",
        "operations": [
            {
                "id": "train",
                "status": "failed",
                "exit_code": 3,
                "start_time": "2026-07-25T17:20:00.000Z",
                "end_time": "2026-07-25T17:21:00.000Z",
                "results": {"loss": "0.25", "steps": ["1", "2"]},
            }
        ],
    }
    assert result.logs() == [
        {"operation": "train", "lines": ["host: pull denied, trying again", "hello", "careful"]},
    ]


def test_what_the_host_says_comes_first():
    logs = [out("a\n"), out("lost\n", "nodeerr"), out("b\n"), out("lost again\n", "nodeerr")]
    more = {"error": {"event": "e", "message": "m"}, "diagnostics": {"state": {"Error": "OCI: denied"}}}
    result = job_result.read(answer(op(exit_code=1, logs=logs, **more)))
    lines = ["host: e: m", "host: OCI: denied", "host: lost", "host: lost again", "a", "b"]
    assert result.logs() == [{"operation": "train", "lines": lines}]


@pytest.mark.parametrize(
    ("most", "lines"),
    [(1, ["host: lost"]), (2, ["host: lost", "9"]), (4, ["host: lost", "7", "8", "9"])],
)
def test_of_a_long_log_the_hosts_lines_are_kept(most, lines):
    logs = [out("%d\n" % number) for number in range(10)] + [out("lost\n", "nodeerr")]
    assert job_result.read(answer(op(exit_code=1, logs=logs))).logs(most) == [{"operation": "train", "lines": lines}]


def test_an_operation_without_a_name_is_numbered():
    result = job_result.read(answer(op(), op(name=None), op(name=5)))
    assert [one.id for one in result.operations] == ["train", "number 2", "number 3"]


def test_secrets_of_the_definition_are_masked_wherever_they_show():
    token = "s3cret-of-the-job"
    one = op("train", 1, logs=[out("using %s\n" % token), out("bad %s" % token, "nodeerr")], results={"got": token})
    one["error"] = {"message": "refused " + token}
    result = job_result.read(answer(one, jobDefinition=definition("train", env={"API_TOKEN": token})))
    assert token not in repr(result)
    assert result.definition["ops"][0]["args"]["env"] == {"API_TOKEN": "<VALUE_HIDDEN_1>"}
    assert result.operations[0].lines == ("using <VALUE_HIDDEN_1>",)
    assert result.reason.endswith("refused <VALUE_HIDDEN_1>")
    assert token not in " ".join(job_result.last_lines(result, 5))


def test_a_secret_of_several_lines_is_masked_too():
    key = "-----BEGIN PRIVATE KEY-----\nAAAA\nBBBB\n-----END PRIVATE KEY-----"
    one = op(logs=[out("my key:\n" + key + "\ndone\n")])
    result = job_result.read(answer(one, jobDefinition=definition("train", env={"PRIVATE_KEY": key})))
    assert result.operations[0].lines == ("my key:", "<VALUE_HIDDEN_1>", "done")


# --- lines for messages --------------------------------------------------------------------------------------------


def test_last_lines_are_those_of_the_operation_that_failed():
    ops = [
        op("a", logs=[out("fine\n")]),
        op("b", 1, logs=[out("one\n\ntwo\nthree\n")]),
        op("c", None, logs=[out("cut off\n")], diagnostics=ended_by("jobStopped")),
    ]
    result = job_result.read(answer(*ops))
    assert job_result.last_lines(result, 2) == ["two", "three"]
    assert job_result.last_lines(result, 9) == ["one", "two", "three"]
    assert job_result.last_lines(result, 0) == []


def test_last_lines_begin_with_the_hosts_complaint():
    logs = [out("one\n"), out("two\n"), out("pull denied\n", "nodeerr")]
    result = job_result.read(answer(op(exit_code=1, logs=logs)))
    assert job_result.last_lines(result, 1) == ["pull denied"]
    assert job_result.last_lines(result, 2) == ["pull denied", "two"]
    assert job_result.last_lines(result, 3) == ["pull denied", "one", "two"]
    assert job_result.last_lines(result, 4) == ["pull denied", "one", "two"]


def test_last_lines_without_a_failure_are_those_of_the_last_that_wrote():
    result = job_result.read(answer(op("a", logs=[out("x\n")]), op("b", logs=[out("y\n")]), op("c")))
    assert job_result.last_lines(result, 3) == ["y"]
    assert job_result.last_lines(job_result.read(None), 3) == []


def test_last_lines_are_short():
    [line] = job_result.last_lines(job_result.read(answer(op(exit_code=1, logs=[out("x" * 5000)]))), 3)
    assert len(line) <= 200


# --- log text ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain\nlines\n", "plain\nlines\n"),
        ("windows\r\nlines\r\n", "windows\nlines\n"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[Hcleared", "cleared"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b31mred", "red"),
        ("an unfinished \x1b[", "an unfinished "),
        ("\x1b", ""),
        ("10%\r20%\r30%\ndone", "30%\ndone"),
        ("10%\r20%\r", "20%"),
        ("a\tb", "a       b"),
        ("null\x00bell\x07back\x08", "nullbellback"),
        ("hidden\u202eright to left", "hiddenright to left"),
        ("a\u00a0b\u2003c", "a b c"),
        ("half a pair \ud800", "half a pair "),
        ("one\u2028line\x85here", "onelinehere"),
        ("äöü 漢字 🙂", "äöü 漢字 🙂"),
    ],
)
def test_control_codes_are_taken_out(text, cleaned):
    assert job_logs.clean(text) == cleaned


@pytest.mark.parametrize(
    ("logs", "text"),
    [
        ([out("a\n"), out("b\n")], "a\nb\n"),
        ([out("hal"), out("f a line\n"), out("next\n")], "half a line\nnext\n"),
        ([out("out"), out("err\n", "stderr"), out("out again\n")], "out\nerr\nout again\n"),
        ([out("no"), out("line"), out("breaks")], "no\nline\nbreaks"),
        ([out("typed", "stdin"), out("shown\n")], "shown\n"),
        ([None, 5, {}, {"type": "stdout"}, {"log": "x"}, {"type": "stdout", "log": None}, out("x\n")], "x\n"),
        ("no list", ""),
        (None, ""),
    ],
)
def test_pieces_and_lines_are_put_together(logs, text):
    assert job_logs.output(logs) == text


def test_only_the_last_lines_are_kept_and_the_rest_is_counted():
    many = "".join("line %d\n" % number for number in range(job_logs.MAX_LINES + 7))
    lines = job_logs.lines_of(many, str)
    assert lines[0] == "(7 earlier lines left out)"
    assert lines[1] == "line 7"
    assert len(lines) == job_logs.MAX_LINES + 1


def test_what_is_beyond_all_bounds_is_counted_too():
    text = "early\n" * 10 + "x" * job_logs.MAX_READ + "\nlast"
    lines = job_logs.lines_of(text, str)
    assert lines[0] == "(10 earlier lines left out)"
    assert lines[-1] == "last"


def test_all_lines_together_are_bounded():
    lines = job_logs.lines_of(("y" * 1999 + "\n") * 400, str)
    assert sum(map(len, lines)) <= job_logs.MAX_CHARACTERS + 100
    assert lines[0] == "(375 earlier lines left out)"


def test_a_long_line_is_cut_with_a_note():
    [line] = job_logs.lines_of("z" * (job_logs.MAX_LINE + 5), str)
    assert line == "z" * job_logs.MAX_LINE + " (5 characters left out)"


# --- hostile answers -----------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ANYTHING = st.fixed_dictionaries(
    {},
    optional={
        "operationId": JSON,
        "status": JSON | st.just("success"),
        "exitCode": JSON | st.sampled_from([0, 1, "0"]),
        "startTime": JSON,
        "endTime": JSON,
        "logs": JSON | st.lists(st.fixed_dictionaries({"type": st.sampled_from(["stdout", "nodeerr"]), "log": JSON})),
        "results": JSON | st.dictionaries(st.text(), JSON),
        "error": JSON | st.fixed_dictionaries({"message": JSON}),
        "diagnostics": JSON | st.fixed_dictionaries({"reason": JSON, "state": JSON}),
    },
)
ANSWERS = JSON | st.fixed_dictionaries(
    {"state": JSON | st.sampled_from([0, 1, 2, 3])},
    optional={
        "timeStart": JSON,
        "jobDefinition": JSON | st.fixed_dictionaries({"ops": JSON}),
        "jobResult": JSON
        | st.fixed_dictionaries(
            {"opStates": JSON | st.lists(ANYTHING, max_size=3)}, optional={"status": JSON, "errors": JSON}
        ),
    },
)


@given(ANSWERS)
def test_no_answer_is_too_odd(given_answer):
    result = job_result.read(given_answer)
    assert result.verdict in ("succeeded", "failed", "unknown")
    assert (result.reason is None) == (result.verdict == "succeeded")
    lines = [line for log in result.logs() for line in log["lines"]] + job_result.last_lines(result, 3)
    shown = lines + [result.state, result.reason or "", result.status or ""] + [one.id for one in result.operations]
    assert not [line for line in shown if any(unicodedata.category(character)[0] == "C" for character in line)]
    json.dumps([result.as_dict(), result.logs()], allow_nan=False).encode()


def test_a_definition_nested_without_end_is_left_out():
    nested = {}
    for _depth in range(5000):
        nested = {"ops": nested}
    result = job_result.read(answer(op(), jobDefinition=nested))
    assert (result.verdict, result.definition) == ("succeeded", None)


@pytest.mark.parametrize("value", [[[]] * 3, {"a": {"b": 1}}, 10**300, float("nan")])
def test_results_of_any_type_are_shown_somehow(value):
    result = job_result.read(answer(op(results={"odd": value, "none": None, "number": 1.5})))
    shown = result.operations[0].results
    assert shown["none"] is None and shown["number"] == 1.5
    json.dumps(shown, allow_nan=False)

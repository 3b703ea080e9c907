# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results and logs of jobs as files: which there are for a job, and writing those that differ from what is there."""

from __future__ import annotations

import json
import os
import re

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import InvalidOptions, NoSuch, NotFound
from ansible_collections.nosana.cloud.plugins.module_utils._api.filters import refuse_no_id
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import result as job_result
from ansible_collections.nosana.cloud.plugins.module_utils._jobs.find import check_address
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import joined_problems

RESULT = "result.json"
#: Characters of the name of a log, and bytes of the longest name that file systems take.
_LOG, _LONGEST = 100, 255
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def checked(jobs):
    """The items of the option, each with a folder. Raises InvalidOptions where one can't be, or two are the same."""
    items, problems = [], []
    for index, given in enumerate(jobs):
        item = dict(given, folder=given.get("folder") or given["job"])
        try:
            refuse_no_id(item, "deployment_id")
            check_address(item["job"], "job")
            _check_folder(item["folder"], [one["folder"] for one in items])
        except InvalidOptions as problem:
            problems.append("jobs[%d]: %s" % (index, problem))
        items.append(item)
    if problems:
        raise InvalidOptions(joined_problems(problems))
    return items


def _check_folder(folder, others):
    is_name = folder not in (".", "..") and folder.isprintable() and not set(folder) & set("/\\")
    if not is_name or len(folder.encode(errors="replace")) > _LONGEST:
        raise InvalidOptions("folder: must be the name of a folder in dest, without slashes")
    if folder in others:
        raise InvalidOptions("folder: another job is written to it already")


def read(client, item):
    """The JobResult of an item. Raises NoSuch for a job that the deployment does not have."""
    try:
        answer = client.call("get_job", id=item["deployment_id"], job=item["job"])
    except NotFound:
        raise NoSuch(
            "jobs: deployment %s has no job %s (nosana_job_info lists them)" % (item["deployment_id"], item["job"])
        ) from None
    return job_result.read(answer)


def files_of(item, result):
    """The files of a job that has ended, as ``{name in its folder: text}``; none until its result is posted."""
    if result.verdict == job_result.UNKNOWN:
        return {}
    told = {"job": item["job"], "deployment": item["deployment_id"], "state": result.state, **result.as_dict()}
    if item.get("parameters"):
        told = {"parameters": item["parameters"], **told}
    files = {RESULT: json.dumps(told, indent=2, ensure_ascii=False) + "\n"}
    for operation in result.operations:
        files[_log_name(operation.id, files)] = "".join(line + "\n" for line in operation.log())
    return files


def _log_name(operation, files):
    """The file of an operation. Hosts name the operations in their results: no name may lead elsewhere."""
    name = _NOT_IN_NAMES.sub("-", operation).lstrip(".")[:_LOG] or "operation"
    number, free = 1, name + ".log"
    while free in files:
        number += 1
        free = "%s-%d.log" % (name, number)
    return free


def present(path):
    """The text of a file; None where there is none. Raises InvalidOptions where it can't be read."""
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise _unusable(path, problem) from None


def write_all(files):
    """Writes files, ``[(path, text)]``, each as a whole: whoever reads one sees the old one or the new one.

    Raises InvalidOptions where one can't be written; its result says whether others were before.
    """
    for number, (path, text) in enumerate(files):
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path + ".part", "w", encoding="utf-8", errors="replace", newline="") as file:
                file.write(text)
            os.replace(path + ".part", path)
        except OSError as problem:
            failure = _unusable(path, problem)
            failure.result["changed"] = number > 0
            raise failure from None


def _unusable(path, problem):
    return InvalidOptions("dest: %s can't be used: %s" % (path, problem.strerror or type(problem).__name__))

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds jobs: those of a deployment, or one by its address; and reads what else is asked of each. Reads only."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api import answers
from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import (
    BadAnswer,
    InvalidOptions,
    NoSuch,
    NotFound,
    Refused,
)
from ansible_collections.nosana.cloud.plugins.module_utils._api.filters import refuse_no_id, refuse_no_results
from ansible_collections.nosana.cloud.plugins.module_utils._api.readers import Readers
from ansible_collections.nosana.cloud.plugins.module_utils._jobs import result as job_result
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d

STATES = ("QUEUED", "RUNNING", "COMPLETED", "STOPPED")
#: What can be read of each job, all of it with one request for each job.
INCLUDES = ("definition", "result", "logs")
#: Lines of each operation that logs have, where a task does not say, and at most.
TAIL, LONGEST_TAIL = 100, 10_000


def find(client, filters):
    """The jobs that match all the filters (a dict of the info module's options), newest first."""
    _check(filters)
    wanted, most = filters.get("include") or [], filters.get("max_results")
    tail = filters.get("tail") or TAIL
    if filters.get("deployment_id"):
        try:
            found = _of_deployment(client, filters)
        except NotFound:
            raise NoSuch(
                "deployment_id: no deployment of this account is %s. nosana_deployment_info lists all."
                % filters["deployment_id"]
            ) from None
        readers, found = Readers(client), found[:most]
        return readers.each(lambda job: include(readers.client, job, wanted, tail), found) if wanted else found
    answer = job_at(client, filters["job"])
    if answer is None or not _is_wanted(answer, filters):
        return []
    return [include(client, described(client, filters["job"], answer), wanted, tail, answer)]


def described(client, address, answer):
    """A job as tasks return it, from the API's answer on its address, with what its deployment lists of it.

    A job names its deployment in its definition, which the API does not show of a confidential one: then, and for jobs
    of other accounts, ``deployment`` is None.
    """
    deployment_id = deployment_of(answer)
    listed = _listed(client, deployment_id, address) if deployment_id else None
    return dict(listed or {}, **from_chain(address, answer, (listed or {}).get("deployment")))


def job_at(client, address):
    """The API's answer on the job of an address, None when it knows none."""
    try:
        answer = client.call("get_job_by_address", job=address)
    except Refused as problem:
        if answers.says_missing(problem, "job"):
            return None
        raise
    if not isinstance(answer, dict) or answer.get("state") is None:
        raise BadAnswer("GET /jobs/%s: the server's answer is no job; check api_url" % address)
    return answer


def deployment_of(answer):
    """The id of the deployment that a job says it belongs to, None where it does not say."""
    definition = answer.get("jobDefinition")
    named = [answer.get("deployment"), definition.get("deployment_id") if isinstance(definition, dict) else None]
    return next((one for one in named if isinstance(one, str) and d.is_id(one)), None)


def from_chain(address, answer, deployment_id):
    """A job as tasks return it, from the API's answer on its address and the id of its deployment (None: not known)."""
    return {
        "job": address,
        "deployment": deployment_id,
        "state": job_result.state_text(answer.get("state")),
        "market": answer.get("market"),
        "node": d.node_of(answer),
        "time_start": answer.get("timeStart"),
        "time_end": answer.get("timeEnd"),
        "timeout": answer.get("timeout"),
    }


def include(client, job, what, tail=TAIL, answer=None):
    """The job with what ``what`` (of INCLUDES) names added; secrets of its definition are masked in all of it.

    ``tail`` is how many lines of each operation the logs have at most, ``answer`` the API's on the job's address, for
    jobs whose deployment is not known.
    """
    if not what:
        return job
    if job.get("deployment"):
        answer = client.call("get_job", id=job["deployment"], job=job["job"])
    read = job_result.read(answer, tail)
    more = {"definition": lambda: read.definition, "result": read.as_dict}
    found = dict(job, **{name: more[name]() for name in what if name in more})
    return dict(found, **_logs(client, job, answer, read, tail)) if "logs" in what else found


def _logs(client, job, answer, read, tail):
    """``logs``, and ``logs_problem``, which says why there are none."""
    if read.state == "RUNNING":
        from ansible_collections.nosana.cloud.plugins.module_utils._jobs import live

        logs, problem = live.read(client, job, answer, tail)
    else:
        logs = read.logs()
        problem = None if logs else _why_none(job, read)
    return {"logs": logs, "logs_problem": problem}


def _why_none(job, read):
    """Why a job that does not run has no logs."""
    if read.state == "QUEUED":
        return "no host has taken the job yet"
    if not job.get("deployment") and read.definition is None:
        return "by its address alone, the API shows no log of a confidential job: give deployment_id as well"
    if job.get("node") is None:
        return "no host ever had the job"
    return read.reason if read.verdict == job_result.UNKNOWN else "its host has not posted the result"


def _of_deployment(client, filters):
    deployment_id, address = filters["deployment_id"], filters.get("job")
    query = {"state": ",".join(filters["state"])} if filters.get("state") else {}
    query.update({"job": address} if address else {})
    found = client.pages(
        "list_jobs",
        "jobs",
        query,
        at_least=1 if address else filters.get("max_results"),
        keep=lambda one: _is_wanted(one, filters) and address in (None, one.get("job")),
        id=deployment_id,
    )
    found = [_in_words(one, deployment_id) for one in found]
    return sorted(found, key=lambda one: d.seconds_of(one.get("created_at")) or 0.0, reverse=True)


def _in_words(job, deployment_id):
    return dict(job, deployment=deployment_id, state=job_result.state_text(job.get("state")), node=d.node_of(job))


def _is_wanted(job, filters):
    return not filters.get("state") or job_result.state_text(job.get("state")) in filters["state"]


def _listed(client, deployment_id, address):
    """What a deployment of this account lists of a job, None when it is of another account, or does not list it."""
    try:
        found = _of_deployment(client, {"deployment_id": deployment_id, "job": address})
    except NotFound:
        return None
    return found[0] if found else None


def _check(filters):
    refuse_no_id(filters, "deployment_id")
    if filters.get("job") is not None:
        check_address(filters["job"], "job")
    refuse_no_results(filters)
    tail = filters.get("tail")
    if tail is not None and not 1 <= tail <= LONGEST_TAIL:
        raise InvalidOptions("tail: must be from 1 to %d, not %d" % (LONGEST_TAIL, tail))


def check_address(address, option):
    """Raises InvalidOptions for what can't be the address of a job."""
    if not d.is_address(address):
        raise InvalidOptions("%s: %r is no job's address (32 to 44 base58 characters)" % (option, address))

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What waits say: what was seen last, in one line. Reads the market's name and the last events, and changes nothing."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._api.errors import NosanaError
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._model.text import printable

#: Events that a failure quotes.
QUOTED_EVENTS = 3
#: Lines of a job's log that a failure quotes, and seconds that reading them may delay it.
QUOTED_LINES = 3
LOG_TAKES = 4.0
#: Seconds that a job without an endpoint has to run until its revision counts as one that works.
RUNS_FOR = 10.0
#: Events that tell whether the server waits for a free host.
EVENTS_TO_TELL = 20
#: The event of a server that has no free host: the jobs wait, and it is asked again.
NO_HOST = "JOB_RESERVE_WAITING"


def status_summary(watch, seen):
    """The status, how many of how many jobs run and where, and the last events. ``seen``: see ``counts``."""
    return "%s in %s; %s" % (counts(watch, seen), market_name(watch), last_events(watch))


def counts(watch, seen):
    """The status and how many jobs run; ``seen`` (a goal.Seen) is what else the last look found."""
    jobs = watch.current_jobs()
    running, queued, ended = (
        sum(job.get("state") == state for job in jobs) for state in ("RUNNING", "QUEUED", "COMPLETED")
    )
    text = "%s, %d of %d jobs running" % (watch.status, running, watch.replicas)
    text += " and %d queued" % queued if queued else ""
    text += ", %d ended" % ended if ended else ""
    text += ", no free host, waiting since %s" % seen.no_host_since[11:19] if seen.no_host_since else ""
    text += ", no result yet of job %s" % ", ".join(seen.without_result) if seen.without_result else ""
    text += ", running for less than %d s: %s" % (RUNS_FOR, ", ".join(seen.young)) if seen.young else ""
    text += ", endpoints not ready: %s" % ", ".join(seen.not_ready) if seen.not_ready else ""
    return text


def market_name(watch):
    """The slug and the address of the deployment's market, the address alone where the slug can't be read."""
    address = str(watch.deployment.get("market"))
    try:
        market = watch.client.call("get_market", market=address)
    except NosanaError:
        return address
    slug = market.get("slug") if isinstance(market, dict) else None
    return "%s (%s)" % (printable(slug, 60), address) if slug else address


def last_events(watch):
    """The last events, newest first."""
    try:
        events = watch.events(QUOTED_EVENTS)
    except NosanaError as problem:
        return "the last events can't be read (%s)" % problem
    if not events:
        return "no events yet"
    quoted = "; ".join(
        "%s %s: %s"
        % (
            str(event.get("created_at"))[11:19],
            printable(event.get("type"), 60),
            printable(event.get("message"), 160).rstrip("."),
        )
        for event in events
    )
    return "last event%s: %s" % ("s, newest first" if len(events) > 1 else "", quoted)


def log_end(watch):
    """The last lines of a job that runs, as the end of a sentence; empty where none can be had within moments."""
    running = [job for job in watch.current_jobs() if job.get("state") == "RUNNING"]
    if not running:
        return ""
    from ansible_collections.nosana.cloud.plugins.module_utils._api import transport
    from ansible_collections.nosana.cloud.plugins.module_utils._jobs import live

    try:
        lines = transport.within(LOG_TAKES, live.last_lines_of, watch.client, watch.id, running[0], QUOTED_LINES)
    except Exception:  # whatever it is, it must not take the place of the failure that is told
        return ""
    return "; the log of job %s ends: %s" % (running[0].get("job"), " | ".join(lines)) if lines else ""


def no_host_since(events):
    """When (as the API writes it) the server began to wait for a free host; None when it does not, by its events.

    ``events`` are the newest first.
    """
    since = None
    for event in events:
        if event.get("type") != NO_HOST:
            break
        since = event.get("created_at")
    return since if isinstance(since, str) else None


def remedy(watch):
    """What to do about a status in which a start can't succeed."""
    stop, again = d.task(id=watch.id, state="stopped"), d.task(id=watch.id, state="restarted")
    remedies = {
        d.INSUFFICIENT_FUNDS: "It goes on by itself once the account has credits. This gives up: %s. This tries again "
        "at once: %s." % (stop, again),
        d.ERROR: "Correct what the events name. This ends what still runs: %s. This tries again: %s." % (stop, again),
        d.ARCHIVED: "Somebody archived it: an archived one never runs again.",
    }
    return remedies[watch.status]

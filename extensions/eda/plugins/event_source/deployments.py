# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: deployments
short_description: Receive an event when the status of a Nosana deployment changes
version_added: 1.0.0
author:
  - Nosana Ansible contributors (@nosana-ci)
description:
  - Watches the deployments of a Nosana account, and sends an event for each change of a status. It only reads.
  - The first poll sends an event for each deployment that is not ARCHIVED, with C(was) being null. After that, only a
    new status is a change. A deployment that is created later has C(was) null in its first event.
  - It polls every O(interval) seconds. If the server has event streams, it also polls within seconds after a change
    that they report. A status that is over before the next poll is not seen.
  - Each change is sent once, as long as ansible-rulebook runs. After a restart of ansible-rulebook, the first poll
    sends each deployment again. C(change_id) stays the same, unless something else of the deployment was changed
    meanwhile.
  - An event holds C(event.nosana) with C(id), C(name), C(status), C(was) (the status before), C(times_within_hour) (how
    often it got this status within the last hour, this time included), C(change_id), and C(deployment) (all fields, as
    M(nosana.cloud.nosana_deployment_info) returns them).
  - A deleted deployment sends an event whose status is null. One that is renamed so that O(name_prefix) does not match
    any more is forgotten without an event.
  - Nothing that the server does ends it. An outage, a refused key and answers that make no sense are logged once, and
    once more when they are over. What changed meanwhile is then sent.
options:
  api_key:
    description:
      - The API key of the Nosana account, which begins with V(nos_). It is required, and never shown. Take it from a
        variable that comes from C(--vars) or C(--env-vars); don't write it into the rulebook.
      - By default, the environment variable E(NOSANA_API_KEY) is used.
      - In this and in all other options of this source, empty text counts as unset. An empty environment variable does
        as well.
    type: str
  api_url:
    description:
      - The address of the API, with or without a trailing slash. V(https://api.nosana.com) works as well. Plain V(http)
        is only allowed for addresses of the machine itself, such as that of a simulator.
      - By default, the environment variable E(NOSANA_API_URL) is used, else the vendor's address.
    type: str
    default: https://dashboard.k8s.prd.nos.ci/api
  validate_certs:
    description:
      - Whether to check the server's certificate. A warning is logged when it is not checked.
      - By default, the environment variable E(NOSANA_VALIDATE_CERTS) is used, else the certificate is checked.
    type: bool
    default: true
  ca_path:
    description:
      - The path of a file (or folder) with the certificates of the authorities to trust.
      - By default, the environment variable E(NOSANA_CA_PATH) is used, else the authorities that the Python library
        C(requests) ships.
    type: path
  api_timeout:
    description:
      - How long one request may take, in seconds. At least 1.
      - By default, the environment variable E(NOSANA_API_TIMEOUT) is used, else 30 seconds.
    type: int
    default: 30
  api_retries:
    description:
      - How often to repeat a request after a temporary failure, before it counts as an outage.
      - By default, the environment variable E(NOSANA_API_RETRIES) is used, else 5.
    type: int
    default: 5
  status:
    description:
      - The statuses to send events for. An event is sent when a deployment gets one of them, whatever its status was
        before. C(was) is that earlier status, also if it is none of these.
      - By default, every new status is sent, also one that this version does not know, and deletions.
    type: list
    elements: str
    choices: [DRAFT, STARTING, RUNNING, STOPPING, STOPPED, INSUFFICIENT_FUNDS, ERROR, ARCHIVED]
  name_prefix:
    description:
      - The beginning of the names of the deployments to watch. Case matters.
      - By default, deployments with any name are watched.
    type: str
  interval:
    description:
      - Seconds from one poll to the next, at least 1. A poll takes one request for each 100 deployments.
      - If the server has event streams, the next poll comes earlier when they report something, but not earlier than
        two seconds after the last one.
    type: int
    default: 10
requirements:
  - python >= 3.11
  - ansible-core >= 2.16 and requests (Python library), where ansible-rulebook runs
"""

EXAMPLES = r"""
- name: Say what fails
  hosts: localhost
  sources:
    - name: Deployments that fail
      nosana.cloud.deployments:
        status:
          - ERROR
          - INSUFFICIENT_FUNDS
        name_prefix: prod-
        interval: 10
  rules:
    - name: A deployment has failed
      condition: event.nosana.times_within_hour >= 1
      action:
        debug:
          msg: "{{ event.nosana.name }} has failed {{ event.nosana.times_within_hour }} times within an hour"
"""

import asyncio
import contextlib
import logging
import sys
import threading
from pathlib import Path
from typing import Any

# ansible-rulebook runs this file by its path, and knows no collections as Python packages. absolute(), as resolve()
# would leave the collections' folder where the collection is a symbolic link in it.
COLLECTIONS = str(Path(__file__).absolute().parents[7])
if COLLECTIONS not in sys.path:
    sys.path.insert(0, COLLECTIONS)

LOGGER = logging.getLogger("nosana.cloud.deployments")


async def main(queue: asyncio.Queue, args: dict[str, Any]) -> None:
    """Puts events into the queue until it is cancelled. Raises an exception, before any request, for wrong options."""
    try:
        from ansible_collections.nosana.cloud.plugins.module_utils._events.options import Options
        from ansible_collections.nosana.cloud.plugins.module_utils._events.watcher import Watcher

        options = Options(args)
    except ImportError as problem:
        needed = "nosana.cloud.deployments: ansible-core is needed in the Python that runs ansible-rulebook (%s): %s"
        raise RuntimeError(needed % (sys.executable, problem)) from None
    except Exception as problem:  # ansible-rulebook logs each place of a traceback: none of them helps here
        raise problem.with_traceback(None) from None
    if not options.checks_certificates:
        LOGGER.warning(options.told("validate_certs is false: anybody between this host and the API can read the key"))
    watcher = Watcher(options, lambda text: LOGGER.warning(options.told(text)))
    try:
        while True:
            for event in await _in_thread(watcher.events):
                await queue.put(event)
    finally:
        watcher.stop()


async def _in_thread(work):
    """What ``work()`` returns or raises, in a thread that nobody has to wait for: at the end of the process, those of
    asyncio are waited for, and a request may take half a minute."""
    loop = asyncio.get_running_loop()
    outcome = loop.create_future()

    def run():
        try:
            found, problem = work(), None
        except BaseException as raised:  # also what is no error: it belongs to whoever waits
            found, problem = None, raised
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(settle, found, problem)

    def settle(found, problem):
        if outcome.cancelled():
            return
        if problem is None:
            outcome.set_result(found)
        else:
            outcome.set_exception(problem)

    threading.Thread(target=run, name="nosana.cloud.deployments", daemon=True).start()
    return await outcome

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the event source as ansible-rulebook does: by its path, with a queue, until it is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import runpy

from .playbooks import CLONE

FOLDER = CLONE / ".ansible" / "collections" / "ansible_collections" / "nosana" / "cloud" / "extensions" / "eda"
PLUGIN = FOLDER / "plugins" / "event_source" / "deployments.py"
KEY = "nos_events_0123456789"
#: Seconds (real ones) that an event may take, on however busy a machine.
PATIENCE = 60


def source():
    """What the file of the source defines."""
    return runpy.run_path(str(PLUGIN))


class Source:
    """The source at work. Events are dicts, without the key that they are below."""

    def __init__(self, queue, task):
        self._queue = queue
        self._task = task

    async def next(self, count=None):
        """The next event, or a list of so many of them. Raises what ended the source if it does not run any more."""
        if count is not None:
            return [await self.next() for _each in range(count)]
        getting = asyncio.ensure_future(self._queue.get())
        await asyncio.wait([getting, self._task], timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if not getting.done():
            getting.cancel()
            if self._task.done():
                self._task.result()
            raise AssertionError("no event within %d s" % PATIENCE)
        [(key, event)] = getting.result().items()
        assert key == "nosana"
        return event

    def is_quiet(self):
        """Whether there is no event that nobody has taken."""
        return self._queue.empty() and not self._task.done()

    def cancel(self):
        self._task.cancel()
        return self._task


@contextlib.asynccontextmanager
async def running(server, **options):
    """A Source on this server, with options of the rulebook."""
    queue = asyncio.Queue()
    main = source()["main"]
    task = asyncio.ensure_future(main(queue, {"api_url": server.api_url, "api_key": KEY, **options}))
    try:
        yield Source(queue, task)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition, what):
    """Waits until ``condition()`` is true."""
    for _look in range(PATIENCE * 50):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("%s did not come within %d s" % (what, PATIENCE))


async def looks(server, count=2):
    """Waits until the source has looked so many times more, from now on."""
    seen = number_of_looks(server)
    await until(lambda: number_of_looks(server) >= seen + count, "%d looks" % count)


def number_of_looks(server):
    return sum(one["operation"] == "list" and one["method"] == "GET" for one in server.requests())

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells docs/story.md: the snippets are those of the page, and here stands what must have come of each part of it."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request

import pytest
import runs

from .events import running
from .inprocess import live, running_images
from .playbooks import SPEED
from .snippets.reader import Reader
from .snippets.report import PROPERTY, told
from .test_snippets import PAGES, STORY

OLD = "docker.io/library/nginx:1.29"


class Story:
    """The page and the simulator that it starts."""

    def __init__(self, reader):
        self._reader = reader
        self._left = list(PAGES[STORY])
        self.api_url = "http://127.0.0.1:%d/api" % reader.sandbox.port

    def tell(self, section):
        """Runs the snippets of the next part."""
        part = [snippet for snippet in self._left if snippet.section == section]
        assert part and self._left[: len(part)] == part, "the parts come in another order"
        self._left = self._left[len(part) :]
        self._reader.follow(part)

    def end(self):
        """All must have been told, and each file used; returns what became of the snippets."""
        assert self._left == []
        self._reader.end()
        return self._reader.outcomes

    def answers(self):
        """Whether the simulator still runs."""
        try:
            self.account()
        except urllib.error.URLError:
            return False
        return True

    def account(self):
        """What the simulator has, by name."""
        return {one["name"]: one for one in self._control("state")["deployments"]}

    def statuses(self):
        return {name: one["status"] for name, one in self.account().items()}

    def changes(self):
        """The requests so far that the simulator did and that could change something."""
        return [one for one in self._control("requests")["requests"] if one["mutating"] and one["accepted"]]

    def requests(self):
        return self._control("requests")["requests"]

    def market_of(self, name):
        with self._open(self.api_url + "/markets/") as answer:
            slugs = {one["address"]: one["slug"] for one in json.load(answer)}
        return slugs[self.account()[name]["market"]]

    def _control(self, path):
        with self._open(self.api_url.replace("/api", "/_control/") + path) as answer:
            return json.load(answer)

    @staticmethod
    def _open(url):
        request = urllib.request.Request(url, headers={"Authorization": "Bearer nos_story"})
        return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60)


@pytest.fixture
def story(simulator, tmp_path):
    reader = Reader(tmp_path, simulator(), {})
    try:
        yield Story(reader)
    finally:
        reader.sandbox.close()


async def event_of(story, section):
    """What the event source tells while the next part happens."""
    async with running(story, name_prefix="story-") as source:
        await source.next(len(story.account()))  # the first look tells of all there are
        await asyncio.to_thread(story.tell, section)
        return await source.next()


def test_the_story(story, runs_file, monkeypatch, record_property):
    monkeypatch.setenv("NOSANA_SIMULATOR_SPEED", str(SPEED))

    story.tell("An empty account")
    assert story.account() == {}

    story.tell("A fleet of three in one task")
    fleet = dict.fromkeys(["story-api", "story-search", "story-web"], "RUNNING")
    assert story.statuses() == fleet
    assert sorted(one["operation"] for one in story.changes()) == ["create"] * 3 + ["start"] * 3

    story.tell("Deployments as hosts")
    assert len(story.changes()) == 6

    story.tell("A bad version that goes back")
    web = story.account()["story-web"]
    assert (web["status"], len(web["revisions"]), web["active_revision"]) == ("RUNNING", 2, 1)
    assert running_images(web) == [OLD, OLD]

    story.tell("A market without a host")
    assert story.statuses() == fleet | {"story-images": "RUNNING"}
    assert story.market_of("story-images") == "nvidia-4090"

    event = asyncio.run(event_of(story, "A service that fails"))
    api = story.account()["story-api"]
    assert (event["id"], event["was"], event["status"]) == (api["id"], "RUNNING", "ERROR")

    story.tell("An event that restarts")
    again = story.account()["story-api"]
    assert again["status"] == "RUNNING"
    assert len(live(again)) == 1 and live(again) != live(api)

    story.tell("A budget that stops")
    story.tell("A report")
    assert story.statuses() == fleet | {"story-images": "STOPPED"}

    story.tell("All taken down")
    assert story.account() == {}
    noted = runs.noted(runs_file)
    actions = [action for run in noted if not run["check"] for action in run.get("actions", [])]
    assert len(story.changes()) == len(actions) > 20
    assert runs.broken_promises(noted, story.requests()) == []

    story.tell("The end")
    assert not story.answers()
    record_property(PROPERTY, told(story.end()))

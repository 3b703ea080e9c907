# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin's cache: used, refreshed when asked, no answer to another question, and without the key."""

from __future__ import annotations

import json
import os
import time

import pytest

from .inventories import KEY, listing, play, run_play, seed, source

#: The requests of one reading: the list of deployments, and the markets for their slugs.
READ = 2


@pytest.fixture
def server(fast_server):
    fast_server.reset(release="current")
    seed(fast_server, {"name": "web", "status": "RUNNING"}, {"name": "draft"})
    fast_server.forget_requests()
    return fast_server


def cached(folder, **options):
    """A source with a cache on the disk."""
    place = {"cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(folder / "cache")}
    return source(folder, **{"cache": True, **place, **options})


def files(folder):
    return sorted(path for path in (folder / "cache").iterdir() if path.is_file())


def requests(server):
    """The number of requests since it was last asked."""
    count = len(server.requests())
    server.forget_requests()
    return count


def test_a_second_run_asks_nothing_and_gives_the_same(server, tmp_path):
    path = cached(tmp_path, cache_prefix="mine_", compose={"again": "nosana_name"})
    first = listing(server, path)
    assert requests(server) == READ
    assert listing(server, path) == first
    assert requests(server) == 0
    kept = files(tmp_path)
    assert len(kept) == 1 and kept[0].name.startswith("mine_")
    text = kept[0].read_text(encoding="utf-8")
    assert "web" in text and KEY not in text and KEY[4:] not in text


def test_without_a_cache_each_run_asks(server, tmp_path):
    for _run in range(2):
        listing(server, source(tmp_path))
        assert requests(server) == READ


def test_flush_cache_and_refresh_inventory_ask_anew_and_keep_the_answer(server, tmp_path):
    path = cached(tmp_path)
    show = {"ansible.builtin.debug": {"msg": "hosts: {{ groups.nosana | sort | join(' ') }}"}, "run_once": True}
    refresh = play(tmp_path, [show, {"ansible.builtin.meta": "refresh_inventory"}, show])
    listing(server, path)
    seed(server, {"name": "newer"})
    requests(server)
    printed = run_play(server, refresh, path)
    assert printed.index("hosts: draft web") < printed.index("hosts: draft newer web")
    assert requests(server) == READ
    assert "newer" in listing(server, path).hosts and requests(server) == 0

    seed(server, {"name": "newest"})
    printed = run_play(server, play(tmp_path, [show]), path, more=("--flush-cache",))
    assert "hosts: draft newer newest web" in printed and requests(server) == READ
    assert "newest" in listing(server, path).hosts and requests(server) == 0


def test_what_is_too_old_is_read_anew(server, tmp_path):
    path = cached(tmp_path, cache_timeout=600)
    listing(server, path)
    for minutes, expected in ((5, 0), (11, READ)):
        requests(server)
        then = time.time() - minutes * 60
        os.utime(files(tmp_path)[0], (then, then))
        listing(server, path)
        assert requests(server) == expected


def test_another_question_or_account_is_not_answered_from_the_cache(server, tmp_path):
    assert sorted(listing(server, cached(tmp_path)).hosts) == ["draft", "web"]
    requests(server)
    assert sorted(listing(server, cached(tmp_path, status=["RUNNING"])).hosts) == ["web"]
    assert requests(server) == READ
    listing(server, cached(tmp_path, status=["RUNNING"]), NOSANA_API_KEY="nos_another_account")
    assert requests(server) == READ
    assert len(files(tmp_path)) == 1


def test_a_cache_that_can_not_be_read_is_read_anew(server, tmp_path):
    path = cached(tmp_path)
    listing(server, path)
    requests(server)
    for content in ("", "{", "[]", "{}", '{"asked": 1}', "null", '"text"'):
        files(tmp_path)[0].write_text(content, encoding="utf-8")
        assert sorted(listing(server, path).hosts) == ["draft", "web"]
        assert requests(server) == READ
    listing(server, path)
    assert requests(server) == 0


def test_a_list_in_the_cache_that_is_none_is_read_anew(server, tmp_path):
    path = cached(tmp_path)
    listing(server, path)
    requests(server)
    (kept,) = files(tmp_path)
    good = kept.read_text(encoding="utf-8")
    for deployments in ("{", "{}", "[1]", 5, None):
        content = json.loads(good)
        if "__payload__" in content:  # from ansible-core 2.19 on, a file of the cache holds its content as text
            entry = dict(json.loads(content["__payload__"]), deployments=deployments)
            content["__payload__"] = json.dumps(entry)
        else:
            content["deployments"] = deployments
        kept.write_text(json.dumps(content), encoding="utf-8")
        assert sorted(listing(server, path).hosts) == ["draft", "web"]
        assert requests(server) == READ
    kept.write_text(good, encoding="utf-8")
    listing(server, path)
    assert requests(server) == 0


def test_the_cache_plugin_memory_is_warned_of(server, tmp_path):
    warnings = listing(server, source(tmp_path, cache=True)).warnings
    assert "memory keeps nothing for the next run" in warnings


def test_the_settings_of_ansible_turn_it_on(server, tmp_path):
    path = source(tmp_path)
    settings = {
        "ANSIBLE_INVENTORY_CACHE": "true",
        "ANSIBLE_INVENTORY_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_INVENTORY_CACHE_CONNECTION": str(tmp_path / "cache"),
    }
    listing(server, path, **settings)
    assert requests(server) == READ
    listing(server, path, **settings)
    assert requests(server) == 0

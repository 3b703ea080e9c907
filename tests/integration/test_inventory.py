# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin as users meet it: which deployments are hosts, what they are called, groups and variables."""

from __future__ import annotations

import json

import pytest

from ansible_collections.nosana.cloud.plugins.module_utils._model.deployment import KNOWN_FIELDS

from .inprocess import MARKET, OTHER_MARKET, definition
from .inventories import listing, play, run_play, seed, source, tool
from .playbooks import RELEASES

NO_SSH_HOST = "no-ssh-to-a-nosana-deployment.invalid"
ACCOUNT = (
    {"name": "web", "status": "RUNNING", "market": MARKET, "strategy": "INFINITE"},
    {"name": "batch", "status": "STOPPED", "market": OTHER_MARKET, "strategy": "SIMPLE-EXTEND"},
    {"name": "nightly", "status": "DRAFT", "market": MARKET, "strategy": "SCHEDULED"},
    {"name": "gone", "status": "ARCHIVED", "market": MARKET},
)


@pytest.mark.parametrize("release", RELEASES)
def test_graph_and_variables(fast_server, tmp_path, release):
    fast_server.reset(release=release)
    web = seed(fast_server, *ACCOUNT)[0]
    done = tool("ansible-inventory", fast_server, "-i", source(tmp_path), "--graph")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout == GRAPH % {"other": OTHER_MARKET, "market": MARKET}

    found = listing(fast_server, source(tmp_path))
    state = {one["id"]: one for one in fast_server.control("GET", "/state")["deployments"]}
    variables = found.hosts["web"]
    assert variables.pop("ansible_host") == NO_SSH_HOST
    assert variables.pop("nosana_url") == state[web]["endpoints"][0]["url"]
    assert variables.pop("nosana_market_slug") == "nvidia-4090"
    assert not [name for name in variables if not name.startswith("nosana_")]
    for name, value in variables.items():
        # Releases differ in endpoints[].online; the API does not list SSH keys.
        if name not in ("nosana_endpoints", "nosana_updated_at", "nosana_ssh_public_keys"):
            assert value == state[web].get(name.removeprefix("nosana_"))
    assert {"nosana_" + field for field in KNOWN_FIELDS} <= set(variables)
    assert variables["nosana_schedule"] is None and variables["nosana_status"] == "RUNNING"
    assert [end["url"] for end in variables["nosana_endpoints"]] == [end["url"] for end in state[web]["endpoints"]]


GRAPH = """\
@all:
  |--@ungrouped:
  |--@nosana:
  |  |--@nosana_market_%(other)s:
  |  |  |--batch
  |  |--@nosana_market_%(market)s:
  |  |  |--nightly
  |  |  |--web
  |  |--@nosana_market_nvidia_3060:
  |  |  |--batch
  |  |--@nosana_market_nvidia_4090:
  |  |  |--nightly
  |  |  |--web
  |  |--@nosana_status_draft:
  |  |  |--nightly
  |  |--@nosana_status_running:
  |  |  |--web
  |  |--@nosana_status_stopped:
  |  |  |--batch
  |  |--@nosana_strategy_infinite:
  |  |  |--web
  |  |--@nosana_strategy_scheduled:
  |  |  |--nightly
  |  |--@nosana_strategy_simple_extend:
  |  |  |--batch
"""


@pytest.mark.parametrize("release", RELEASES)
def test_filters(fast_server, tmp_path, release):
    fast_server.reset(release=release)
    seed(fast_server, *ACCOUNT, {"name": "my-web", "status": "RUNNING"}, {"name": "Web2"}, {"name": "we.b (1)"})

    def hosts(**options):
        return sorted(listing(fast_server, source(tmp_path, **options)).hosts)

    assert hosts(status=["ARCHIVED", "STOPPED"]) == ["batch", "gone"]
    assert hosts(strategy=["SIMPLE-EXTEND", "INFINITE"]) == ["batch", "web"]
    assert hosts(name_prefix="we", status="RUNNING") == ["web"]
    found = hosts(name_prefix="we.b (")
    assert len(found) == 1 and found[0].startswith("we.b-1-")
    assert hosts(name_prefix="nobody") == []


def test_an_empty_account_is_an_empty_group(fast_server, tmp_path):
    fast_server.reset(release="current")
    done = tool("ansible-inventory", fast_server, "-i", source(tmp_path, "my.nosana.yaml"), "--graph")
    assert done.stdout == "@all:\n  |--@ungrouped:\n  |--@nosana:\n" and done.stderr == ""
    run_play(fast_server, play(tmp_path, [{"ansible.builtin.ping": None}]), tmp_path / "my.nosana.yaml")


@pytest.mark.parametrize("release", RELEASES)
def test_a_thousand_deployments_take_ten_requests(fast_server, tmp_path, release):
    fast_server.reset(release=release)
    seed(fast_server, *({"name": "bulk-%04d" % number, "status": "STOPPED"} for number in range(1000)))
    fast_server.forget_requests()
    found = listing(fast_server, source(tmp_path))
    assert sorted(found.hosts) == ["bulk-%04d" % number for number in range(1000)]
    assert sorted(found.groups["nosana_status_stopped"]) == sorted(found.hosts)
    paths = [request["path"] for request in fast_server.requests()]
    markets = [path for path in paths if "/markets" in path]
    assert len(markets) == 1 and 1 <= len(paths) - len(markets) <= 10


HOSTILE = (
    "{{ lookup('ansible.builtin.pipe', 'touch %(path)s') }}",
    "{{ lookup('ansible.builtin.file', '/etc/hostname') }}",
    "{% for x in range(3) %}x{% endfor %}",
    "a\nb\x1b[31m",
    "x, y [1:3]",
    "localhost",
    "nosana",
    "mine",
    "",
)


@pytest.mark.parametrize("cached", [False, True])
def test_hostile_names_are_data_everywhere(fast_server, tmp_path, cached):
    fast_server.reset(release="current")
    names = [name.replace("%(path)s", str(tmp_path / "evaluated")) for name in HOSTILE]
    ids = seed(fast_server, *({"name": name, "market": name} for name in names))
    options = {
        "compose": {"label": "nosana_name", "longer": "'<' ~ nosana_name ~ '>'"},
        "groups": {"mine": "nosana_name == 'x, y [1:3]'"},
        "keyed_groups": [{"prefix": "by", "key": "nosana_name"}, {"key": "nosana_market", "parent_group": "markets"}],
        "strict": False,
    }
    if cached:
        options.update(cache=True, cache_plugin="ansible.builtin.jsonfile", cache_connection=str(tmp_path / "cache"))
    path = source(tmp_path, **options)
    if cached:
        listing(fast_server, path)
    wanted = [
        "nosana_name == names[nosana_id]",
        "label == names[nosana_id]",
        "longer == '<' ~ names[nosana_id] ~ '>'",
        "nosana_market == names[nosana_id]",
        "inventory_hostname is match('^[A-Za-z0-9][A-Za-z0-9._-]*$')",
        "inventory_hostname.endswith(nosana_id)",
        "group_names | reject('match', '^[A-Za-z_][A-Za-z0-9_]*$') | list == []",
    ]
    # What each name shall be comes from a file, as text that Ansible does not evaluate either.
    (tmp_path / "names.json").write_text(json.dumps(dict(zip(ids, names))), encoding="utf-8")
    variables = {"names": "{{ lookup('ansible.builtin.file', playbook_dir ~ '/names.json') | from_json }}"}
    tasks = [{"ansible.builtin.assert": {"that": wanted}}, {"ansible.builtin.debug": {"msg": "{{ nosana_name }}"}}]
    printed = run_play(fast_server, play(tmp_path, tasks, vars=variables), path)
    assert printed.count("failed=0") == len(names)
    assert "{{ lookup('ansible.builtin.file', '/etc/hostname') }}" in printed
    assert not (tmp_path / "evaluated").exists()
    groups = listing(fast_server, path).groups
    assert [name.startswith("x-y-1-3-") for name in groups["mine"]] == [True]
    assert not (tmp_path / "evaluated").exists()


def test_two_of_a_name(fast_server, tmp_path):
    fast_server.reset(release="current")
    first, second, _third = seed(fast_server, {"name": "twin"}, {"name": "twin"}, {"name": "single"})
    found = listing(fast_server, source(tmp_path))
    assert sorted(found.hosts) == sorted(["single", "twin-" + first, "twin-" + second])
    assert {found.hosts["twin-" + key]["nosana_name"] for key in (first, second)} == {"twin"}


def test_hosts_of_other_sources_are_not_mixed_with_deployments(fast_server, simulator, tmp_path):
    """Two accounts, and machines, may have something of one name: acting on the wrong one would be the worst."""
    fast_server.reset(release="current")
    other = simulator(release="2026-08")
    ours = seed(fast_server, {"name": "web"}, {"name": "db"})
    theirs = seed(other, {"name": "web", "id": "9" * 44})[0]
    (tmp_path / "machines.ini").write_text("[databases]\ndb ansible_host=192.0.2.1\n", encoding="utf-8")
    paths = [tmp_path / "machines.ini", source(tmp_path), source(tmp_path, "other.nosana.yml", api_url=other.api_url)]
    found = listing(fast_server, *paths, paths[1])
    assert {name: values.get("nosana_id") for name, values in found.hosts.items()} == {
        "db": None,
        "db-" + ours[1]: ours[1],
        "web": ours[0],
        "web-" + theirs: theirs,
    }
    assert found.hosts["db"]["ansible_host"] == "192.0.2.1" and found.groups["databases"] == ["db"]


def test_compose_groups_and_keyed_groups(fast_server, tmp_path):
    fast_server.reset(release="current")
    seed(fast_server, *ACCOUNT)
    options = {
        "strict": True,
        "compose": {"hours": "nosana_timeout / 60", "stage": "wanted_stage | default('none')"},
        "groups": {"gpu_4090": "nosana_market == '%s'" % MARKET},
        "keyed_groups": [
            {"prefix": "how", "key": "nosana_strategy | lower", "parent_group": "strategies"},
            {"key": "'x' ~ nosana_replicas"},
        ],
        "leading_separator": False,
        "use_extra_vars": True,
    }
    found = listing(fast_server, source(tmp_path, **options), more=("-e", "wanted_stage=test"))
    # Before ansible-core 2.19, what templates compute is text.
    assert float(found.hosts["web"]["hours"]) == 1.0 and found.hosts["web"]["stage"] == "test"
    assert sorted(found.groups["gpu_4090"]) == ["nightly", "web"]
    assert found.groups["how_simple_extend"] == ["batch"] and "how_infinite" in found.groups
    assert sorted(found.groups["x1"]) == ["batch", "nightly", "web"]
    options.update(leading_separator=True, use_extra_vars=False)
    found = listing(fast_server, source(tmp_path, **options), more=("-e", "wanted_stage=test"))
    assert found.hosts["web"]["stage"] == "none" and "_x1" in found.groups and "x1" not in found.groups


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("release", RELEASES)
def test_what_a_deployment_does_not_have_is_null(fast_server, tmp_path, release, strict):
    """A field that is absent is undefined in a condition, and that matched all hosts, or none."""
    fast_server.reset(release=release)
    seed(fast_server, *ACCOUNT, {"name": "hourly", "strategy": "SCHEDULED", "schedule": "0 * * * *"})
    groups = {
        "scheduled": "nosana_schedule is not none",
        "rotating": "nosana_rotation_time is not none",
        "impatient": "nosana_startup_timeout is not none",
        "demanding": "nosana_requirements is not none",
        "cheap": "nosana_market_slug == 'nvidia-3060'",
    }
    found = listing(fast_server, source(tmp_path, strict=strict, groups=groups))
    state = {one["name"]: one for one in fast_server.control("GET", "/state")["deployments"]}

    def having(field):
        return sorted(name for name in found.hosts if state[name].get(field) is not None)

    assert sorted(found.groups["scheduled"]) == having("schedule") and "hourly" in found.groups["scheduled"]
    assert sorted(found.groups.get("rotating", [])) == having("rotation_time")
    assert sorted(found.groups.get("impatient", [])) == having("startup_timeout")
    assert sorted(found.groups.get("demanding", [])) == having("requirements") == []
    assert sorted(found.groups["cheap"]) == ["batch", "hourly"]


def test_a_status_that_is_not_known_is_listed(fast_server, tmp_path):
    fast_server.reset(release="current")
    seed(fast_server, {"name": "odd"}, {"name": "gone", "status": "ARCHIVED"})
    listed = [dict(one) for one in fast_server.control("GET", "/state")["deployments"]]
    listed[0]["status"] = "PAUSING"
    answer = {"kind": "status", "path": "/deployments$", "status": 200, "body": {"deployments": listed}, "times": 2}
    fast_server.control("PUT", "/faults", [answer])
    found = listing(fast_server, source(tmp_path))
    assert found.groups["nosana_status_pausing"] == ["odd"] and list(found.hosts) == ["odd"]
    assert list(listing(fast_server, source(tmp_path, status=["DRAFT"])).hosts) == []


@pytest.mark.parametrize(("status", "warned"), [(500, True), (404, False)])
def test_without_markets_there_are_no_groups_by_slug(fast_server, tmp_path, status, warned):
    fast_server.reset(release="current")
    seed(fast_server, *ACCOUNT)
    body = {"message": "Route GET:/api/markets/ not found", "error": "Not Found", "statusCode": 404}
    fast_server.control("PUT", "/faults", [{"kind": "status", "path": "/markets", "status": status, "body": body}])
    found = listing(fast_server, source(tmp_path, api_retries=0))
    assert sorted(found.hosts) == ["batch", "nightly", "web"]
    assert "nosana_market_" + MARKET in found.groups and "nosana_market_nvidia_4090" not in found.groups
    assert ("there are no groups by the slugs of markets" in found.warnings) is warned


def test_include_reads_definitions_masked_jobs_and_cost(fast_server, tmp_path):
    fast_server.reset(release="current")
    secret = definition("redis:7", env={"DB_PASSWORD": "hidden-in-inventory"})
    seed(fast_server, {"name": "web", "status": "RUNNING", "job_definition": secret, "jobs": [{"state": "RUNNING"}]})
    path = source(
        tmp_path,
        include=["job_definition", "jobs", "cost"],
        keyed_groups=[{"prefix": "image", "key": "nosana_job_definition.ops[0].args.image"}],
    )
    found = listing(fast_server, path)
    assert found.groups["image_redis_7"] == ["web"]
    assert "hidden-in-inventory" not in str(found)
    environment = found.hosts["web"]["nosana_job_definition"]["ops"][0]["args"]["env"]
    assert environment == {"DB_PASSWORD": "<VALUE_HIDDEN_1>"}
    assert [job["state"] for job in found.hosts["web"]["nosana_jobs"]] == ["RUNNING"]
    cost = found.hosts["web"]["nosana_cost"]
    assert 0 < cost["usd_per_hour"] == cost["usd_until_timeout"]  # one replica, 60 minutes


def test_deployments_that_are_deleted_meanwhile_are_left_out(fast_server, tmp_path):
    fast_server.reset(release="current")
    gone = seed(fast_server, {"name": "web"}, {"name": "gone"})[1]
    answer = {"kind": "status", "path": gone, "status": 404, "body": {"error": "Deployment not found."}, "times": 9}
    fast_server.control("PUT", "/faults", [answer])
    assert list(listing(fast_server, source(tmp_path, include=["jobs"])).hosts) == ["web"]


def test_a_play_for_deployments_works_from_the_controller(fast_server, tmp_path):
    fast_server.reset(release="current")
    seed(fast_server, *ACCOUNT)
    module = {"id": "{{ nosana_id }}", "timeout": 120}
    tasks = [{"nosana.cloud.nosana_deployment": module, "register": "done"}]
    run_play(fast_server, play(tmp_path, tasks, hosts="nosana_status_running:nosana_status_stopped"), source(tmp_path))
    timeouts = {one["name"]: one["timeout"] for one in fast_server.control("GET", "/state")["deployments"]}
    assert timeouts == {"web": 120, "batch": 120, "nightly": 60, "gone": 60}

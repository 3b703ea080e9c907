# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How deployments become hosts: names that are safe and all different, groups, variables; and the plugin's options."""

from __future__ import annotations

import random
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.nosana.cloud.plugins.doc_fragments.connection import ModuleDocFragment
from ansible_collections.nosana.cloud.plugins.inventory import nosana
from ansible_collections.nosana.cloud.plugins.module_utils import _inventory as hosts
from ansible_collections.nosana.cloud.plugins.module_utils._deployment.listing import INCLUDES
from ansible_collections.nosana.cloud.plugins.module_utils._model import deployment as d
from ansible_collections.nosana.cloud.plugins.module_utils._module import connection_spec

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def an_id(number, length=44):
    """An id, another for each number."""
    return "".join(random.Random(number).choices(ALPHABET, k=length))


def named(*names):
    return [{"id": an_id(number), "name": name} for number, name in enumerate(names)]


def names_of(deployments, **more):
    """The host names, in the order of the deployments."""
    chosen = hosts.host_names(deployments, **more)
    return [chosen[one["id"]] for one in deployments]


@pytest.mark.parametrize("name", ["web", "Web-2", "a.b_c", "7", "_x", "模型-2", "é", "x" * 128, "x-" + "y" * 42])
def test_a_safe_name_of_one_deployment_is_its_host_name(name):
    assert names_of(named(name, "other")) == [name, "other"]


@pytest.mark.parametrize(
    "name, start",
    [
        ("{{ lookup('pipe', 'id') }}", "lookup-pipe-id-"),
        ("{% raw %}", "raw-"),
        ("two words", "two-words-"),
        ("a\nb", "a-b-"),
        ("web\n", "web-"),
        ("\x1b[31mred\x1b[0m", "31mred-0m-"),
        ("../../etc", "etc-"),
        ("a,b", "a-b-"),
        ("a:b", "a-b-"),
        ("web[1:3]", "web-1-3-"),
        ("!web", "web-"),
        ("~web", "web-"),
        ("-i", "i-"),
        (".hidden", "hidden-"),
        ("web*", "web-"),
        ("$(id)", "id-"),
        ("web\u202e", "web-"),
        ("x" * 129, "x" * 40 + "-"),
        ("all", "all-"),
        ("ungrouped", "ungrouped-"),
        ("localhost", "localhost-"),
        ("LocalHost", "LocalHost-"),
        ("127.0.0.1", "127.0.0.1-"),
        ("nosana", "nosana-"),
        ("", ""),
        ("  ", ""),
        ("///", ""),
        (None, ""),
        (5, "5-"),
        (["web"], "web-"),
        (an_id(77), an_id(77)[:40] + "-"),
        ("web-" + an_id(77), ("web-" + an_id(77))[:40] + "-"),
    ],
)
def test_any_other_name_is_made_harmless_and_has_the_id(name, start):
    assert names_of(named(name)) == [start + an_id(0)]


def test_names_of_several_have_the_id_whichever_comes_first():
    one, two, three = named("web", "web", "api")
    expected = {one["id"]: "web-" + one["id"], two["id"]: "web-" + two["id"], three["id"]: "api"}
    assert hosts.host_names([one, two, three]) == hosts.host_names([three, two, one]) == expected


def test_a_group_of_the_inventory_is_no_host():
    deployments = [dict(one, status="RUNNING") for one in named("nosana_status_running", "mine", "web")]
    assert names_of(deployments, groups=["mine"]) == [
        "nosana_status_running-" + an_id(0),
        "mine-" + an_id(1),
        "web",
    ]


def test_a_host_of_another_source_is_left_alone_unless_it_is_the_same_deployment():
    deployments = named("db", "web", "api")
    owners = {"db": None, "web": an_id(1), "api": an_id(99)}
    assert names_of(deployments, owners=owners) == ["db-" + an_id(0), "web", "api-" + an_id(2)]


ODD = st.text(st.sampled_from("ab-._ {}\n/é"), max_size=6)


@given(st.data())
def test_names_are_safe_and_differ_whatever_deployments_are_called(data):
    ids = [an_id(number, length) for number, length in enumerate(data.draw(st.lists(st.sampled_from([43, 44]))))]
    some = st.one_of(ODD, st.none(), st.sampled_from(["web", "localhost", "nosana"]))
    if ids:
        some = st.one_of(some, st.builds(lambda text, key: text + key, ODD, st.sampled_from(ids)))
    deployments = [{"id": key, "name": data.draw(some)} for key in ids]
    chosen = names_of(deployments)
    assert len(set(chosen)) == len(ids)
    assert all(re.fullmatch(r"\w[\w.-]*", name) and len(name) <= 128 for name in chosen)
    shuffled = data.draw(st.permutations(deployments))
    assert hosts.host_names(shuffled) == dict(zip(ids, chosen))


def test_only_deployments_with_an_id_can_be_hosts_and_each_once():
    good = {"id": an_id(1), "name": "web"}
    odd = [{}, {"id": None}, {"id": 5}, {"id": "web"}, {"id": an_id(1)[:-2]}, {"id": an_id(1) + "\n"}]
    assert hosts.usable([good, *odd, dict(good)]) == [good]


def test_groups():
    one = {"status": "INSUFFICIENT_FUNDS", "strategy": "SIMPLE-EXTEND", "market": "97G9Nn"}
    assert hosts.groups_of(one) == [
        "nosana_status_insufficient_funds",
        "nosana_strategy_simple_extend",
        "nosana_market_97G9Nn",
    ]


def test_a_market_makes_a_group_by_its_address_and_one_by_its_slug():
    (one,) = hosts.with_slugs([{"market": "97G9Nn"}], {"97G9Nn": "Nvidia-4090"})
    assert hosts.groups_of(one) == ["nosana_market_97G9Nn", "nosana_market_nvidia_4090"]
    assert hosts.variables_of(one)["nosana_market_slug"] == "Nvidia-4090"
    for market in ("other", None, ["x"]):
        (one,) = hosts.with_slugs([{"market": market}], {"97G9Nn": "nvidia-4090"})
        assert one["market_slug"] is None


def test_groups_have_safe_names_and_come_only_of_text():
    odd = {"status": "{{ x }}\n", "strategy": None, "market": "a" * 300}
    assert hosts.groups_of(odd) == ["nosana_status__x_", "nosana_market_" + "a" * 64]
    assert hosts.groups_of({"status": " ", "strategy": 5, "market": ["a"]}) == []


def test_variables_are_the_fields_with_a_prefix():
    endpoints = [{"opId": "web", "port": 80, "url": "https://a.example"}, {"opId": "web", "port": 81, "url": "x"}]
    found = hosts.variables_of({"id": "x", "timeout": 60, "endpoints": endpoints, "a b": 1, "{{ y }}": 2})
    known = {"nosana_" + field: None for field in d.KNOWN_FIELDS}
    assert found == {
        **known,
        "nosana_market_slug": None,
        "nosana_id": "x",
        "nosana_timeout": 60,
        "nosana_endpoints": endpoints,
        "nosana_url": "https://a.example",
    }


@pytest.mark.parametrize("endpoints", [None, [], "x", {"url": "y"}, [None, 5], [{"url": None}, {"url": ""}, {}]])
def test_endpoints_are_always_a_list_of_maps_and_the_url_may_be_missing(endpoints):
    variables = hosts.variables_of({"endpoints": endpoints})
    listed = variables["nosana_endpoints"]
    assert isinstance(listed, list) and all(isinstance(one, dict) for one in listed)
    assert variables["nosana_url"] is None


def test_a_fingerprint_tells_questions_apart_and_nothing_of_the_key():
    asked = dict.fromkeys(nosana.ASKED)
    seen = {nosana.fingerprint(asked)}
    for number, option in enumerate(nosana.ASKED):
        text = nosana.fingerprint(dict(asked, **{option: "nos_secret"}))
        assert "secret" not in text and text not in seen
        seen.add(text)
        assert len(seen) == number + 2
    assert nosana.fingerprint(dict(asked)) in seen


# --- the plugin's documentation, from which Ansible takes its options ----------------------------------------------


def documented(section):
    return yaml.safe_load(section)["options"]


def test_the_connection_options_are_those_of_modules():
    documentation, environment = map(documented, (ModuleDocFragment.DOCUMENTATION, ModuleDocFragment.ENVIRONMENT))
    spec = connection_spec()
    assert set(documentation) == set(environment) == set(spec) == set(nosana.CONNECTION)
    for name, option in spec.items():
        assert documentation[name]["type"] == option["type"]
        assert documentation[name].get("default") == option.get("default")
        assert [entry["name"] for entry in environment[name]["env"]] == option["fallback"][1]


def test_choices_are_those_of_the_tables():
    options = documented(nosana.DOCUMENTATION)
    assert options["status"]["choices"] == list(d.STATUSES)
    assert options["strategy"]["choices"] == list(d.STRATEGIES)
    assert set(options["include"]["choices"]) <= set(INCLUDES)
    assert set(options) | set(nosana.CONNECTION) == {"plugin"} | set(nosana.ASKED) | set(nosana.CONNECTION)


def test_thousands_of_hosts_share_the_names_of_their_variables():
    first, second = (hosts.variables_of({"id": an_id(number), "newer_field": 1}) for number in range(2))
    assert [id(name) for name in first] == [id(name) for name in second]

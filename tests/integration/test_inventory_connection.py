# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the inventory plugin gets its key and address, and what a user reads when it can't do what the file says."""

from __future__ import annotations

import subprocess

import pytest

from .inventories import RIGHT, listing, refusal, seed, source, tool
from .playbooks import command, environment
from .test_trouble import free_port


@pytest.fixture(scope="module")
def strict_server(lasting_simulator):
    """A simulator that takes one key only."""
    server = lasting_simulator(api_key=RIGHT)
    seed(server, {"name": "web", "status": "RUNNING"})
    return server


def test_the_key_comes_from_the_environment(strict_server, tmp_path):
    assert list(listing(strict_server, source(tmp_path), NOSANA_API_KEY=RIGHT).hosts) == ["web"]


def test_the_key_and_the_address_may_be_templates(strict_server, tmp_path):
    path = source(
        tmp_path,
        api_key="{{ lookup('ansible.builtin.env', 'OTHER_KEY') }}",
        api_url="{{ where | mandatory }}",
    )
    more = ("-e", "where=" + strict_server.api_url)
    env = {"NOSANA_API_KEY": "nos_not_this_one", "NOSANA_API_URL": "http://127.0.0.1:1", "OTHER_KEY": RIGHT}
    found = listing(strict_server, path, more=more, **env)
    assert list(found.hosts) == ["web"]


def test_text_from_the_environment_is_no_template(strict_server, tmp_path):
    said = refusal(strict_server, source(tmp_path), NOSANA_API_KEY="{{'%s'}}" % RIGHT)
    assert "the API refused it (401)" in said


def test_the_key_may_be_vaulted_inside_the_file(strict_server, tmp_path):
    (tmp_path / "password").write_text("open sesame", encoding="utf-8")
    vault = ("--vault-password-file", tmp_path / "password")
    encrypt = command("encrypt_string", *vault, "--name", "api_key", RIGHT, tool="ansible-vault")
    block = subprocess.run(encrypt, env=environment(), capture_output=True, text=True, check=True).stdout
    path = source(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + block, encoding="utf-8")
    found = listing(strict_server, path, more=vault, NOSANA_API_KEY=None)
    assert list(found.hosts) == ["web"]


def test_a_file_wins_over_the_environment(strict_server, tmp_path):
    path = source(tmp_path, api_key=RIGHT, api_url=strict_server.api_url + "/", api_timeout=30, api_retries=0)
    env = dict.fromkeys(["NOSANA_API_TIMEOUT", "NOSANA_API_RETRIES"], "-1")
    assert list(listing(strict_server, path, NOSANA_API_URL="http://127.0.0.1:1", **env).hosts) == ["web"]


@pytest.mark.parametrize(
    "variable, value, said",
    [
        ("NOSANA_API_TIMEOUT", "0", "api_timeout: must be 1 or more, not 0"),
        ("NOSANA_API_RETRIES", "-1", "api_retries: must be 0 or more, not -1"),
        ("NOSANA_CA_PATH", "/nowhere/ca.pem", "ca_path: /nowhere/ca.pem does not exist"),
        ("NOSANA_API_URL", "http://api.nosana.example/api", "plain http would send the key unprotected"),
        ("NOSANA_API_URL", "nonsense", "api_url must be an address"),
        ("NOSANA_API_KEY", "two words", "api_key has white space"),
        ("NOSANA_API_KEY", None, "api_key is missing: neither the file nor the environment variable NOSANA_API_KEY on"),
        ("NOSANA_API_KEY", "", "api_key is missing: neither the file nor the environment variable NOSANA_API_KEY on"),
        ("NOSANA_API_KEY", "nos_wrong_0123456789", "Check api_key (NOSANA_API_KEY)"),
    ],
)
def test_each_option_of_the_connection_comes_from_the_environment(strict_server, tmp_path, variable, value, said):
    env = {"NOSANA_API_KEY": RIGHT, variable: value}
    printed = refusal(strict_server, source(tmp_path), **env)
    assert said in printed and "nos_wrong" not in printed


@pytest.mark.parametrize("empty", ["", " \t"])
def test_empty_variables_and_options_count_as_unset(strict_server, tmp_path, empty):
    """Controllers inject empty variables for optional fields. An empty one must not turn checks of certificates off."""
    options = ("API_URL", "VALIDATE_CERTS", "CA_PATH", "API_TIMEOUT", "API_RETRIES")
    env = {"NOSANA_" + option: empty for option in options}
    found = listing(strict_server, source(tmp_path, api_url=strict_server.api_url), NOSANA_API_KEY=RIGHT, **env)
    assert list(found.hosts) == ["web"] and found.warnings == ""
    names = ("api_key", "validate_certs", "ca_path", "api_timeout", "api_retries", "status", "strategy", "name_prefix")
    given = dict.fromkeys([*names, "include", "compose", "groups", "keyed_groups", "cache", "strict"], empty)
    found = listing(strict_server, source(tmp_path, **given), NOSANA_API_KEY=RIGHT)
    assert list(found.hosts) == ["web"] and found.warnings == ""


def test_a_template_that_comes_to_nothing_leaves_the_environment(strict_server, tmp_path):
    path = source(
        tmp_path,
        api_key="{{ lookup('ansible.builtin.env', 'UNSET_KEY') }}",
        api_url="{{ lookup('ansible.builtin.env', 'UNSET_URL') }}",
    )
    assert list(listing(strict_server, path, NOSANA_API_KEY=RIGHT).hosts) == ["web"]


@pytest.mark.parametrize(
    ("options", "env", "told"),
    [
        ({"api_timeout": 0}, {}, "api_timeout comes from the file"),
        ({}, {"NOSANA_API_TIMEOUT": "0"}, "api_timeout comes from the environment variable NOSANA_API_TIMEOUT"),
        ({"api_key": "nos_wrong"}, {}, "api_key comes from the file; api_url comes from the environment variable"),
        ({}, {}, "api_key comes from the environment variable NOSANA_API_KEY; api_url comes from the environment"),
    ],
)
def test_a_message_says_where_a_value_comes_from(strict_server, tmp_path, options, env, told):
    said = refusal(strict_server, source(tmp_path, **options), **env)
    assert "(On host " in said and told in said


def test_certificates_that_are_not_checked_are_warned_of(strict_server, tmp_path):
    found = listing(strict_server, source(tmp_path), NOSANA_API_KEY=RIGHT, NOSANA_VALIDATE_CERTS="false")
    assert "can read the key" in found.warnings
    assert "can read the key" not in listing(strict_server, source(tmp_path), NOSANA_API_KEY=RIGHT).warnings


@pytest.mark.parametrize(
    "options, said",
    [
        ({"statu": ["RUNNING"]}, "unknown options: statu; ansible-doc -t inventory nosana.cloud.nosana"),
        ({"status": ["RUNING"]}, "RUNING"),
        ({"strategy": "simple"}, "simple"),
        ({"include": ["logs"]}, "logs"),
        ({"api_timeout": "soon"}, "api_timeout"),
        ({"api_key": "{{ nowhere }}"}, "api_key: can't be evaluated: 'nowhere' is undefined"),
        ({"api_key": "{{ lookup('ansible.builtin.env', 'UNSET_KEY') }}"}, "api_key is missing"),
        ({"strict": True, "compose": {"x": "nosana_nothing.y"}}, "Could not set x for host web"),
        ({"strict": True, "groups": {"x": "nosana_nothing"}}, "Could not add host web to group x"),
        ({"strict": True, "keyed_groups": [{"key": "nosana_nothing"}]}, "Could not generate group for host web"),
    ],
)
def test_what_is_wrong_in_a_file_is_told(strict_server, tmp_path, options, said):
    path = source(tmp_path, **{"api_key": RIGHT, **options})
    assert said in refusal(strict_server, path, NOSANA_API_KEY=None)


def test_what_is_not_strict_is_passed_over(strict_server, tmp_path):
    options = {"compose": {"x": "nosana_nothing.y"}, "groups": {"x": "nosana_nothing"}}
    found = listing(strict_server, source(tmp_path, api_key=RIGHT, keyed_groups=[{"key": "nosana_nothing"}], **options))
    assert "x" not in found.hosts["web"] and "x" not in found.groups


def test_nothing_is_asked_of_the_api_before_the_options_are_checked(fast_server, tmp_path):
    fast_server.reset(release="current")
    refusal(fast_server, source(tmp_path, statu=["RUNNING"]))
    refusal(fast_server, source(tmp_path, api_timeout=0))
    assert fast_server.requests() == []


def test_an_address_where_nothing_listens(strict_server, tmp_path):
    path = source(tmp_path, api_url="http://127.0.0.1:%d/api" % free_port(), api_retries=1)
    said = refusal(strict_server, path)
    assert "could not connect" in said and "tried 2 times" in said and "check api_url" in said.lower()


def test_a_list_that_breaks_off_is_no_inventory(fast_server, tmp_path):
    """Half of the hosts would look like all of them."""
    fast_server.reset(release="current")
    seed(fast_server, *({"name": "bulk-%d" % number} for number in range(150)))
    fault = {"kind": "status", "path": "/deployments$", "after": 1, "times": 9, "status": 503}
    path = source(tmp_path, api_retries=0)
    fast_server.control("PUT", "/faults", [fault])
    assert "the API failed (503" in refusal(fast_server, path)
    fast_server.control("PUT", "/faults", [fault])
    found = listing(fast_server, path, ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="false")
    assert found.hosts == {} and "the API failed (503" in found.warnings


def test_a_failure_that_passes_is_sat_out(fast_server, tmp_path):
    fast_server.reset(release="current")
    seed(fast_server, {"name": "web"})
    fast_server.control("PUT", "/faults", [{"kind": "status", "times": 2, "status": 502}])
    assert list(listing(fast_server, source(tmp_path)).hosts) == ["web"]


def test_the_most_talkative_run_does_not_show_the_key(strict_server, tmp_path):
    # tool() looks for keys in all that is printed.
    for options in ({"api_key": RIGHT}, {"api_key": RIGHT, "strict": True, "compose": {"x": "nosana_nothing"}}):
        path = source(tmp_path, **options)
        done = tool("ansible-inventory", strict_server, "-i", path, "--list", "-vvvvv", ANSIBLE_DEBUG="true")
        assert (done.returncode == 0) is ("compose" not in options) and len(done.stdout.splitlines()) > 20


def test_without_requests_it_says_so(strict_server, tmp_path):
    (tmp_path / "requests.py").write_text("raise ImportError('No module named requests')\n", encoding="utf-8")
    said = refusal(strict_server, source(tmp_path), PYTHONPATH=str(tmp_path))
    assert "Failed to import the required Python library (requests)" in said


def test_a_file_of_another_name_is_not_taken(strict_server, tmp_path):
    assert "could not be verified" in refusal(strict_server, source(tmp_path, "deployments.yml"))

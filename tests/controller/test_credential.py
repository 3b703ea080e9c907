# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The credential type, given to the controller's own injector."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._module import connection_spec, variable_of

from .parts import KEY, injected, setup_data


def credential_type():
    return setup_data()["controller_setup_credential_type"]


def test_it_has_a_field_for_each_connection_option():
    fields = credential_type()["inputs"]["fields"]
    assert [field["id"] for field in fields] == list(connection_spec())
    assert {field["id"] for field in fields if field.get("secret")} == {"api_key"}
    assert credential_type()["inputs"]["required"] == ["api_key"]


def test_no_field_is_a_boolean():
    assert {field["type"] for field in credential_type()["inputs"]["fields"]} == {"string"}


def test_only_variables_of_the_environment_are_injected(tmp_path):
    assert set(credential_type()["injectors"]) == {"env"}
    given = {option: "value-of-%s" % option for option in connection_spec()}
    assert injected(given, tmp_path) == {variable_of(option): value for option, value in given.items()}


def test_fields_that_are_left_empty_become_empty_variables(tmp_path):
    empty = dict.fromkeys([variable_of(option) for option in connection_spec()], "")
    assert injected({"api_key": KEY}, tmp_path) == {**empty, "NOSANA_API_KEY": KEY}

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook quickstart asks before it spends, and says what keeps it from naming a price."""

from __future__ import annotations

import pytest

from .playbooks import run

QUESTION = "this rents one GPU host for up to 60 minutes, paid with your credits (%s"


@pytest.mark.parametrize(
    ("key", "why"),
    [("", "api_key is missing"), ("nos_quickstart", "https://127.0.0.1:"), ("two words", "api_key has white space")],
)
def test_the_question_tells_why_it_names_no_price(key, why, simulator):
    server = simulator()
    # An address that is not plain http is taken for one that may cost; this one can't even be read.
    url = server.api_url.replace("http://", "https://")
    done = run("nosana.cloud.quickstart", NOSANA_API_URL=url, NOSANA_API_KEY=key, NOSANA_API_RETRIES="0")
    assert done.returncode != 0
    assert QUESTION % ("its price could not be read: " + why) in done.stdout + done.stderr
    assert server.requests() == []

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the connection options, which every plugin that talks to the API shares."""

from __future__ import annotations


class ModuleDocFragment:
    # The options themselves: what every plugin extends, whatever kind it is.
    DOCUMENTATION = r"""
options:
  api_key:
    description:
      - Text, the key of the Nosana account, as its dashboard makes it (it begins with V(nos_)). It is required, and
        never shown. Give it from a vaulted variable or in the environment, never as plain text.
      - When left out, the environment variable E(NOSANA_API_KEY) is used; without either it fails.
    type: str
  api_url:
    description:
      - Text, the address of the API, with or without a trailing slash. V(https://api.nosana.com) works as well. Plain
        V(http) is only for addresses of the machine itself, such as those of a simulator.
      - When left out, the environment variable E(NOSANA_API_URL) is used, else the vendor's own address.
    type: str
    default: https://dashboard.k8s.prd.nos.ci/api
  validate_certs:
    description:
      - Yes or no, whether the server's certificate is checked. With V(false) there is a warning each time.
      - When left out, the environment variable E(NOSANA_VALIDATE_CERTS) is used, else it is checked.
    type: bool
    default: true
  ca_path:
    description:
      - Path of a file (or a folder) with the certificates of the authorities to trust, on the host that sends the
        requests.
      - When left out, the environment variable E(NOSANA_CA_PATH) is used, else the authorities that the Python library
        C(requests) brings.
    type: path
  api_timeout:
    description:
      - Seconds that one request may take, 1 or more.
      - When left out, the environment variable E(NOSANA_API_TIMEOUT) is used, else 30 seconds.
    type: int
    default: 30
  api_retries:
    description:
      - Number of times that a request is sent again after a failure that may pass, if it may be repeated without harm.
        0 sends each request once.
      - When left out, the environment variable E(NOSANA_API_RETRIES) is used, else 5.
    type: int
    default: 5
"""

    # What plugins of the controller extend besides: Ansible reads their options from the environment itself.
    # Modules have a fallback in their argument spec instead (module_utils/_module.py), and may not have this key.
    ENVIRONMENT = r"""
options:
  api_key:
    env:
      - name: NOSANA_API_KEY
  api_url:
    env:
      - name: NOSANA_API_URL
  validate_certs:
    env:
      - name: NOSANA_VALIDATE_CERTS
  ca_path:
    env:
      - name: NOSANA_CA_PATH
  api_timeout:
    env:
      - name: NOSANA_API_TIMEOUT
  api_retries:
    env:
      - name: NOSANA_API_RETRIES
"""

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
      - The API key of the Nosana account, which begins with V(nos_). It is required, and never shown. Take it from a
        vaulted variable or from the environment; don't write it into the task.
      - By default, the environment variable E(NOSANA_API_KEY) is used.
      - In this and in all other options, empty text counts as unset, and so does an empty environment variable. Only
        options that select what a task works on (such as C(id), C(name), C(search) and C(job)) are refused if they
        are empty.
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
      - Whether to check the server's certificate. Each task warns when it does not.
      - By default, the environment variable E(NOSANA_VALIDATE_CERTS) is used, else the certificate is checked.
    type: bool
    default: true
  ca_path:
    description:
      - The path of a file (or folder) with the certificates of the authorities to trust, on the host that sends the
        requests.
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
      - How often to repeat a request after a temporary failure. Only requests that are safe to repeat are repeated.
        V(0) sends each request once.
      - By default, the environment variable E(NOSANA_API_RETRIES) is used, else 5.
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

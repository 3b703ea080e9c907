# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator of the Nosana deployments API, in three of its releases.

``engine`` and what it imports is a deterministic model on a virtual clock and knows nothing of HTTP;
``app`` puts it behind a real HTTP server; ``control`` lets tests look inside.
"""

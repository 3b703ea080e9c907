# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's version for the User-Agent; a test holds it equal to galaxy.yml, which modules can't read."""

from __future__ import annotations

VERSION = "0.1.0"

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals of the API, in its own words."""

from __future__ import annotations


class ApiError(Exception):
    """An answer other than success: ``status`` and the JSON value of its body."""

    def __init__(self, status: int, body, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


def error(status: int, text: str) -> ApiError:
    """The application's own shape."""
    return ApiError(status, {"error": text})


def invalid(message: str) -> ApiError:
    """A schema violation that says what is wrong, in the web framework's shape."""
    return ApiError(400, {"statusCode": 400, "code": "FST_ERR_VALIDATION", "error": "Bad Request", "message": message})


def bad_request() -> ApiError:
    """A schema violation whose reason is lost on the way."""
    return error(400, "Bad Request")


def internal() -> ApiError:
    """What a body that is no JSON, or a wrong cursor, gives."""
    return error(500, "Internal Server Error")


def wrong_state() -> ApiError:
    """A change that the status does not allow: a 500, not a 409."""
    return error(500, "Deployment is in the incorrect state.")


def archived() -> ApiError:
    """A change of an archived deployment."""
    return error(500, "Cannot modify an archived deployment.")

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong, as exceptions whose text is what the user reads."""

from __future__ import annotations

from ansible_collections.nosana.cloud.plugins.module_utils._model.text import one_line


class NosanaError(Exception):
    """Any failure that is reported to a user: one clear line that says what to do.

    ``reason`` is the word for its kind that a failed task returns (see the RETURN of nosana_deployment); ``result`` is
    what else it returns: what was done so far, the deployment as last seen. ``cause`` is what happened, without what
    the text says to do about it.
    """

    reason = "bug"

    def __init__(self, text, reason=None, cause=None):
        super().__init__(one_line(text))
        self.reason = reason or self.reason
        self.cause = one_line(text if cause is None else cause)
        self.result = {}

    def add(self, sentence):
        """Adds a sentence to what the user reads."""
        self.say("%s %s" % (self.args[0], sentence))

    def say(self, text):
        """Replaces what the user reads."""
        self.args = (one_line(text),)


class InvalidOptions(NosanaError):
    """The task asks for something that can't be; nothing was changed."""

    reason = "bad_option"


class NoSuch(InvalidOptions):
    """An id or a name that the task gives is nobody's."""

    reason = "not_found"


class Ambiguous(InvalidOptions):
    """Several deployments have the name that the task gives, or another one has it already."""

    reason = "ambiguous"


class Unsupported(InvalidOptions):
    """The server lacks what the task needs, or has a status that this version does not know."""

    reason = "unsupported"


class TooExpensive(InvalidOptions):
    """The task would cost more than max_usd_per_hour, or the price is not known."""

    reason = "too_expensive"


class BadAnswer(NosanaError):
    """What answers is not the API, or not as it is known: nothing can be concluded from it."""

    reason = "unreachable"


class ApiError(NosanaError):
    """A request that did not end well.

    Attributes: ``method`` and ``path`` of the request, ``status`` of the answer (None when there was none),
    ``message``, the API's own words (or what happened instead of an answer), ``code``, the API's word for the kind of
    error, ``retry_after``, seconds that it asks to wait before the next try (both None where it does not say).
    """

    code = None
    retry_after = None

    def __init__(self, text, method, path, status=None, message=None):
        super().__init__(text)
        self.method = method
        self.path = path
        self.status = status
        self.message = message

    def as_dict(self):
        """The ``error`` of a failed task's result."""
        return {"status": self.status, "method": self.method, "path": self.path, "message": self.message}


class Refused(ApiError):
    """The API answered and said no: final."""

    reason = "refused"


class NotFound(Refused):
    """The deployment or job asked for does not exist (or belongs to somebody else)."""


class RouteUnknown(Refused):
    """The server does not know this route at all."""


class Unreachable(ApiError):
    """The request did not arrive, or a request that changes nothing got no usable answer."""

    reason = "unreachable"


class UnknownOutcome(ApiError):
    """A request that may have changed something ended without a usable answer: read back what became of it."""

    reason = "unknown_outcome"


class TimedOut(NosanaError):
    """``wait_timeout`` is over."""

    reason = "timed_out"


class JobFailed(NosanaError):
    """A job ended badly, or the deployment's status is ERROR."""

    reason = "job_failed"


class NoCredits(NosanaError):
    """The account's credits don't pay for the jobs."""

    reason = "no_credits"


class Gone(NosanaError):
    """Somebody else stopped, archived or deleted the deployment while the task worked on it."""

    reason = "gone"


class RolledBack(NosanaError):
    """A new revision failed, and the one before it runs again."""

    reason = "rolled_back"


class Interrupted(NosanaError):
    """The task was interrupted (Ctrl-C)."""

    reason = "interrupted"


class JobsLost(NosanaError):
    """Jobs that were to run were stopped from outside, and the server lists no others for them."""

    reason = "gone"

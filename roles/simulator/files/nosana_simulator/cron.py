# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Five-field cron expressions, in UTC."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

# What the API lets pass as a schedule: five fields, whatever is in them.
SCHEDULE_PATTERN = re.compile(r"^\s*(?:\S+\s+){4}\S+\s*$")

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DAYS = "sun mon tue wed thu fri sat".split()
HORIZON_DAYS = 366 * 9  # a 29 February can be eight years away


class CronError(ValueError):
    """The expression is no cron expression, or no moment ever matches it."""


def _number(text: str, names: list[str], first: int) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + first
    if not text.isdigit():
        raise CronError(f"{text!r} is no number")
    return int(text)


def _field(text: str, low: int, high: int, names: list[str]) -> set[int]:
    values: set[int] = set()
    for part in text.split(","):
        span, _sep, step_text = part.partition("/")
        step = _number(step_text, [], 0) if _sep else 1
        if step < 1:
            raise CronError("a step must be at least 1")
        if span == "*":
            start, end = low, high
        else:
            first, dash, last = span.partition("-")
            start = _number(first, names, low)
            end = _number(last, names, low) if dash else (high if _sep else start)
        if not low <= start <= high or not low <= end <= high or start > end:
            raise CronError(f"{part!r} is outside {low}-{high}, or reversed")
        values.update(range(start, end + 1, step))
    return values


def next_time(expression: str, after: float) -> float:
    """Return the first moment after ``after`` that matches (both Unix seconds). Raises CronError."""
    fields = expression.split()
    if len(fields) != 5:
        raise CronError("a schedule has five fields")
    minutes = sorted(_field(fields[0], 0, 59, []))
    hours = sorted(_field(fields[1], 0, 23, []))
    days = _field(fields[2], 1, 31, [])
    months = _field(fields[3], 1, 12, MONTHS)
    weekdays = {day % 7 for day in _field(fields[4], 0, 7, DAYS)}
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    start = datetime.fromtimestamp(after, timezone.utc).replace(second=0, microsecond=0) + timedelta(minutes=1)
    for offset in range(HORIZON_DAYS):
        day = start.date() + timedelta(days=offset)
        in_month, in_week = day.day in days, day.isoweekday() % 7 in weekdays
        if day.month not in months or not (in_month or in_week if either else in_month and in_week):
            continue
        for hour in hours:
            for minute in minutes:
                moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=timezone.utc)
                if moment >= start:
                    return moment.timestamp()
    raise CronError("no moment ever matches")

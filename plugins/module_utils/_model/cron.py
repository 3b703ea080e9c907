# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schedules of five cron fields: what is wrong with one, and when it comes next. Pure.

The API only counts the fields, and a deployment with a schedule that its parser (npm cron-parser 5) can't read, or
that never comes true, stays STARTING for ever. So all of it is judged here, before anything is sent. Understood are
``*`` (also written ``?``), numbers, lists, ranges, steps, the English names of months and weekdays (three letters,
any case), ``L`` (the last day of the month), ``5L`` (the last Friday) and ``1#2`` (the second Monday). When both the
day of month and the day of week are restricted, one of them is enough; with ``#`` the week must fit as well.
"""

from __future__ import annotations

import calendar
import dataclasses
import datetime
import re

from ansible_collections.nosana.cloud.plugins.module_utils._model.text import echoed

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

ANY = "*"

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@hourly": "0 * * * *",
}

#: Days in which a time has to come: two leap years are in them.
_DAYS_AHEAD = 8 * 366
#: From here it is judged whether a schedule comes true, so that the verdict is the same each day.
_ANY_DAY = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)


@dataclasses.dataclass(frozen=True)
class _Field:
    """One of the five fields: what it is called, its lowest and highest number, and its names by number."""

    name: str
    low: int
    high: int
    names: dict = dataclasses.field(default_factory=dict)


_MINUTE = _Field("minute", 0, 59)
_HOUR = _Field("hour", 0, 23)
_DAY = _Field("day of month", 1, 31)
_MONTH = _Field("month", 1, 12, {name: number for number, name in enumerate(MONTHS, 1)})
_WEEKDAY = _Field("day of week", 0, 7, {name: number for number, name in enumerate(WEEKDAYS)})
_FIELDS = (_MINUTE, _HOUR, _DAY, _MONTH, _WEEKDAY)

_NUMBER = re.compile(r"[0-9]+")
_NAME = re.compile(r"[A-Za-z]+")
_LAST_WEEKDAY = re.compile(r"([0-7]|[A-Za-z]{3})L")
_NTH_WEEKDAY = re.compile(r"([0-7]|[A-Za-z]{3})#([1-5])")


class _Bad(ValueError):
    """A field that can't be; the text says why."""


def problems(schedule: object) -> list[str]:
    """What is wrong with a schedule, as messages of one line each; empty when it is one that comes true."""
    parsed, found = _read(schedule)
    return found or _never(parsed)


def next_times(schedule: object, after: datetime.datetime, count: int) -> list[datetime.datetime]:
    """The next times (UTC) that a schedule comes after a moment; fewer where it comes less often in eight years.

    None for a schedule that can't be read.
    """
    parsed, found = _read(schedule)
    times = [] if found else _times(parsed, after.astimezone(datetime.timezone.utc))
    return [time for time, _number in zip(times, range(count))]


def _times(parsed, after):
    """Yields the times of a schedule after a moment, from which it looks eight years ahead."""
    minutes, hours, days, months, weekdays = parsed
    for number in range(_DAYS_AHEAD):
        date = after.date() + datetime.timedelta(number)
        if date.month in months and _is_asked(days, weekdays, date):
            for hour in sorted(hours - {ANY}):
                for minute in sorted(minutes - {ANY}):
                    time = datetime.datetime.combine(date, datetime.time(hour, minute), datetime.timezone.utc)
                    if time > after:
                        yield time


def _is_asked(days, weekdays, date):
    """Whether a schedule with these fields of days comes on a date."""
    length, weekday = calendar.monthrange(date.year, date.month)[1], date.isoweekday() % 7
    week = "#%d" % ((date.day - 1) // 7 + 1)
    if any("#" in str(one) and not str(one).endswith(week) for one in weekdays):
        return False
    by_day = date.day in days or "L" in days and date.day == length
    is_last = date.day > length - 7
    by_weekday = not weekdays.isdisjoint([weekday, "%d%s" % (weekday, week), "%dL" % weekday if is_last else weekday])
    return by_day and by_weekday if ANY in days | weekdays else by_day or by_weekday


def _never(parsed):
    """The message for a schedule that never comes true (31 February), in a list; else an empty list."""
    days, months = parsed[2:4]
    if next(_times(parsed, _ANY_DAY), None) is None or len(months) == 1 and _is_missing(days, *months):
        return ["never comes true: no month that it names has such a day"]
    return []


def _is_missing(days, month):
    """Whether a month lacks each of the days: the API's parser then refuses it even beside a day of week."""
    return "L" not in days and min(days - {ANY}) > LONGEST_MONTHS[month - 1]


def _read(schedule):
    """``(the five fields, what is wrong with them)``."""
    if not isinstance(schedule, str):
        return [], ['must be text with five cron fields, such as "0 3 * * *"']
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        return [], [_wrong_count(fields)]
    parsed, found = [], []
    for field, text in zip(_FIELDS, fields):
        try:
            parsed.append(_parse(field, text))
        except _Bad as bad:
            found.append("%s (%s): %s" % (field.name, echoed(text), bad))
    return parsed, found


def _wrong_count(fields):
    five = "five fields are needed: minute, hour, day of month, month, day of week"
    if not fields:
        return "is empty; %s" % five
    nickname = fields[0].lower()
    if len(fields) == 1 and nickname.startswith("@"):
        written = NICKNAMES.get(nickname)
        return "%s is not supported; %s" % (echoed(fields[0]), 'write "%s"' % written if written else five)
    if len(fields) == 6:
        return "has six fields, but seconds are not supported; %s, such as %s" % (five, echoed(" ".join(fields[1:])))
    return "has %d %s; %s" % (len(fields), "field" if len(fields) == 1 else "fields", five)


def _parse(field, text):
    """A field as a set of numbers, also of "L", "5L" and "1#2", and ANY where it is a star."""
    if text in ("*", "?"):
        return {ANY, *range(field.low, field.high + 1)}
    if field is _WEEKDAY and "#" in text:
        found = _NTH_WEEKDAY.fullmatch(text)
        if not found:
            raise _Bad('"#" stands alone between a weekday and a number from 1 to 5, such as 1#2 for the second Monday')
        return {"%d#%s" % (_number(field, found[1]) % 7, found[2])}
    numbers = set()
    for item in text.split(","):
        more = _item(field, item)
        if not numbers.isdisjoint(more):
            raise _Bad("%s is named twice, which the API may refuse; once is enough" % min(numbers & more))
        numbers |= more
    return numbers


def _item(field, item):
    if not item:
        raise _Bad("a comma without a value beside it")
    if item == "L" and field is _DAY:
        return {item}
    last = _LAST_WEEKDAY.fullmatch(item) if field is _WEEKDAY else None
    return {"%dL" % (_number(field, last[1]) % 7)} if last else _numbers(field, item)


def _numbers(field, item):
    """The numbers that a range, a step or a single one stands for (7 as weekday is 0, Sunday)."""
    span, slash, step = item.partition("/")
    low, high = _span(field, span, bool(slash))
    numbers = range(low, high + 1, _step(field, step) if slash else 1)
    return {number % 7 for number in numbers} if field is _WEEKDAY else set(numbers)


def _span(field, span, stepped):
    if span in ("*", "?"):
        return field.low, 6 if field is _WEEKDAY else field.high
    first, dash, last = span.partition("-")
    low = _number(field, first)
    if not dash:
        return low, field.high if stepped else low
    high = _number(field, last)
    if low > high:
        raise _Bad(_reversed(field, first, last, high))
    return low, high


def _reversed(field, first, last, high):
    if field is _WEEKDAY and high == 0:
        return "the range goes backwards; Sunday at the end of a range is 7: %s-7" % first
    return "the range goes backwards; write two, such as %s-%d,%d-%s" % (first, field.high, field.low, last)


def _step(field, step):
    if not _NUMBER.fullmatch(step) or not 1 <= int(step) <= field.high:
        raise _Bad('the step after "/" must be a number from 1 to %d; for a single value leave it out' % field.high)
    return int(step)


def _number(field, text):
    if _NUMBER.fullmatch(text):
        if not field.low <= int(text) <= field.high:
            raise _Bad("%s is out of range: %d to %d" % (text[:20], field.low, field.high))
        return int(text)
    if text.lower() in field.names:
        return field.names[text.lower()]
    raise _Bad(_unreadable(field, text))


def _unreadable(field, text):
    if _NAME.fullmatch(text):
        if text.lower()[:3] in field.names:
            return "names have three letters: %s" % text[:3].upper()
        if text.upper().startswith("H"):
            return '"H" is not supported, since it would be another time after each run; write a number'
    allowed = "numbers from %d to %d" % (field.low, field.high)
    if field.names:
        allowed += ", names such as %s" % list(field.names)[1].upper()
    return "only %s, and * , - / are understood" % allowed

# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judges a schedule: five cron fields. Pure.

The API only counts the fields, and a deployment with a schedule that its parser (npm cron-parser 5) can't read, or
that never comes true, stays STARTING for ever. So all of it is judged here, before anything is sent. Understood are
``*`` (also written ``?``), numbers, lists, ranges, steps, the English names of months and weekdays (three letters,
any case), ``L`` (the last day of the month), ``5L`` (the last Friday) and ``1#2`` (the second Monday). When both the
day of month and the day of week are restricted, one of them is enough; with ``#`` the week must fit as well.
"""

from __future__ import annotations

import dataclasses
import re

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
FEBRUARY = 2

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
    "@minutely": "* * * * *",
    "@weekdays": "0 0 * * 1-5",
    "@weekends": "0 0 * * 0,6",
}


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


@dataclasses.dataclass
class _Days:
    """What a field of days asks for: numbers, ``L`` (or weekdays that are ``L``), the n-th weekday (0: any)."""

    numbers: set
    any: bool
    last: bool = False
    last_weekdays: set = dataclasses.field(default_factory=set)
    nth: int = 0


def problems(schedule: object) -> list[str]:
    """What is wrong with a schedule, as messages of one line each; empty when it is one that comes true."""
    if not isinstance(schedule, str):
        return ['must be text with five cron fields, such as "0 3 * * *"']
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        return [_wrong_count(fields)]
    parsed, found = [], []
    for field, text in zip(_FIELDS, fields):
        try:
            parsed.append(_parse(field, text))
        except _Bad as bad:
            found.append("%s (%s): %s" % (field.name, _shown(text), bad))
    return found or _never(*parsed[2:])


def _shown(text):
    """The user's text, short, and without anything that could break a line."""
    text = text if len(text) <= 40 else text[:40] + "..."
    return '"%s"' % "".join(char if char.isprintable() else "?" for char in text)


def _wrong_count(fields):
    five = "five fields are needed: minute, hour, day of month, month, day of week"
    if not fields:
        return "is empty; %s" % five
    nickname = fields[0].lower()
    if len(fields) == 1 and nickname.startswith("@"):
        written = NICKNAMES.get(nickname)
        return "%s is not supported; %s" % (_shown(fields[0]), 'write "%s"' % written if written else five)
    if len(fields) == 6:
        return "has six fields, but seconds are not supported; %s, such as %s" % (five, _shown(" ".join(fields[1:])))
    return "has %d %s; %s" % (len(fields), "field" if len(fields) == 1 else "fields", five)


def _parse(field, text):
    if field is _WEEKDAY and "#" in text:
        return _parse_nth(text)
    days = _Days(set(), text in ("*", "?"))
    for item in text.split(","):
        if not item:
            raise _Bad("a comma without a value beside it")
        last_weekday = _LAST_WEEKDAY.fullmatch(item) if field is _WEEKDAY else None
        if last_weekday:
            days.last_weekdays.add(_number(field, last_weekday[1]) % 7)
        elif item == "L" and field is _DAY:
            if days.last:
                raise _Bad("L is named twice; once is enough")
            days.last = True
        else:
            _add(days.numbers, _numbers(field, item))
    return days


def _parse_nth(text):
    found = _NTH_WEEKDAY.fullmatch(text)
    if not found:
        raise _Bad('"#" stands alone between a weekday and a number from 1 to 5, such as 1#2 for the second Monday')
    return _Days({_number(_WEEKDAY, found[1]) % 7}, False, nth=int(found[2]))


def _add(numbers, more):
    twice = numbers.intersection(more)
    if twice:
        raise _Bad("%d is named twice, which the API may refuse; once is enough" % min(twice))
    numbers.update(more)


def _numbers(field, item):
    """The numbers that one item of a list stands for (7 as weekday is 0, Sunday)."""
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


def _never(day, month, weekday):
    """The message for days that never come (31 February), in a list; else an empty list."""
    numbers = sorted(month.numbers)
    if len(numbers) == 1 and day.numbers and not day.last and min(day.numbers) > LONGEST_MONTHS[numbers[0] - 1]:
        name, length = MONTHS[numbers[0] - 1].capitalize(), LONGEST_MONTHS[numbers[0] - 1]
        also = "" if weekday.any else "; the API refuses that even beside a day of week"
        return ["never comes true: %s has no day %d, only %d%s" % (name, min(day.numbers), length, also)]
    if any(_comes(day, weekday, number) for number in numbers):
        return []
    if FEBRUARY in numbers and any(_fires(day, weekday, 29, start) for start in range(7)):
        return ["comes true only when 29 February is that weekday, once in 28 years"]
    return ["never comes true: there is no such day in the months named"]


def _comes(day, weekday, month):
    """Whether a month has such a day in some year, or a 29 February in each leap year, whatever its weekday."""
    usual = 28 if month == FEBRUARY else LONGEST_MONTHS[month - 1]
    if any(_fires(day, weekday, usual, start) for start in range(7)):
        return True
    return month == FEBRUARY and all(_fires(day, weekday, 29, start) for start in range(7))


def _fires(day, weekday, length, start):
    """Whether a month of so many days, whose first is weekday ``start``, has a day that the schedule asks for."""
    return any(_is_asked(day, weekday, date, (start + date - 1) % 7, length) for date in range(1, length + 1))


def _is_asked(day, weekday, date, date_weekday, length):
    if weekday.nth and (date - 1) // 7 + 1 != weekday.nth:
        return False
    by_day = date in day.numbers or day.last and date == length
    by_weekday = date_weekday in weekday.numbers or date_weekday in weekday.last_weekdays and date > length - 7
    if day.any or weekday.any:
        return (day.any or by_day) and (weekday.any or by_weekday)
    return by_day or by_weekday

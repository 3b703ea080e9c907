# Copyright (c) 2026 Nosana Ansible contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Schedules: the tables were checked against npm cron-parser 5.3.0, which the API reads schedules with."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.nosana.cloud.plugins.module_utils._model import cron

RIGHT = [
    "* * * * *",
    "0 0 * * *",
    "  0   0 * *\t* ",
    "*/5 * * * *",
    "? ? ? ? ?",
    "?/5 0 * * *",
    "5/15 * * * *",
    "0,30 8-18 * * 1-5",
    "0 8-18/2 * * *",
    "08 00 01 01 *",
    "59 23 31 12 *",
    "0 0 * jan-mar MON,fri",
    "0 0 * * 7",
    "0 0 * * 5-7",
    "0 0 * * MON-7",
    "0 0 29 2 *",
    "0 0 29,31 2 *",
    "0 0 30 2,3 *",
    "0 0 31 4,6 1",
    "0 0 13 * 5",
    "0 0 L * *",
    "0 0 L 2 *",
    "0 0 15,L * *",
    "0 0 * * 5L",
    "0 0 * * friL",
    "0 0 * * 1#2",
    "0 0 * * mon#5",
    "0 0 29 2 1#5",
]

REFUSED = [
    ("", "is empty; five fields are needed"),
    ("   ", "is empty"),
    ("0 0 *", "has 3 fields; five fields are needed: minute, hour, day of month, month, day of week"),
    ("5", "has 1 field;"),
    (
        "0 0 0 * * *",
        "has six fields, but seconds are not supported; five fields are needed: minute, hour, "
        'day of month, month, day of week, such as "0 0 * * *"',
    ),
    ("0 0 0 1 1 * 2027", "has 7 fields;"),
    ("@daily", '"@daily" is not supported; write "0 0 * * *"'),
    ("@Hourly", 'write "0 * * * *"'),
    ("@reboot", "is not supported; five fields"),
    ("60 * * * *", 'minute ("60"): 60 is out of range: 0 to 59'),
    ("99 0 * * *", "out of range"),
    ("-1 * * * *", "minute"),
    ("* 24 * * *", 'hour ("24"): 24 is out of range: 0 to 23'),
    ("* * 0 * *", 'day of month ("0"): 0 is out of range: 1 to 31'),
    ("* * 32 * *", "out of range"),
    ("* * * 0 *", 'month ("0"): 0 is out of range: 1 to 12'),
    ("* * * 13 *", "out of range"),
    ("* * * * 8", 'day of week ("8"): 8 is out of range: 0 to 7'),
    ("5-1 * * * *", "the range goes backwards; write two, such as 5-59,0-1"),
    ("0 22-4 * * *", "write two, such as 22-23,0-4"),
    ("0 0 * * SAT-MON", "backwards"),
    ("0 0 * * FRI-SUN", "Sunday at the end of a range is 7: FRI-7"),
    ("*/0 * * * *", 'the step after "/" must be a number from 1 to 59'),
    ("*/ * * * *", "the step"),
    ("*/90 * * * *", "the step"),
    ("*/5/2 * * * *", "the step"),
    ("1,,2 * * * *", "a comma without a value"),
    ("1, * * * *", "a comma without a value"),
    ("1,1 * * * *", "1 is named twice"),
    ("0-10,5 * * * *", "5 is named twice"),
    ("0 0 L,L * *", "L is named twice"),
    ("1- * * * *", "only numbers from 0 to 59"),
    ("1-2-3 * * * *", "only numbers"),
    ("*-5 * * * *", "only numbers"),
    ("1.5 * * * *", "only numbers"),
    ("a * * * *", "only numbers from 0 to 59"),
    ("\u0663 * * * *", "only numbers"),
    ("H * * * *", '"H" is not supported'),
    ("0 0 * MON *", 'month ("MON"): only numbers from 1 to 12, names such as FEB'),
    ("0 0 * * JAN", "names such as MON"),
    ("0 0 * * Monday", "names have three letters: MON"),
    ("0 0 * * L", "day of week"),
    ("0 0 * * 8L", "day of week"),
    ("0 0 LW * *", "day of month"),
    ("0 0 * * 1#6", '"#" stands alone'),
    ("0 0 * * 1#2,3", '"#" stands alone'),
    ("0 0 * * #2", '"#" stands alone'),
    ("0 0 31 2 *", "never comes true: no month that it names has such a day"),
    ("0 0 30 feb *", "never comes true: no month that it names has such a day"),
    ("0 0 31 4 *", "never comes true: no month that it names has such a day"),
    ("0 0 31 2 1", "never comes true: no month that it names has such a day"),
    ("0 0 31 2,4,6,9,11 *", "never comes true: no month that it names has such a day"),
    ("0 0 * 2 1#5", "never comes true: no month that it names has such a day"),
]


@pytest.mark.parametrize("schedule", RIGHT)
def test_right(schedule):
    assert cron.problems(schedule) == []


@pytest.mark.parametrize(("schedule", "phrase"), REFUSED)
def test_refused(schedule, phrase):
    messages = cron.problems(schedule)
    assert len(messages) == 1
    assert phrase in messages[0]


def test_every_wrong_field_is_named():
    messages = cron.problems("60 24 0 13 8")
    assert [message.split(" (")[0] for message in messages] == [
        "minute",
        "hour",
        "day of month",
        "month",
        "day of week",
    ]


@pytest.mark.parametrize("value", [None, 5, True, ["0 0 * * *"], {}])
def test_no_text(value):
    assert cron.problems(value) == ['must be text with five cron fields, such as "0 3 * * *"']


@given(st.text(max_size=200) | st.text(alphabet="0123456789*/,-?LH#@ abfjmnosu\n", max_size=40))
def test_any_text_gives_messages_of_one_line(schedule):
    assert all(message.isprintable() for message in cron.problems(schedule))


def _calendar():
    """Each month length with each weekday of its first day comes in 28 years: every kind of day is in here."""
    day = datetime.date(2024, 1, 1)
    while day < datetime.date(2052, 1, 1):
        yield day.day, day.month, day.isoweekday() % 7
        day += datetime.timedelta(1)


CALENDAR = sorted(set(_calendar()))


def _comes(days, months, weekdays):
    for day, month, weekday in CALENDAR:
        if days and weekdays:
            asked = day in days or weekday in weekdays
        else:
            asked = (not days or day in days) and (not weekdays or weekday in weekdays)
        if asked and (not months or month in months):
            return True
    return False


def _written(numbers):
    return ",".join(map(str, sorted(numbers))) or "*"


@given(
    st.sets(st.integers(28, 31), max_size=2),
    st.sets(st.integers(1, 12), max_size=3),
    st.sets(st.integers(0, 6), max_size=2),
)
def test_never_is_what_no_calendar_has(days, months, weekdays):
    refused = cron.problems("0 0 %s %s %s" % (_written(days), _written(months), _written(weekdays))) != []
    if weekdays and days and len(months) == 1 and not _comes(set([min(days)]), months, set()):
        assert refused  # the API's parser refuses a first day that the only month lacks, also beside a weekday
    else:
        assert refused == (not _comes(days, months, weekdays))


UTC = datetime.timezone.utc
FRIDAY = datetime.datetime(2026, 11, 27, 18, 30, 15, tzinfo=UTC)

NEXT = [
    ("* * * * *", ["2026-11-27 18:31", "2026-11-27 18:32"]),
    ("30 18 * * *", ["2026-11-28 18:30", "2026-11-29 18:30"]),
    ("*/20 3,4 * * *", ["2026-11-28 03:00", "2026-11-28 03:20", "2026-11-28 03:40", "2026-11-28 04:00"]),
    ("0 6 * * 1-5", ["2026-11-30 06:00", "2026-12-01 06:00"]),
    ("0 0 1 1 *", ["2027-01-01 00:00", "2028-01-01 00:00"]),
    ("0 0 29 2 *", ["2028-02-29 00:00", "2032-02-29 00:00"]),
    ("0 0 L * *", ["2026-11-30 00:00", "2026-12-31 00:00"]),
    ("0 0 * * 5L", ["2026-12-25 00:00", "2027-01-29 00:00"]),
    ("0 0 * * 1#2", ["2026-12-14 00:00", "2027-01-11 00:00"]),
    ("0 0 13 * 5", ["2026-12-04 00:00", "2026-12-11 00:00", "2026-12-13 00:00"]),
    ("0 0 31 2 *", []),
    ("nonsense", []),
    (None, []),
]


@pytest.mark.parametrize(("schedule", "times"), NEXT)
def test_next_times(schedule, times):
    found = cron.next_times(schedule, FRIDAY, len(times) or 3)
    assert [time.strftime("%Y-%m-%d %H:%M") for time in found] == times
    assert all(time.tzinfo == UTC for time in found)


def test_times_are_utc_wherever_the_moment_was_read():
    east = FRIDAY.astimezone(datetime.timezone(datetime.timedelta(hours=9)))
    assert cron.next_times("0 0 * * *", east, 3) == cron.next_times("0 0 * * *", FRIDAY, 3)


@given(
    st.sampled_from([schedule for schedule in RIGHT if "29 2" not in schedule and "29,31" not in schedule]),
    st.datetimes(datetime.datetime(2024, 1, 1), datetime.datetime(2060, 1, 1), timezones=st.just(UTC)),
)
def test_each_next_time_is_the_first_after_the_one_before(schedule, after):
    times = cron.next_times(schedule, after, 3)
    assert len(times) == 3 and after < times[0] < times[1] < times[2]
    assert cron.next_times(schedule, times[0], 2) == times[1:]
    assert cron.next_times(schedule, times[0] - datetime.timedelta(seconds=1), 1) == times[:1]


@given(
    st.tuples(*[st.tuples(st.integers(low, high), st.integers(low, high)) for low, high in [(0, 59), (0, 23), (1, 28)]])
)
def test_forward_ranges_pass_and_backward_ones_do_not(ranges):
    fields = " ".join("%d-%d" % pair for pair in ranges)
    backward = sum(first > last for first, last in ranges)
    assert len(cron.problems(fields + " * *")) == backward

# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Small ledgers that can be checked by hand.

Money is in euros, time in minutes; the hour costs 100 euros where nothing else is said.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from ledger import Ledger

from engine.burndown import Demand, Overrun, Posting, Settlement, Slice, burn
from engine.lots import MONEY, TIME, Lot, available, burn_order, lowest_level

CENT = Decimal("0.01")
JAN, FEB, MAR, APR = (date(2026, month, 1) for month in (1, 2, 3, 4))
TODAY = date(2026, 3, 15)


def money(key, quantity, **values):
    return lot(key, MONEY, quantity, **values)


def hours(key, minutes, **values):
    return lot(key, TIME, minutes, **values)


def lot(key, unit, quantity, first_day=JAN, **values):
    return Lot(key, unit, Decimal(str(quantity)), first_day, **values)


def labour(minutes, price=None, day=TODAY, key="work", **values):
    price = Decimal(str(round(minutes * 100 / 60, 2) if price is None else price))
    return Demand(key, day, price, minutes, **values)


def fee(price, minutes=0, key="fee", day=TODAY):
    return Demand(key, day, Decimal(str(price)), minutes, fee=True)


def settle(demand, *lots, previous=None, today=TODAY):
    """The settlement and the postings of one demand."""
    demand = replace(demand, previous=previous)
    settlements, postings = burn([demand], lots, today, CENT)
    return settlements[demand.key], postings


def paid(settlement):
    """``[(lot, quantity, minutes, price)]`` and the overrun, in plain numbers."""
    return (
        [
            (part.lot, float(part.quantity), part.minutes, float(part.price))
            for part in settlement.slices
        ],
        (settlement.overrun.minutes, float(settlement.overrun.price)),
    )


def posted(postings):
    return [
        (one.lot, one.kind, float(one.quantity), one.minutes, float(one.price))
        for one in postings
    ]


NOTHING = (0, 0.0)


class TestWhoPays:
    def test_three_lots_span_one_debit(self):
        lots = money(1, 50), money(2, 30), money(3, 500)
        answer, postings = settle(labour(60), *lots)
        assert paid(answer) == (
            [(1, 50, 30, 50), (2, 30, 18, 30), (3, 20, 12, 20)],
            NOTHING,
        )
        assert posted(postings) == [
            (1, "debit", -50, 30, 50),
            (2, "debit", -30, 18, 30),
            (3, "debit", -20, 12, 20),
        ]

    def test_what_no_credit_covers_is_overrun(self):
        answer, _postings = settle(labour(60), money(1, 25), hours(2, 15))
        assert paid(answer) == ([(1, 25, 15, 25), (2, 15, 15, 25)], (30, 50))

    def test_without_any_lot_all_is_overrun(self):
        assert settle(labour(60)) == (Settlement((), Overrun(60, Decimal(100))), [])

    def test_money_before_time(self):
        lots = money(1, "33.33", priority=1), hours(2, 600)
        answer, _postings = settle(labour(60), *lots)
        assert paid(answer) == ([(1, 33.33, 19, 33.33), (2, 41, 41, 66.67)], NOTHING)

    def test_time_before_money(self):
        lots = money(1, 1000), hours(2, 20, priority=1)
        answer, _postings = settle(labour(60), *lots)
        assert paid(answer) == ([(2, 20, 20, 33.33), (1, 66.67, 40, 66.67)], NOTHING)

    def test_running_totals_close_price_and_minutes(self):
        lots = [hours(key, 20) for key in (1, 2, 3)]
        answer, _postings = settle(labour(60), *lots)
        assert [part.price for part in answer.slices] == [
            Decimal("33.33"),
            Decimal("33.34"),
            Decimal("33.33"),
        ]

    def test_money_of_less_than_a_minute_pays_no_minute(self):
        answer, _postings = settle(labour(60), money(1, "0.50"), hours(2, 60))
        assert paid(answer) == ([(1, 0.5, 0, 0.5), (2, 60, 60, 99.5)], NOTHING)

    def test_all_but_a_cent(self):
        answer, _postings = settle(labour(60), money(1, "99.99"))
        assert paid(answer) == ([(1, 99.99, 59, 99.99)], (1, 0.01))

    def test_time_price_is_rounded_to_the_currency(self):
        demand = Demand("work", TODAY, Decimal(1000), 60)
        settlements, _postings = burn([demand], [hours(1, 20)], TODAY, Decimal(1))
        assert settlements["work"].slices[0].price == Decimal(333)

    def test_credit_without_a_whole_minute_pays_nothing(self):
        answer, postings = settle(labour(60), hours(1, "0.5"))
        assert (paid(answer), postings) == (([], (60, 100)), [])

    def test_minutes_without_price_burn_time_and_no_money(self):
        assert paid(settle(labour(60, 0), hours(1, 90))[0]) == (
            [(1, 60, 60, 0)],
            NOTHING,
        )
        assert paid(settle(labour(60, 0), money(1, 90))[0]) == ([], (60, 0))

    def test_tiny_price(self):
        answer, _postings = settle(labour(60, "0.01"), hours(1, 30), money(2, 5))
        assert paid(answer) == ([(1, 30, 30, 0.01)], (30, 0))
        answer, _postings = settle(labour(60, "0.02"), hours(1, 20), money(2, 5))
        assert paid(answer) == ([(1, 20, 20, 0.01), (2, 0.01, 40, 0.01)], NOTHING)

    def test_tiny_price_paid_by_money_after_more_time_than_its_share(self):
        lots = hours(1, 1, priority=1), money(2, "0.01", priority=2), hours(3, 60)
        answer, _postings = settle(labour(60, "0.04"), *lots)
        assert paid(answer) == (
            [(1, 1, 1, 0), (2, 0.01, 14, 0.01), (3, 45, 45, 0.03)],
            NOTHING,
        )


class TestOrder:
    def order(self, *lots):
        return [one.key for one in sorted(lots, key=burn_order)]

    def test_keys_in_turn(self):
        lots = (
            money(1, 1, priority=20, last_day=FEB, free=True),
            money(2, 1),
            money(3, 1, last_day=APR),
            money(4, 1, last_day=APR, first_day=FEB, free=True),
            money(5, 1, last_day=MAR, first_day=FEB),
            money(6, 1, last_day=APR, first_day=date(2025, 1, 1)),
            money(7, 1, last_day=APR),
        )
        assert self.order(*lots) == [5, 4, 6, 3, 7, 2, 1]

    def test_never_the_newest_first(self):
        lots = money(1, 60, first_day=FEB), money(2, 60, first_day=JAN)
        answer, _postings = settle(labour(60), *lots)
        assert paid(answer)[0] == [(2, 60, 36, 60), (1, 40, 24, 40)]

    def test_free_before_paid(self):
        lots = money(1, 60), money(2, 60, free=True, first_day=MAR)
        answer, _postings = settle(labour(60), *lots)
        assert [part.lot for part in answer.slices] == [2, 1]

    def test_earliest_expiry_before_free(self):
        lots = money(1, 60, last_day=APR), money(2, 60, free=True)
        answer, _postings = settle(labour(60), *lots)
        assert [part.lot for part in answer.slices] == [1, 2]

    def test_priority_before_expiry(self):
        lots = money(1, 60, last_day=APR), money(2, 60, priority=5)
        answer, _postings = settle(labour(60), *lots)
        assert [part.lot for part in answer.slices] == [2, 1]

    def test_demands_are_served_in_the_given_order(self):
        demands = [labour(60, key="b"), labour(60, key="a")]
        settlements, _postings = burn(demands, [money(1, 150)], TODAY, CENT)
        assert settlements["b"].overrun == Overrun()
        assert settlements["a"].overrun == Overrun(30, Decimal(50))


class TestValidity:
    @pytest.mark.parametrize(
        ("day", "usable"),
        [(14, False), (15, True), (16, True), (17, False)],
    )
    def test_both_days_included(self, day, usable):
        one = money(1, 100, first_day=date(2026, 3, 15), last_day=date(2026, 3, 16))
        quantity = available(one, date(2026, 3, day), date(2026, 3, 20))
        assert quantity == (100 if usable else 0)

    def test_lot_that_starts_next_month(self):
        answer, postings = settle(labour(60), money(1, 100, first_day=APR))
        assert (paid(answer), postings) == (([], (60, 100)), [])

    def test_lot_that_expired_yesterday(self):
        one = money(1, 100, last_day=date(2026, 3, 14))
        assert paid(settle(labour(60), one)[0]) == ([], (60, 100))

    def test_late_work_while_the_lapse_is_not_posted_yet(self):
        one = money(1, 100, last_day=date(2026, 3, 14))
        demand = labour(60, day=date(2026, 3, 14))
        answer, postings = settle(demand, one)
        assert paid(answer) == ([(1, 100, 60, 100)], NOTHING)
        assert posted(postings) == [(1, "debit", -100, 60, 100)]

    def test_late_work_on_a_lot_that_lapsed_since(self):
        one = money(1, 0, last_day=date(2026, 3, 14), closed=True, lapsed=Decimal(80))
        answer, postings = settle(labour(60, day=date(2026, 3, 14)), one)
        assert paid(answer) == ([(1, 80, 48, 80)], (12, 20))
        assert posted(postings) == [
            (1, "expiry", 80, 0, 0),
            (1, "debit", -80, 48, 80),
        ]

    def test_less_work_on_a_lot_that_lapsed_since(self):
        one = money(1, 0, last_day=date(2026, 3, 14), closed=True, lapsed=Decimal(80))
        demand = labour(60, day=date(2026, 3, 14))
        before, _postings = settle(demand, one)
        one = replace(one, lapsed=Decimal(0))
        after, postings = settle(
            labour(15, day=date(2026, 3, 14)), one, previous=before
        )
        assert paid(after) == ([(1, 25, 15, 25)], NOTHING)
        assert posted(postings) == [
            (1, "release", 55, -33, -55),
            (1, "expiry", -55, 0, 0),
        ]

    def test_work_after_the_lapse_cannot_use_what_lapsed(self):
        one = money(1, 0, last_day=date(2026, 3, 14), closed=True, lapsed=Decimal(80))
        assert paid(settle(labour(60), one)[0]) == ([], (60, 100))

    def test_reserved_credit_stays(self):
        one = money(1, 100, reserved=Decimal(70))
        assert paid(settle(labour(60), one)[0]) == ([(1, 30, 18, 30)], (42, 70))


class TestLevels:
    RISE = ((date(2026, 3, 10), Decimal(50)),)

    @pytest.mark.parametrize(("day", "lowest"), [(9, 30), (10, 80), (11, 80)])
    def test_credit_that_came_later_is_not_there_before(self, day, lowest):
        start = date(2026, 3, day)
        assert lowest_level(Decimal(80), self.RISE, start, TODAY) == lowest
        assert available(money(1, 80, rises=self.RISE), start, TODAY) == lowest

    def test_lowest_of_several(self):
        rises = (
            (date(2026, 3, 12), Decimal(10)),
            (date(2026, 3, 10), Decimal(30)),
        )
        assert lowest_level(Decimal(80), rises, date(2026, 3, 9), TODAY) == 40
        assert lowest_level(Decimal(80), rises, date(2026, 3, 10), TODAY) == 70

    def test_draws_after_a_rise_were_never_there_before(self):
        """130 before the 10th, 180 after it, 80 since the 12th."""
        changes = (*self.RISE, (date(2026, 3, 12), Decimal(-100)))
        assert lowest_level(Decimal(80), changes, date(2026, 3, 9), TODAY) == 80

    def test_changes_of_one_day_count_together(self):
        changes = (*self.RISE, (date(2026, 3, 10), Decimal(-50)))
        assert lowest_level(Decimal(80), changes, date(2026, 3, 9), TODAY) == 80

    def test_rise_after_the_expiry_was_not_there_before_it(self):
        """100, all drawn on 10 March; 40 came back, and lapsed, on 5 April."""
        one = money(
            1,
            0,
            last_day=date(2026, 3, 31),
            closed=True,
            lapsed=Decimal(40),
            rises=((date(2026, 4, 5), Decimal(40)),),
        )
        assert available(one, date(2026, 3, 20), date(2026, 4, 6)) == 0

    def test_work_on_the_last_day_counts_before_a_rise_after_it(self):
        """60, all drawn on the last day; 40 came back five days later."""
        end = date(2026, 3, 31)
        changes = ((end, Decimal(-60)), (date(2026, 4, 5), Decimal(40)))
        assert lowest_level(Decimal(40), changes, date(2026, 3, 20), end) == 0
        one = money(1, 40, last_day=end, rises=changes)
        assert available(one, date(2026, 3, 20), date(2026, 4, 6)) == 0

    def test_levels_after_the_expiry_do_not_count(self):
        """100 on the last day, 70 and then 120 after it."""
        changes = (
            (date(2026, 4, 5), Decimal(-30)),
            (date(2026, 4, 6), Decimal(50)),
        )
        one = money(1, 120, last_day=date(2026, 3, 31), rises=changes)
        assert available(one, date(2026, 3, 20), date(2026, 4, 7)) == 100

    def test_fall_after_the_expiry_leaves_no_more_than_there_is(self):
        changes = ((date(2026, 4, 5), Decimal(-40)),)
        end = date(2026, 3, 31)
        assert lowest_level(Decimal(10), changes, date(2026, 3, 20), end) == 10

    def test_never_less_than_nothing(self):
        one = money(1, 20, rises=self.RISE)
        assert available(one, date(2026, 3, 1), TODAY) == 0

    def test_levels_move_within_a_run(self):
        """30 were there before the 10th, work after it leaves them alone."""
        one = money(1, 80, rises=self.RISE)
        demands = [
            labour(24, key="late", day=TODAY),
            labour(60, key="early", day=date(2026, 3, 1)),
        ]
        settlements, _postings = burn(demands, [one], TODAY, CENT)
        assert settlements["late"].slices[0].quantity == 40
        assert settlements["early"].slices[0].quantity == 30

    def test_what_is_given_back_within_a_run_was_there_from_its_own_day(self):
        one = money(1, 50, rises=self.RISE)
        before = Settlement((Slice(1, MONEY, False, Decimal(40), 24, Decimal(40)),))
        demands = [
            labour(0, key="gone", day=date(2026, 3, 5), previous=before),
            labour(60, key="early", day=date(2026, 3, 1)),
            labour(60, key="later", day=date(2026, 3, 6)),
        ]
        settlements, _postings = burn(demands, [one], TODAY, CENT)
        assert settlements["early"].slices == ()
        assert settlements["later"].slices[0].quantity == 40


class TestFees:
    def test_time_credit_pays_no_fee(self):
        assert paid(settle(fee(150), hours(1, 600))[0]) == ([], (0, 150))

    def test_money_pays_a_fee(self):
        answer, _postings = settle(fee(150), hours(1, 600), money(2, 100))
        assert paid(answer) == ([(2, 100, 0, 100)], (0, 50))

    def test_fee_with_a_time_price(self):
        answer, _postings = settle(fee(150, 60), hours(1, 40), money(2, 500))
        assert paid(answer) == ([(1, 40, 40, 100), (2, 50, 20, 50)], NOTHING)

    def test_free_tickets_pay_no_fee(self):
        lots = hours(1, 60, allowance=True, free=True, priority=1), hours(2, 60)
        answer, _postings = settle(fee(150, 60), *lots)
        assert paid(answer) == ([(2, 60, 60, 150)], NOTHING)

    def test_free_tickets_pay_labour(self):
        one = hours(1, 60, allowance=True, free=True)
        assert paid(settle(labour(60), one)[0]) == ([(1, 60, 60, 100)], NOTHING)

    def test_free_money_pays_a_fee(self):
        assert paid(settle(fee(150), money(1, 200, free=True))[0])[1] == NOTHING


class TestTimeFactor:
    def test_rounded_up_once_per_charge(self):
        demand = labour(45, time_factor=Decimal("1.5"))
        answer, _postings = settle(demand, hours(1, 600))
        assert paid(answer) == ([(1, 68, 45, 75)], NOTHING)

    def test_rounded_up_once_over_several_lots(self):
        """Three lots of 15, 15 and 15 minutes would burn 69 if each were rounded."""
        demand = labour(45, time_factor=Decimal("1.5"))
        answer, _postings = settle(demand, hours(1, 23), hours(2, 22), hours(3, 90))
        assert [part.quantity for part in answer.slices] == [23, 22, 23]
        assert [part.minutes for part in answer.slices] == [15, 15, 15]

    def test_a_lot_pays_the_minutes_that_it_covers(self):
        answer, _postings = settle(
            labour(60, time_factor=Decimal("1.5")), hours(1, 44), money(2, 500)
        )
        assert paid(answer) == ([(1, 44, 29, 48.33), (2, 51.67, 31, 51.67)], NOTHING)

    def test_free_tickets_burn_a_minute_per_minute(self):
        demand = labour(60, time_factor=Decimal("1.5"))
        free = hours(1, 30, allowance=True, free=True, priority=1)
        answer, _postings = settle(demand, free, hours(2, 600))
        assert paid(answer) == ([(1, 30, 30, 50), (2, 45, 30, 50)], NOTHING)

    def test_free_tickets_do_not_count_for_the_rounding_up(self):
        demand = labour(30, time_factor=Decimal("1.5"))
        free = hours(1, 15, allowance=True, free=True, priority=1)
        answer, _postings = settle(demand, free, hours(2, 600))
        assert [part.quantity for part in answer.slices] == [15, 23]

    def test_a_minute_that_rounding_up_paid_already_is_a_debit_too(self):
        half = Decimal("0.5")
        before, _postings = settle(labour(1, 0, time_factor=half), hours(1, 1))
        more = labour(2, 0, time_factor=half)
        after, postings = settle(more, hours(1, 0), hours(2, 9), previous=before)
        assert paid(after) == ([(1, 1, 1, 0), (2, 0, 1, 0)], NOTHING)
        assert posted(postings) == [(2, "debit", 0, 1, 0)]

    def test_half_a_minute_per_minute(self):
        demand = labour(45, time_factor=Decimal("0.5"))
        assert paid(settle(demand, hours(1, 20), hours(2, 20))[0])[0] == [
            (1, 20, 40, 66.67),
            (2, 3, 5, 8.33),
        ]

    def test_less_work_gives_back_what_it_burnt(self):
        demand = labour(45, time_factor=Decimal("1.5"))
        before, _postings = settle(demand, hours(1, 23), hours(2, 600))
        less = replace(labour(30), time_factor=Decimal("1.5"))
        lots = hours(1, 0), hours(2, 555)
        after, postings = settle(less, *lots, previous=before)
        assert paid(after)[0] == [(1, 23, 15, 25), (2, 22, 15, 25)]
        assert posted(postings) == [(2, "release", 23, -15, -25)]


class TestEdits:
    def ledger(self, *quantities):
        ledger = Ledger(TODAY)
        for quantity in quantities:
            ledger.grant(unit=MONEY, remaining=Decimal(quantity), first_day=JAN)
        return ledger

    def remaining(self, ledger):
        return [int(one.remaining) for one in ledger.lots.values()]

    def test_more_debits_the_difference(self):
        ledger = self.ledger(500)
        ledger.settle(labour(60))
        assert posted(ledger.settle(labour(90))) == [(1, "debit", -50, 30, 50)]
        assert paid(ledger.settlements["work"]) == ([(1, 150, 90, 150)], NOTHING)

    def test_less_gives_the_difference_back(self):
        ledger = self.ledger(500)
        ledger.settle(labour(60))
        assert posted(ledger.settle(labour(45))) == [(1, "release", 25, -15, -25)]

    def test_the_lot_drawn_last_is_refilled_first(self):
        ledger = self.ledger(50, 30, 500)
        ledger.settle(labour(60))
        assert posted(ledger.settle(labour(36))) == [
            (2, "release", 20, -12, -20),
            (3, "release", 20, -12, -20),
        ]
        assert self.remaining(ledger) == [0, 20, 500]

    def test_nothing_left_gives_all_back(self):
        ledger = self.ledger(50, 30, 10)
        ledger.settle(labour(60))
        ledger.settle(labour(0))
        assert self.remaining(ledger) == [50, 30, 10]
        assert ledger.settlements["work"] == Settlement()

    def test_overrun_is_cancelled_before_credit_comes_back(self):
        ledger = self.ledger(50, 30)
        ledger.settle(labour(60))
        assert ledger.settle(labour(54)) == []
        assert ledger.settlements["work"].overrun == Overrun(6, Decimal(10))
        assert posted(ledger.settle(labour(45))) == [(2, "release", 5, -3, -5)]
        assert ledger.settlements["work"].overrun == Overrun()

    def test_a_top_up_does_not_pay_old_overrun(self):
        ledger = self.ledger(50)
        ledger.settle(labour(60))
        ledger.grant(unit=MONEY, remaining=Decimal(500), first_day=JAN)
        assert ledger.settle(labour(60)) == []
        assert ledger.settle(labour(54)) == []
        assert ledger.settlements["work"].overrun == Overrun(24, Decimal(40))

    def test_a_top_up_pays_what_is_added(self):
        ledger = self.ledger(50)
        ledger.settle(labour(60))
        ledger.grant(unit=MONEY, remaining=Decimal(500), first_day=JAN)
        assert posted(ledger.settle(labour(75))) == [(2, "debit", -25, 15, 25)]
        assert ledger.settlements["work"].overrun == Overrun(30, Decimal(50))

    def test_a_top_up_of_hours_pays_what_is_added(self):
        ledger = self.ledger(50)
        ledger.settle(labour(60))
        ledger.grant(unit=TIME, remaining=Decimal(600), first_day=JAN)
        assert posted(ledger.settle(labour(75))) == [(2, "debit", -15, 15, 25)]

    def test_paid_parts_are_not_shuffled_by_better_credit(self):
        ledger = self.ledger(500)
        ledger.settle(labour(60))
        ledger.grant(
            unit=MONEY, remaining=Decimal(500), first_day=JAN, priority=1, free=True
        )
        assert ledger.settle(labour(60)) == []
        assert posted(ledger.settle(labour(75))) == [(2, "debit", -25, 15, 25)]

    def test_a_cent_left_over_goes_to_the_time_that_is_kept(self):
        """30 minutes for 53.33 are 26.66 and 26.67; 15 minutes alone are 26.67."""
        previous = Settlement(
            (
                Slice(1, TIME, False, Decimal(15), 15, Decimal("26.66")),
                Slice(2, TIME, False, Decimal(15), 15, Decimal("26.67")),
            )
        )
        lots = hours(1, 0), hours(2, 0)
        after, postings = settle(labour(15, "26.67"), *lots, previous=previous)
        assert paid(after) == ([(1, 15, 15, 26.67)], NOTHING)
        assert posted(postings) == [
            (1, "debit", 0, 0, 0.01),
            (2, "release", 15, -15, -26.67),
        ]

    def test_a_cent_too_much_is_taken_off_the_time_that_is_kept(self):
        lots = hours(1, 0), hours(2, 0)
        before, _postings = settle(labour(30, "53.33"), hours(1, 15), hours(2, 15))
        assert [part.price for part in before.slices] == [
            Decimal("26.67"),
            Decimal("26.66"),
        ]
        after, postings = settle(labour(15, "26.66"), *lots, previous=before)
        assert paid(after) == ([(1, 15, 15, 26.66)], NOTHING)
        assert posted(postings)[0] == (1, "release", 0, 0, -0.01)

    def test_another_price_for_the_same_minutes_is_paid_in_money(self):
        before, _postings = settle(labour(30), money(1, 50))
        after, postings = settle(labour(30, 60), money(1, 4), previous=before)
        assert paid(after) == ([(1, 54, 30, 54)], (0, 6))
        assert posted(postings) == [(1, "debit", -4, 0, 4)]

    def test_dearer_work_gives_no_minute_back_while_money_is_drawn(self):
        """30 of 60 minutes were paid with 50. At 200, 70 would be but 21 minutes."""
        before, _postings = settle(labour(60), hours(1, 30))
        before = replace(before, overrun=Overrun())
        lots = hours(1, 0), money(2, 20)
        after, _postings = settle(labour(60, 200), *lots, previous=before)
        assert paid(after) == ([(1, 30, 30, 50), (2, 20, 0, 20)], (30, 130))

    def test_cheaper_work_gives_no_price_back_while_time_is_drawn(self):
        """50 were paid for 30 of 60 minutes. At 60, 40 minutes would be but 40."""
        before, _postings = settle(labour(60), money(1, 50))
        before = replace(before, overrun=Overrun())
        lots = money(1, 0), hours(2, 10)
        after, _postings = settle(labour(60, 60), *lots, previous=before)
        assert paid(after) == ([(1, 50, 30, 50), (2, 10, 10, 0)], (20, 10))

    def test_another_part_of_the_same_lot_joins_the_one_before(self):
        ledger = self.ledger(500)
        ledger.settle(labour(60))
        ledger.settle(labour(75))
        assert len(ledger.settlements["work"].slices) == 1

    def test_fee_that_is_gone(self):
        ledger = self.ledger(500)
        ledger.settle(fee(150))
        assert posted(ledger.settle(fee(0))) == [(1, "release", 150, 0, -150)]


class TestBatches:
    def test_one_gives_back_what_the_other_draws(self):
        one = money(1, 100)
        before, _postings = settle(labour(60, key="old"), one)
        for turn in (1, -1):
            demands = [
                labour(60, key="new"),
                labour(0, key="old", previous=before),
            ][::turn]
            settlements, postings = burn(demands, [money(1, 0)], TODAY, CENT)
            assert settlements["new"].overrun == Overrun()
            assert postings == [
                Posting(1, "release", "old", Decimal(100), -60, Decimal(-100)),
                Posting(1, "debit", "new", Decimal(-100), 60, Decimal(100)),
            ]

    def test_the_same_through_a_lapsed_lot(self):
        day = date(2026, 2, 20)
        one = money(1, 100, last_day=MAR)
        before, _postings = settle(labour(60, key="old", day=day), one)
        demands = [
            labour(30, key="new", day=day),
            labour(0, key="old", day=day, previous=before),
        ]
        lapsed = money(1, 0, last_day=MAR, closed=True)
        _settlements, postings = burn(demands, [lapsed], TODAY, CENT)
        assert [(one.kind, int(one.quantity)) for one in postings] == [
            ("release", 100),
            ("expiry", -100),
            ("expiry", 50),
            ("debit", -50),
        ]

    def test_a_demand_is_settled_once_per_run(self):
        with pytest.raises(ValueError, match="only once"):
            burn([labour(60), labour(0)], [], TODAY, CENT)

    def test_two_demands_share_a_lot(self):
        demands = [labour(60, key=1), labour(60, key=2)]
        settlements, _postings = burn(demands, [money(1, 130)], TODAY, CENT)
        assert settlements[2].overrun == Overrun(42, Decimal(70))

    def test_nothing_to_do(self):
        assert burn([], [money(1, 100)], TODAY, CENT) == ({}, [])


class TestOtherWork:
    """Another rate, or nothing that credit may pay: a release and a debit."""

    def test_another_rate_is_a_full_release_and_a_fresh_debit(self):
        before, _postings = settle(labour(60), money(1, 200))
        again = labour(60, 150, fresh=True)
        after, postings = settle(again, money(1, 100), previous=before)
        assert paid(after) == ([(1, 150, 60, 150)], NOTHING)
        assert posted(postings) == [
            (1, "release", 100, -60, -100),
            (1, "debit", -150, 60, 150),
        ]

    def test_it_forgets_its_overrun(self):
        before, _postings = settle(labour(60), money(1, 25))
        again = labour(60, fresh=True)
        after, _postings = settle(again, money(1, 500), previous=before)
        assert paid(after) == ([(1, 100, 60, 100)], NOTHING)

    def test_but_not_what_was_waived_of_it(self):
        before, _postings = settle(labour(60), money(1, 25))
        again = labour(60, 90, fresh=True, waived=before.overrun)
        after, _postings = settle(again, money(1, 500), previous=before)
        assert paid(after) == ([(1, 15, 10, 15)], (50, 75))
        cheaper = labour(30, 40, fresh=True, waived=before.overrun)
        after, _postings = settle(cheaper, money(1, 500), previous=before)
        assert paid(after) == ([], (30, 40))

    def test_through_a_lapsed_lot(self):
        day = date(2026, 2, 20)
        before, _postings = settle(labour(60, day=day), money(1, 100, last_day=MAR))
        lapsed = money(1, 0, last_day=MAR, closed=True)
        again = labour(60, 80, day=day, fresh=True)
        after, postings = settle(again, lapsed, previous=before)
        assert paid(after) == ([(1, 80, 60, 80)], NOTHING)
        assert sum(one.quantity for one in postings) == 0
        assert [one.kind for one in postings] == [
            "release",
            "expiry",
            "expiry",
            "debit",
        ]

    def test_work_that_credit_may_not_pay(self):
        demand = labour(60, credit=False)
        answer, postings = settle(demand, money(1, 500), hours(2, 600))
        assert (paid(answer), postings) == (([], (60, 100)), [])
        before, _postings = settle(labour(60), money(1, 500))
        answer, postings = settle(demand, money(1, 400), previous=before)
        assert paid(answer) == ([], (60, 100))
        assert posted(postings) == [(1, "release", 100, -60, -100)]


class TestWhyNot:
    """Lots that could be used on the day of the work, and why they paid or not."""

    def tried(self, demand, *lots, **values):
        return settle(demand, *lots, **values)[0].tried

    def test_lots_are_asked_in_order_until_all_is_paid(self):
        lots = money(1, 0), money(2, 50), money(3, 500), money(4, 500)
        assert self.tried(labour(60), *lots) == (
            (1, "empty"),
            (2, "paid"),
            (3, "paid"),
        )

    def test_lots_that_are_not_valid_on_the_day_are_not_asked(self):
        lots = money(1, 50, last_day=FEB), money(2, 50, first_day=APR)
        assert self.tried(labour(60), *lots) == ()

    def test_reserved_credit(self):
        lot = money(1, 50, reserved=Decimal(50))
        assert self.tried(labour(60), lot) == ((1, "reserved"),)

    def test_credit_that_was_not_there_on_the_day(self):
        lot = money(1, 50, rises=((TODAY, Decimal(50)),))
        assert self.tried(labour(60, day=FEB), lot) == ((1, "late"),)

    def test_credit_that_pays_no_fees(self):
        lots = hours(1, 60, allowance=True), hours(2, 60)
        assert self.tried(fee(150), *lots) == ((1, "no_fees"), (2, "no_time"))

    def test_nothing_is_asked_where_nothing_is_left_to_pay(self):
        before, _postings = settle(labour(60), money(1, 500))
        assert self.tried(labour(45), money(1, 400), previous=before) == ()

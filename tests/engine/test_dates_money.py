# Copyright 2026 Prepaid Support contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rounding, validity, the examples in docstrings, and that the engine stands alone."""

import ast
import doctest
import importlib
import sys
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.dates import add_months, last_usable_day
from engine.money import ceil_minutes, decimal_of, round_half_up, round_money

FOLDER = Path(engine.__file__).parent
MODULES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
CENT = Decimal("0.01")


# Money


@pytest.mark.parametrize(
    ("amount", "step", "expected"),
    [
        ("106.666668", "0.01", "106.67"),
        ("0.004", "0.01", "0.00"),
        ("0.005", "0.01", "0.01"),
        ("2.675", "0.01", "2.68"),
        ("-0.005", "0.01", "-0.01"),
        ("-0.004", "0.01", "0.00"),
        ("333.5", "1", "334"),
        ("1.02", "0.05", "1.00"),
        ("1.025", "0.05", "1.05"),
        ("12.3456", "0.001", "12.346"),
        ("0", "0.01", "0.00"),
    ],
)
def test_round_money(amount, step, expected):
    answer = round_money(Decimal(amount), Decimal(step))
    assert isinstance(answer, Decimal)
    assert answer == Decimal(expected)


def test_round_money_of_thirds():
    assert round_money(Fraction(200, 3), CENT) == Decimal("66.67")
    assert round_money(Fraction(100, 3), CENT) == Decimal("33.33")


@given(st.fractions(-(10**6), 10**6), st.sampled_from(["0.01", "0.05", "1", "0.001"]))
def test_rounded_money_is_the_nearest(amount, step):
    step = Decimal(step)
    answer = round_money(amount, step)
    assert answer % step == 0
    assert abs(Fraction(answer) - amount) <= Fraction(step) / 2
    assert round_money(answer, step) == answer
    assert round_money(-amount, step) == -answer


@pytest.mark.parametrize(
    ("value", "expected"),
    [("2.4", 2), ("2.5", 3), ("3.5", 4), ("-2.4", -2), ("-2.5", -3), ("0.5", 1)],
)
def test_round_half_up(value, expected):
    assert round_half_up(Decimal(value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("67", 67), ("67.0001", 68), ("67.5", 68), ("0", 0), ("0.01", 1), ("-0.5", 0)],
)
def test_ceil_minutes(value, expected):
    answer = ceil_minutes(Decimal(value))
    assert answer == expected
    assert isinstance(answer, int)


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (26.666667, 6, "26.666667"),
        (0.1 + 0.2, 6, "0.300000"),
        (1e-07, 6, "0.000000"),
        (5e-07, 6, "0.000001"),
        (1.00005, 4, "1.0001"),
        (125, 6, "125.000000"),
        (-2.5, 0, "-3"),
        (Decimal("1.23456"), 4, "1.2346"),
        (0.0, 2, "0.00"),
    ],
)
def test_decimal_of(value, digits, expected):
    assert str(decimal_of(value, digits)) == expected


@given(st.integers(-(10**10), 10**10))
def test_decimal_of_what_a_float_column_stores(millionths):
    exact = Decimal(millionths).scaleb(-6)
    assert decimal_of(float(exact)) == exact


# Validity


@pytest.mark.parametrize(
    ("first", "number", "unit", "last"),
    [
        ("2026-11-21", 1, "year", "2027-11-21"),
        ("2028-02-29", 1, "year", "2029-02-28"),
        ("2028-02-29", 4, "year", "2032-02-29"),
        ("2027-02-28", 1, "year", "2028-02-28"),
        ("2026-01-31", 1, "month", "2026-02-28"),
        ("2026-01-31", 3, "month", "2026-04-30"),
        ("2026-11-30", 1, "month", "2026-12-30"),
        ("2026-12-31", 1, "month", "2027-01-31"),
        ("2026-12-01", 12, "month", "2027-12-01"),
        ("2026-12-31", 1, "day", "2027-01-01"),
        ("2026-02-01", 30, "day", "2026-03-03"),
    ],
)
def test_last_usable_day(first, number, unit, last):
    day = last_usable_day(date.fromisoformat(first), number, unit)
    assert day == date.fromisoformat(last)


@pytest.mark.parametrize("number", [0, -1])
@pytest.mark.parametrize("unit", ["day", "month", "year"])
def test_validity_is_at_least_one(number, unit):
    with pytest.raises(ValueError, match="at least one"):
        last_usable_day(date(2026, 1, 1), number, unit)


def test_unknown_unit_of_time():
    with pytest.raises(KeyError):
        last_usable_day(date(2026, 1, 1), 1, "week")


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(-500, 500))
def test_add_months_keeps_the_day_where_there_is_one(day, months):
    answer = add_months(day, months)
    passed = (answer.year - day.year) * 12 + answer.month - day.month
    assert passed == months
    next_day = answer + timedelta(days=1)
    assert answer.day == day.day or (answer.day < day.day and next_day.day == 1)


# The engine as it stands


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    module = importlib.import_module(f"engine.{name}")
    assert doctest.testmod(module).failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    modules = [importlib.import_module(f"engine.{name}") for name in MODULES]
    found = [test for module in modules for test in finder.find(module)]
    assert len([test for test in found if test.examples]) >= len(MODULES)


@pytest.mark.parametrize(
    "path", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.name
)
def test_imports_nothing_but_the_standard_library(path):
    """No Odoo, nothing else of the addon: relative imports stay in the engine."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            assert all(is_standard(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1 or (not node.level and is_standard(node.module))


def is_standard(name):
    return name.partition(".")[0] in sys.stdlib_module_names


#: What a module needs to read or write anything, or to know what time it is.
IMPURE = {"open", "print", "input", "now", "utcnow", "localtime", "environ"}


@pytest.mark.parametrize("name", MODULES)
def test_reads_nothing_and_has_no_clock(name):
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    calls = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not names & IMPURE
    assert not calls & (IMPURE | {"today"})

"""Names and numbers as text."""

from __future__ import annotations

import pytest

from processors.research.report import figures
from processors.research.report.report import Figure, Setting


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("equity_final", "Final equity"),
        ("max_drawdown_pct", "Max. drawdown"),
        ("max_drawdown_days", "Max. drawdown, days"),
        ("avg_trade_pct", "Average trade"),
        ("cagr_pct", "CAGR"),
        ("sqn", "SQN"),
        ("var_95_pct", "VaR 95"),
        ("something_nobody_knows", "Something nobody knows"),
        ("days", "Days"),
        ("pct", "Pct"),
        ("", ""),
    ],
)
def test_a_title_is_the_names_words_without_its_sign(name: str, title: str) -> None:
    assert figures.title(name) == title


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("return_pct", 521.123, "521.12%"),
        ("max_drawdown_pct", -36.966, "−36.97%"),
        ("max_drawdown_days", 1012, "1,012"),
        ("trades", 46, "46"),
        ("equity_final", 1_234_567.891, "1,234,567.89"),
        ("profit_factor", None, "–"),
        ("profit_factor", float("inf"), "–"),
        ("sharpe", float("nan"), "–"),
        ("expectancy", 0.00012345, "0.000123"),
        ("sharpe", -0.001, "−0.001"),
        ("return_pct", -0.0, "0.00%"),
    ],
)
def test_a_figure_has_its_units_sign(name: str, value: Figure, text: str) -> None:
    assert figures.figure(name, value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (20, "20"),
        (0.1, "0.1"),
        (100_000.0, "100,000"),
        (-2.5, "−2.5"),
        ("next open", "next open"),
    ],
)
def test_a_setting_is_told_as_it_was_given(value: Setting, text: str) -> None:
    assert figures.setting(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12_345.678, "12,345.68"),
        (36.48, "36.480"),
        (1.23456789, "1.2346"),
        (0.000123456, "0.00012346"),
        (0.0, "0.00"),
        (-37.63, "−37.630"),
    ],
)
def test_a_price_has_five_digits_and_two_places(value: float, text: str) -> None:
    assert figures.price(value) == text


@pytest.mark.parametrize(("value", "text"), [(-0.00001, "0.0%"), (0.1534, "15.3%"), (None, "–")])
def test_nothing_is_less_than_nothing(value: float | None, text: str) -> None:
    assert figures.percent(value, 1) == text

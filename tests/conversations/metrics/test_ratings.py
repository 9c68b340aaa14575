"""Ratings from comparisons."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.metrics.ratings import AVERAGE, SCALE, Game, count_results, rate

NAMES = ["a", "b", "c", "d"]
GAMES = st.lists(
    st.builds(Game, st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(["won", "tied"])),
    min_size=1,
    max_size=40,
)


def chance(first: float, second: float) -> float:
    """That the first is preferred, by its rating."""
    return float(1 / (1 + 10 ** ((second - first) / SCALE)))


@given(GAMES)
def test_each_wins_as_often_as_its_rating_says(games: list[Game]) -> None:
    """Which holds for the most likely ratings, and for no others. Each also tied once with an average
    one, whose strength is the (geometric) mean."""
    ratings = {row.model: row.rating for row in rate(games)}
    real = [game for game in games if game.first != game.second]
    if not real:
        assert ratings == {}
        return
    assert np.mean(list(ratings.values())) == pytest.approx(AVERAGE, abs=0.1)
    for model, rating in ratings.items():
        won, expected = 0.5, chance(rating, AVERAGE)
        for game in real:
            if model in (game.first, game.second):
                other = game.second if model == game.first else game.first
                share = 0.5 if game.result == "tied" else float(model == game.first)
                won, expected = won + share, expected + chance(rating, ratings[other])
        # The mean is drawn to the average after each round: a little less than exact where few met.
        assert expected == pytest.approx(won, abs=0.15)


@given(GAMES)
def test_the_same_games_give_the_same_figures_and_intervals_hold_the_rating(games: list[Game]) -> None:
    rows = rate(games)
    assert rows == rate(games)
    assert [row.rating for row in rows] == sorted((row.rating for row in rows), reverse=True)
    for row in rows:
        assert row.low <= row.rating <= row.high
        assert (row.won, row.lost, row.tied) == count_results([g for g in games if g.first != g.second])[
            row.model
        ]


def test_known_votes_give_known_ratings() -> None:
    """Two models, three of four won: log10(3.5 / 1.5) of the virtual tie's game apart, around the average."""
    games = [Game("s/one", "s/two", "won")] * 30 + [Game("s/two", "s/one", "won")] * 10
    best, worst = rate(games)
    apart = SCALE * np.log10(3)
    assert best.rating - worst.rating == pytest.approx(apart, abs=8)
    assert best.rating + worst.rating == pytest.approx(2 * AVERAGE, abs=0.2)
    assert best.low < best.rating < best.high
    assert (best.won, best.lost, best.tied, best.games) == (30, 10, 0, 40)


def test_who_always_won_is_not_infinitely_good_and_more_games_are_surer() -> None:
    few = rate([Game("a", "b", "won")] * 3)
    many = rate([Game("a", "b", "won"), Game("a", "b", "tied")] * 50)
    assert AVERAGE < few[0].rating < 2 * AVERAGE
    assert many[0].high - many[0].low < 200


def test_ties_alone_make_nobody_better() -> None:
    assert [row.rating for row in rate([Game("a", "b", "tied")] * 5)] == [AVERAGE, AVERAGE]


def test_nothing_compared_is_no_row() -> None:
    assert rate([]) == []
    assert rate([Game("a", "a", "won")]) == []

"""Ratings from comparisons."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.metrics.ratings import AVERAGE, ENOUGH, SCALE, Game, count_results, rate_models

NAMES = ["a", "b", "c", "d"]
GAMES = st.lists(
    st.builds(Game, st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(["won", "tied"])),
    min_size=1,
    max_size=40,
)


def chance(first: float, second: float) -> float:
    """That the first is preferred, by its rating."""
    return float(1 / (1 + 10 ** ((second - first) / SCALE)))


def zero_of(falling: Callable[[float], float]) -> float:
    low, high = -100.0, 100.0
    for _halving in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return low


def average_among(ratings: Iterable[float]) -> float:
    """The rating of the one with which each also tied: it won as often as that says too."""
    apart = [(rating - AVERAGE) / SCALE * np.log(10) for rating in ratings]
    moved = zero_of(lambda moved: sum(0.5 - 1 / (1 + np.exp(-one - moved)) for one in apart))
    return float(AVERAGE - moved * SCALE / np.log(10))


def rate_in_rounds(games: list[Game]) -> dict[str, float]:
    """By the iterations that are usual for Bradley and Terry's strengths (Hunter 2004, as `choix` has them):
    slow, and sure where nobody always wins. A tie is half a win, and each has tied with an average player."""
    won = dict.fromkeys(sorted({name for game in games for name in (game.first, game.second)}), 0.5)
    met: Counter[tuple[str, str]] = Counter()
    for game in games:
        share = 0.5 if game.result == "tied" else 1.0
        won[game.first] += share
        won[game.second] += 1 - share
        met[game.first, game.second] += 1
        met[game.second, game.first] += 1
    strengths = dict.fromkeys(won, 1.0)
    for _round in range(2_000):
        strengths = {
            one: won[one]
            / (
                1 / (at + 1)
                + sum(often / (at + strengths[other]) for (own, other), often in met.items() if own == one)
            )
            for one, at in strengths.items()
        }
    ratings = {one: SCALE * np.log10(at) for one, at in strengths.items()}
    mean = np.mean(list(ratings.values()))
    return {one: float(AVERAGE + at - mean) for one, at in ratings.items()}


def expect_most_likely(games: list[Game]) -> None:
    """Each won as often as its rating says: which holds for the most likely ratings, and for no others."""
    ratings = {row.model: row.rating for row in rate_models(games)}
    assert np.mean(list(ratings.values())) == pytest.approx(AVERAGE, abs=0.1)
    average = average_among(ratings.values())
    for model, rating in ratings.items():
        won, expected = 0.5, chance(rating, average)
        for game in games:
            if game.first != game.second and model in (game.first, game.second):
                other = game.second if model == game.first else game.first
                share = 0.5 if game.result == "tied" else float(model == game.first)
                won, expected = won + share, expected + chance(rating, ratings[other])
        # Ratings are told to a tenth.
        assert expected == pytest.approx(won, abs=0.01)


@given(GAMES)
def test_each_wins_as_often_as_its_rating_says(games: list[Game]) -> None:
    if any(game.first != game.second for game in games):
        expect_most_likely(games)
    else:
        assert rate_models(games) == []


@pytest.mark.parametrize("seed", range(12))
def test_ratings_are_those_of_the_usual_iterations(seed: int) -> None:
    draw = np.random.default_rng(seed)
    names = [f"m{number}" for number in range(2 + seed % 6)]
    skill = draw.normal(0, 1, len(names))
    games: list[Game] = []
    for _game in range(20 + 10 * seed):
        one, other = draw.choice(len(names), 2, replace=False)
        wins = draw.random() < 1 / (1 + np.exp(skill[other] - skill[one]))
        first, second = (one, other) if wins else (other, one)
        games.append(Game(names[first], names[second], "tied" if draw.random() < 0.25 else "won"))
    expected = rate_in_rounds(games)
    assert {row.model: row.rating for row in rate_models(games)} == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize("often", [1, 3, 10])
def test_where_each_always_beats_the_next_ratings_are_the_most_likely_ones(often: int) -> None:
    """What iterations of the usual kind are far from after hundreds of rounds."""
    pairs = list(zip("abcdefgh", "bcdefgh", strict=False))
    expect_most_likely([Game(first, second, "won") for first, second in pairs] * often)
    expect_most_likely([Game(first, "h", "won") for first in "abcdefg"] * often)


@pytest.mark.parametrize("often", [1, 5, 1_000])
def test_who_won_all_against_one_other_is_as_far_apart_as_another_way_says(often: int) -> None:
    half = zero_of(lambda half: often + 0.5 - often / (1 + np.exp(-2 * half)) - 1 / (1 + np.exp(-half)))
    best, worst = rate_models([Game("a", "b", "won")] * often)
    assert best.model == "a"
    assert best.rating - worst.rating == pytest.approx(2 * half * SCALE / np.log(10), abs=0.2)


def test_groups_that_never_met_are_rated_apart_and_alike() -> None:
    rows = rate_models([Game("a", "b", "won"), Game("c", "d", "won")] * 6)
    ratings = {row.model: row.rating for row in rows}
    assert ratings["a"] == ratings["c"] > AVERAGE > ratings["b"] == ratings["d"]
    alone = rate_models([Game("a", "b", "won")] * 6)
    assert ratings["a"] == pytest.approx(alone[0].rating, abs=0.1)
    assert {row.games >= ENOUGH for row in rows} == {False}


@given(GAMES)
def test_the_same_games_give_the_same_figures_and_intervals_hold_the_rating(games: list[Game]) -> None:
    rows = rate_models(games)
    assert rows == rate_models(games)
    assert [row.rating for row in rows] == sorted((row.rating for row in rows), reverse=True)
    for row in rows:
        assert row.low <= row.rating <= row.high
        assert (row.won, row.lost, row.tied) == count_results([g for g in games if g.first != g.second])[
            row.model
        ]


def test_known_votes_give_known_ratings() -> None:
    """Two models, three of four won: log10(3.5 / 1.5) of the virtual tie's game apart, around the average."""
    games = [Game("s/one", "s/two", "won")] * 30 + [Game("s/two", "s/one", "won")] * 10
    best, worst = rate_models(games)
    apart = SCALE * np.log10(3)
    assert best.rating - worst.rating == pytest.approx(apart, abs=8)
    assert best.rating + worst.rating == pytest.approx(2 * AVERAGE, abs=0.2)
    assert best.low < best.rating < best.high
    assert (best.won, best.lost, best.tied, best.games) == (30, 10, 0, 40)


def test_who_always_won_is_not_infinitely_good_and_more_games_are_surer() -> None:
    few = rate_models([Game("a", "b", "won")] * 3)
    many = rate_models([Game("a", "b", "won"), Game("a", "b", "tied")] * 50)
    assert AVERAGE < few[0].rating < 2 * AVERAGE
    assert many[0].high - many[0].low < 200


def test_ties_alone_make_nobody_better() -> None:
    assert [row.rating for row in rate_models([Game("a", "b", "tied")] * 5)] == [AVERAGE, AVERAGE]


def test_nothing_compared_is_no_row() -> None:
    assert rate_models([]) == []
    assert rate_models([Game("a", "a", "won")]) == []


def play(strengths: "np.ndarray[Any, Any]", games: int, tied: float, draw: np.random.Generator) -> list[Game]:
    """Comparisons of models with these logarithms of strengths, of which many tie where two are as strong."""
    first = draw.integers(len(strengths), size=games)
    second = (first + draw.integers(1, len(strengths), size=games)) % len(strengths)
    wins = 1 / (1 + np.exp(strengths[second] - strengths[first]))
    ties = tied * 4 * wins * (1 - wins)
    drawn = draw.random(games)
    played: list[Game] = []
    for place, (one, other) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        if drawn[place] < ties[place]:
            played.append(Game(str(one), str(other), "tied"))
        elif drawn[place] < ties[place] / 2 + wins[place]:
            played.append(Game(str(one), str(other), "won"))
        else:
            played.append(Game(str(other), str(one), "won"))
    return played


@pytest.mark.parametrize(
    ("models", "games", "spread", "tied"),
    [(2, 12, 0.5, 0.0), (2, 200, 1.0, 0.3), (4, 60, 1.0, 0.3), (6, 100, 1.0, 0.6), (10, 800, 1.5, 0.2)],
)
def test_of_a_hundred_intervals_about_95_hold_the_true_rating(
    models: int, games: int, spread: float, tied: float
) -> None:
    draw = np.random.default_rng(17)
    held: list[bool] = []
    while len(held) < 1_000:
        strengths = draw.normal(0, spread, models)
        true = AVERAGE + SCALE / np.log(10) * (strengths - strengths.mean())
        rows = rate_models(play(strengths, games, tied, draw))
        held += [row.low <= true[int(row.model)] <= row.high for row in rows]
    assert 0.93 <= np.mean(held) <= 0.985


def test_a_hundred_models_are_rated_each_with_an_interval_around_its_rating() -> None:
    draw = np.random.default_rng(1)
    rows = rate_models(play(draw.normal(0, 1, 100), 5_000, 0.2, draw))
    assert len(rows) == 100
    assert all(row.low < row.rating < row.high < row.low + 1_000 for row in rows)


@pytest.mark.parametrize("often", [1, 20, 400])
def test_ties_make_a_rating_surer_than_as_many_wins_but_never_certain(often: int) -> None:
    tied = rate_models([Game("a", "b", "tied")] * 2 * often)
    mixed = rate_models([Game("a", "b", "won"), Game("b", "a", "won")] * often)
    for sure, less in zip(tied, mixed, strict=True):
        assert 0 < sure.high - sure.low < less.high - less.low


def test_an_interval_halves_where_four_times_as_much_was_compared() -> None:
    games = [Game("a", "b", "won")] * 60 + [Game("b", "a", "won")] * 40
    once, often = (rate_models(games * times)[0] for times in (1, 4))
    assert (once.high - once.low) / (often.high - often.low) == pytest.approx(2, abs=0.02)

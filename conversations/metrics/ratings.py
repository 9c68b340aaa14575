"""Bradley-Terry ratings with ties, and how sure they are. Pure.

The strengths are the most likely ones for the comparisons (a tie is half a win for each), by Newton's method:
the iterations that are usual for them need thousands of rounds where some models hardly ever lose. So that a
model which always won has a rating too, each has also tied once with one of average strength.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from numpy.typing import NDArray

AVERAGE, SCALE = 1000.0, 400.0
"""Ten times as strong is 400 more, as in Elo."""
ROUNDS, SAMPLES, SEED = 100, 200, 1
NEAR, FARTHEST = 1e-5, 2.0
"""Of a step of the logarithms of strengths: when it is the last, and what it may be at most."""
ENOUGH = 10
"""Comparisons of a model without which its rating says little."""


@dataclass(frozen=True, slots=True)
class Game:
    """Two models that met in one comparison."""

    first: str
    second: str
    result: Literal["won", "tied"]
    """`first`'s."""


@dataclass(frozen=True, slots=True)
class Rating:
    """`low` to `high`: where 95 of 100 ratings from games drawn anew from these lie."""

    model: str
    rating: float
    low: float
    high: float
    won: int
    lost: int
    tied: int

    @property
    def games(self) -> int:
        return self.won + self.lost + self.tied


def rate(games: Sequence[Game], samples: int = SAMPLES) -> list[Rating]:
    """The ratings, the strongest first. The same games give the same figures. What a model was compared with
    itself is passed over. `samples`: drawn for the intervals; without any they are the ratings themselves."""
    games = [game for game in games if game.first != game.second]
    models = sorted({name for game in games for name in (game.first, game.second)})
    if not models:
        return []
    import numpy as np

    ratings = _ratings(_wins(games, models, np.ones((1, len(games)))))[0]
    low = high = ratings
    if samples:
        drawn = np.random.default_rng(SEED).multinomial(len(games), [1 / len(games)] * len(games), samples)
        low, high = np.percentile(_ratings(_wins(games, models, drawn)), [2.5, 97.5], axis=0)
    tallies = count_results(games)
    rows = [
        Rating(
            model,
            round(float(ratings[place]), 1),
            round(float(min(low[place], ratings[place])), 1),
            round(float(max(high[place], ratings[place])), 1),
            *tallies[model],
        )
        for place, model in enumerate(models)
    ]
    return sorted(rows, key=lambda row: (-row.rating, row.model))


def count_results(games: Sequence[Game]) -> Mapping[str, tuple[int, int, int]]:
    """How often each model won, lost and tied."""
    tallies: dict[str, list[int]] = {}
    for game in games:
        first, second = (tallies.setdefault(name, [0, 0, 0]) for name in (game.first, game.second))
        if game.result == "tied":
            first[2] += 1
            second[2] += 1
        else:
            first[0] += 1
            second[1] += 1
    return {name: (won, lost, tied) for name, (won, lost, tied) in tallies.items()}


def _wins(games: Sequence[Game], models: Sequence[str], drawn: "NDArray[Any]") -> "NDArray[Any]":
    """How often each won against each, for each drawing (samples × games, how often each game counts)."""
    import numpy as np

    place = {model: number for number, model in enumerate(models)}
    wins = np.zeros((len(drawn), len(models), len(models)))
    for number, game in enumerate(games):
        first, second, weight = place[game.first], place[game.second], drawn[:, number]
        share = 1.0 if game.result == "won" else 0.5
        wins[:, first, second] += weight * share
        wins[:, second, first] += weight * (1 - share)
    return wins


def _ratings(wins: "NDArray[Any]") -> "NDArray[Any]":
    """The ratings of each drawn sample: an array of samples × models. What is climbed is concave, and has one
    top; a step is bounded, since where one model always won a whole one leads far beyond it."""
    import numpy as np

    met = wins + wins.transpose(0, 2, 1)
    won = wins.sum(axis=2) + 0.5
    own = np.arange(won.shape[1])
    strengths = np.zeros(won.shape)
    for _round in range(ROUNDS):
        chances = 1 / (1 + np.exp(strengths[:, None, :] - strengths[:, :, None]))
        average = 1 / (1 + np.exp(-strengths))
        ascent = won - (met * chances).sum(axis=2) - average
        slack = met * chances * (1 - chances)
        bend = -slack
        bend[:, own, own] += slack.sum(axis=2) + average * (1 - average)
        step = np.clip(np.linalg.solve(bend, ascent[:, :, None])[:, :, 0], -FARTHEST, FARTHEST)
        strengths += step
        if np.abs(step).max() < NEAR:
            break
    ratings: NDArray[Any] = SCALE / np.log(10) * strengths
    ratings += AVERAGE - ratings.mean(axis=1, keepdims=True)
    return ratings

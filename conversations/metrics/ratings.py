"""Bradley-Terry ratings with ties, and how sure they are. Pure.

The strengths are the most likely ones for the comparisons (a tie is half a win for each), by Newton's method:
the iterations that are usual for them need thousands of rounds where some models hardly ever lose. So that a
model which always won has a rating too, each has also tied once with one of average strength.

How sure a rating is follows from how sharply the likelihood bends around it: two matrices, where drawing the
comparisons anew hundreds of times takes seconds for a hundred models and says the same.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from numpy.typing import NDArray

AVERAGE, SCALE = 1000.0, 400.0
"""Ten times as strong is 400 more, as in Elo."""
ROUNDS = 100
NEAR, FARTHEST = 1e-5, 2.0
"""Of a step of the logarithms of strengths: when it is the last, and what it may be at most."""
ENOUGH = 10
"""Comparisons of a model without which its rating says little."""
LEAST_VARIED = 0.25
"""Of what wins alone would vary: below it ties are no more than chance too."""
SURE = 1.96
"""Standard errors on either side within which 95 of 100 lie."""


@dataclass(frozen=True, slots=True)
class Game:
    """Two models that met in one comparison."""

    first: str
    second: str
    result: Literal["won", "tied"]
    """`first`'s."""


@dataclass(frozen=True, slots=True)
class Rating:
    """`low` to `high`: of 100 such intervals 95 hold the rating that endless games would give."""

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


def rate_models(games: Sequence[Game]) -> list[Rating]:
    """The ratings, the strongest first. The same games give the same figures. What a model was compared with
    itself is passed over."""
    games = [game for game in games if game.first != game.second]
    models = sorted({name for game in games for name in (game.first, game.second)})
    if not models:
        return []
    import numpy as np

    wins = _wins(games, models)
    strengths = _strengths(wins)
    ties = sum(game.result == "tied" for game in games)
    unit = SCALE / np.log(10)
    ratings = AVERAGE + unit * (strengths - strengths.mean())
    errors = SURE * unit * _standard_errors(wins, strengths, ties)
    tallies = count_results(games)
    rows = [
        Rating(model, round(at, 1), round(at - error, 1), round(at + error, 1), *tallies[model])
        for model, at, error in zip(models, ratings.tolist(), errors.tolist(), strict=True)
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


def _wins(games: Sequence[Game], models: Sequence[str]) -> "NDArray[Any]":
    """How often each (a row) won against each (a column)."""
    import numpy as np

    place = {model: number for number, model in enumerate(models)}
    wins = np.zeros((len(models), len(models)))
    for game, often in Counter(games).items():
        first, second = place[game.first], place[game.second]
        share = 1.0 if game.result == "won" else 0.5
        wins[first, second] += often * share
        wins[second, first] += often * (1 - share)
    return wins


def _strengths(wins: "NDArray[Any]") -> "NDArray[Any]":
    """Their logarithms. What is climbed is concave, and has one top; a step is bounded, since where one model
    always won a whole one leads far beyond it."""
    import numpy as np

    met = wins + wins.T
    won = wins.sum(axis=1) + 0.5
    strengths = np.zeros(len(wins))
    for _round in range(ROUNDS):
        chances = 1 / (1 + np.exp(strengths - strengths[:, None]))
        ascent = won - (met * chances).sum(axis=1) - 1 / (1 + np.exp(-strengths))
        step = np.clip(np.linalg.solve(_bend(*_slack(wins, strengths)), ascent), -FARTHEST, FARTHEST)
        strengths += step
        if np.abs(step).max() < NEAR:
            break
    return strengths


def _slack(wins: "NDArray[Any]", strengths: "NDArray[Any]") -> "tuple[NDArray[Any], NDArray[Any]]":
    """How much chance there is in what was won: by two models, and by each in its tie with the average."""
    import numpy as np

    chances = 1 / (1 + np.exp(strengths - strengths[:, None]))
    average = 1 / (1 + np.exp(-strengths))
    return (wins + wins.T) * chances * (1 - chances), average * (1 - average)


def _bend(between: "NDArray[Any]", average: "NDArray[Any]") -> "NDArray[Any]":
    """How sharply the logarithm of the likelihood falls around its top: its second derivatives, negated."""
    import numpy as np

    bend: NDArray[Any] = np.diag(between.sum(axis=1) + average) - between
    return bend


def _standard_errors(wins: "NDArray[Any]", strengths: "NDArray[Any]", ties: int) -> "NDArray[Any]":
    """Of strengths around their mean. There is less chance in half a win than in a whole one or none: by so
    much the comparisons vary less than wins alone would."""
    import numpy as np

    between, average = _slack(wins, strengths)
    chance = between.sum() / 2
    # With one more that was won, so that ties alone do not make sure of anything.
    varied = max(LEAST_VARIED, 1 - ties / 4 / (chance + 0.25))
    inverse = np.linalg.inv(_bend(between, average))
    spread = inverse @ _bend(varied * between, average) @ inverse
    spread = spread - spread.mean(axis=0)
    spread = spread - spread.mean(axis=1, keepdims=True)
    errors: NDArray[Any] = np.sqrt(np.maximum(np.diag(spread), 0.0))
    return errors

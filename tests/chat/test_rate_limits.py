"""How many requests a minute a user may make, as one process counts them."""

from hypothesis import given
from hypothesis import strategies as st

from chat.policy import rate_limits
from chat.policy.rate_limits import MINUTE, OwnCounter

USERS = ("ann", "bob", "cem")
ASKED = st.lists(st.tuples(st.sampled_from(USERS), st.sampled_from([0.0, 0.4, 5.0, 19.5, 60.0, 200.0])))


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@given(ASKED, st.integers(0, 5), st.integers(1, 3))
def test_within_any_minute_no_more_are_let_in_than_allowed(
    asked: list[tuple[str, float]], allowed: int, many: int
) -> None:
    """Also while those who ask no more are forgotten."""
    kept, rate_limits.MANY = rate_limits.MANY, many
    try:
        clock = Clock()
        counter = OwnCounter(clock)
        let_in: list[tuple[str, float]] = []
        for user, pause in asked:
            clock.now += pause
            lately = [at for who, at in let_in if who == user and clock.now - at < MINUTE]
            wait = counter.count(allowed, user)
            assert (wait is None) == (len(lately) < allowed)
            if wait is None:
                let_in.append((user, clock.now))
            elif lately:
                assert wait == max(1.0, round(lately[0] + MINUTE - clock.now, 1))
    finally:
        rate_limits.MANY = kept


def test_after_the_time_that_was_said_one_more_may_come() -> None:
    clock = Clock()
    counter = OwnCounter(clock)
    for _ in range(3):
        assert counter.count(3, "ann") is None
        clock.now += 7.0
    wait = counter.count(3, "ann")
    assert wait == 39.0
    clock.now += wait
    assert counter.count(3, "ann") is None


def test_who_asks_no_more_is_forgotten() -> None:
    clock = Clock()
    counter = OwnCounter(clock)
    for number in range(rate_limits.MANY):
        counter.count(1, f"user {number}")
    clock.now += MINUTE
    counter.count(1, "one more")
    assert list(counter._times) == ["one more"]

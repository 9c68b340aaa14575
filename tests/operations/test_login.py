"""Logging in, by those who know the password and by those who try."""

import http.client
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import psutil
import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from hypothesis import given
from hypothesis import strategies as st

from chatbot_project.login import attempts, hashers
from chatbot_project.login.addresses import client_address
from chatbot_project.login.attempts import Attempts
from chatbot_project.login.failures import MemoryFailures, SharedFailures
from tests.services.server import Divan
from tests.services.valkey import own_valkey, running_valkey

PASSWORD = "a-long-enough-secret"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["in memory", "in Redis"])
def kept(clock: Clock, request: pytest.FixtureRequest) -> Iterator[Attempts]:
    if request.param == "in memory":
        yield Attempts(clock)
        return
    with running_valkey() as url:
        yield Attempts(clock, kept=SharedFailures(url, MemoryFailures(attempts.MOST)))


def test_failures_count_over_all_processes_and_without_redis_in_each(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with own_valkey() as valkey:
        one, other = (
            Attempts(clock, kept=SharedFailures(valkey.url, MemoryFailures(attempts.MOST))) for _ in range(2)
        )
        for _ in range(attempts.FREE):
            one.failed("1.1.1.1", "ann")
        assert one.wait("2.2.2.2", "ann") > 0
        assert other.wait("3.3.3.3", "ann") > 0
        one.succeeded("4.4.4.4", "ann")
        assert other.wait("4.4.4.4", "ann") == 0
        with valkey.away():
            assert one.wait("5.5.5.5", "ann") > 0
            assert other.wait("5.5.5.5", "ann") == 0
    said = [record for record in caplog.records if "for itself" in record.message]
    assert len(said) <= 1


def try_often(kept: Attempts, clock: Clock, address: str, name: str, seconds: float) -> int:
    """As fast as it is let; how many attempts there were."""
    count, end = 0, clock.now + seconds
    while clock.now < end:
        wait = kept.wait(address, name)
        if wait:
            clock.now += wait
        else:
            kept.failed(address, name)
            count += 1
    return count


def test_whoever_guesses_is_slowed_down(kept: Attempts, clock: Clock) -> None:
    assert try_often(kept, clock, "1.1.1.1", "ann", 3600) < 100


def test_an_address_that_tries_many_names_is_slowed_down(kept: Attempts, clock: Clock) -> None:
    count = 0
    while clock.now < 3600:
        wait = kept.wait("1.1.1.1", f"name{count}")
        if wait:
            clock.now += wait
        else:
            kept.failed("1.1.1.1", f"name{count}")
            count += 1
    assert count < 120


def test_strangers_keep_nobody_out(kept: Attempts, clock: Clock) -> None:
    for number in range(500):
        kept.failed(f"2.2.{number // 250}.{number % 250}", "ann")
    wait = kept.wait("1.1.1.1", "ann")
    assert 0 < wait <= attempts.LONGEST
    clock.now += wait / 2
    for number in range(500):
        kept.failed(f"3.3.{number // 250}.{number % 250}", "ann")
    clock.now += wait / 2
    assert kept.wait("1.1.1.1", "ann") == 0


def test_where_somebody_has_logged_in_before_strangers_do_not_count(kept: Attempts) -> None:
    kept.succeeded("1.1.1.1", "ann")
    for number in range(100):
        kept.failed("1.1.1.1", f"name{number}")
        kept.failed(f"2.2.2.{number}", "ann")
    assert kept.wait("1.1.1.1", "ann") == 0
    for _ in range(attempts.FREE + 3):
        kept.failed("1.1.1.1", "ann")
    assert kept.wait("1.1.1.1", "ann") > 0


def test_a_name_that_was_left_alone_is_as_new(kept: Attempts, clock: Clock) -> None:
    for _ in range(50):
        kept.failed("1.1.1.1", "ann")
    clock.now += attempts.FORGOTTEN + 1
    assert kept.wait("1.1.1.1", "ann") == 0


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400), st.booleans()), max_size=300))
def test_what_is_remembered_has_an_end(tried: list[tuple[int, int, bool]]) -> None:
    memory = MemoryFailures(20)
    few = Attempts(lambda: 0.0, kept=memory)
    for address, name, right in tried:
        few.wait(str(address), str(name))
        (few.succeeded if right else few.failed)(str(address), str(name))
    assert memory.largest() <= 20


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "found"),
    [
        ("9.9.9.9", "", [], "9.9.9.9"),
        ("9.9.9.9", "1.1.1.1", [], "9.9.9.9"),
        ("9.9.9.9", "1.1.1.1", ["127.0.0.1"], "9.9.9.9"),
        ("127.0.0.1", "1.1.1.1", ["127.0.0.1"], "1.1.1.1"),
        ("127.0.0.1", "6.6.6.6, 1.1.1.1", ["127.0.0.1"], "1.1.1.1"),
        ("127.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.7", ["127.0.0.0/8", "10.0.0.0/8"], "1.1.1.1"),
        ("127.0.0.1", "nonsense", ["127.0.0.1"], "127.0.0.1"),
        ("127.0.0.1", "", ["127.0.0.1"], "127.0.0.1"),
        ("::ffff:127.0.0.1", "1.1.1.1", ["127.0.0.1"], "1.1.1.1"),
        ("2001:db8::1", "", [], "2001:db8::/64"),
        ("2001:db8::ffff", "", [], "2001:db8::/64"),
        ("", "", [], "unknown"),
    ],
)
def test_only_trusted_proxies_say_from_where_somebody_comes(
    monkeypatch: pytest.MonkeyPatch, peer: str, forwarded: str, trusted: list[str], found: str
) -> None:
    monkeypatch.setattr(settings, "TRUSTED_PROXIES", trusted)
    assert client_address({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}) == found


@pytest.mark.parametrize("algorithm", ["default", "pbkdf2_sha256"])
def test_passwords_are_hashed_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch, algorithm: str) -> None:
    encoded = make_password(PASSWORD, hasher=algorithm)
    monkeypatch.setattr(hashers, "WAIT_S", 0.0)
    for _ in range(hashers.AT_ONCE):
        hashers._places.acquire()
    try:
        with pytest.raises(hashers.LoginBusyError):
            check_password(PASSWORD, encoded)
    finally:
        for _ in range(hashers.AT_ONCE):
            hashers._places.release()
    assert check_password(PASSWORD, encoded)


def test_a_hash_takes_little_memory_and_older_ones_are_made_anew() -> None:
    assert "m=19456,t=2,p=1" in make_password(PASSWORD)
    made: list[str] = []
    hasher = Argon2PasswordHasher()
    assert check_password(PASSWORD, hasher.encode(PASSWORD, "somesaltsomesalt"), made.append)
    assert made == [PASSWORD]


class Visitor:
    def __init__(self, server: Divan, **headers: str) -> None:
        self.server = server
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def log_in(self, name: str, password: str, page: str = "/login/") -> tuple[int, str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        connection.request("GET", page, headers=self.headers)
        answer = connection.getresponse()
        cookie = (answer.headers["Set-Cookie"] or "").partition(";")[0]
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.read().decode())
        assert token
        fields = {"csrfmiddlewaretoken": token[1], "username": name, "password": password}
        form = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded", **self.headers}
        connection.request("POST", page, body=urlencode(fields), headers=form)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text, answer.headers


@pytest.fixture
def people(start_server: Callable[..., Divan]) -> Divan:
    server = start_server(env={"AUTH_MODE": "accounts", "TRUSTED_PROXIES": "127.0.0.1"})
    make = f"[User.objects.create_user(name, password={PASSWORD!r}) for name in ('ann', 'bob')]"
    server.manage("shell", "-c", f"from django.contrib.auth.models import User; {make}")
    return server


@pytest.mark.parametrize("page", ["/login/", "/admin/login/"])
def test_whoever_tries_often_is_told_to_wait_and_others_are_not(people: Divan, page: str) -> None:
    stranger = Visitor(people, X_Forwarded_For="6.6.6.6")
    told = [stranger.log_in("ann", f"guess-{number}", page) for number in range(8)]
    assert [status for status, _, _ in told[:5]] == [200] * 5
    status, text, headers = next(row for row in told if row[0] != 200)
    assert status == 429
    assert int(headers["Retry-After"]) >= 1
    assert "Too many attempts" in text
    assert Visitor(people, X_Forwarded_For="7.7.7.7").log_in("bob", PASSWORD, page)[0] == 302
    lines = [line for line in people.output().splitlines() if "login failed" in line]
    lines = lines or [
        line
        for line in (people.data_dir / "logs" / "divan.log").read_text().splitlines()
        if "login failed" in line
    ]
    assert len(lines) == sum(1 for status, _, _ in told if status == 200)
    assert all("'ann'" in line and "6.6.6.6" in line for line in lines)
    assert "guess-" not in (people.data_dir / "logs" / "divan.log").read_text()


def test_many_logins_at_once_take_little_memory(people: Divan) -> None:
    assert Visitor(people, X_Forwarded_For="8.8.9.1").log_in("bob", PASSWORD)[0] == 302
    process = psutil.Process(people.pid)
    before, peak, statuses = process.memory_info().rss, 0, list[int]()

    def visit(number: int) -> None:
        visitor = Visitor(people, X_Forwarded_For=f"8.8.8.{number}")
        statuses.append(visitor.log_in("bob", PASSWORD)[0])

    visitors = [threading.Thread(target=visit, args=[number]) for number in range(40)]
    for visitor in visitors:
        visitor.start()
    while any(visitor.is_alive() for visitor in visitors):
        peak = max(peak, process.memory_info().rss)
        next((one for one in visitors if one.is_alive()), visitors[0]).join(0.01)
    assert len(statuses) == 40
    assert set(statuses) <= {302, 503}
    assert 302 in statuses
    assert peak - before < 300 * 2**20

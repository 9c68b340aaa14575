"""The rows of `Spending`, summed in memory and written together: a row for each answer, the moment it
ends, cost more than the answer's tokens. What a process that is killed had not written is lost from the
sums (a second's worth), not from the conversations."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import NamedTuple

from django.db import Error, connection, connections, transaction

from providers.models import Reservation, Spending

logger = logging.getLogger(__name__)

GATHERED = 1.0
"""Seconds."""

FIGURES = (
    "requests",
    "failures",
    "unpriced",
    "input_tokens",
    "output_tokens",
    "usd",
    "first_token_ms",
    "timed",
)

Figures = Counter[str]


class Key(NamedTuple):
    day: date
    owner: str
    conversation: str
    model: str
    kind: str
    folder: str = ""


written: list[Callable[[Mapping[Key, Figures]], None]] = []
"""Called with the sums that have just been added to those of the database, in the thread that wrote them."""


class Ledger:
    """One for each process. Whoever reads the rows has them written first."""

    def __init__(self) -> None:
        self._writing = threading.Lock()
        self._memory = threading.Lock()
        self._sums: dict[Key, Figures] = {}
        self._settled: set[str] = set()
        self._timer: threading.Timer | None = None

    def add(self, key: Key, figures: Figures) -> None:
        """Touches no database and waits for none: this is called where tokens stream."""
        with self._memory:
            self._sums.setdefault(key, Counter()).update(figures)
            self._write_soon()

    def release(self, reservation: str) -> None:
        """Called after what was held for a request is counted, or where it needs not be: it goes in the step
        in which the sums are written."""
        with self._memory:
            self._settled.add(reservation)
            self._write_soon()

    def _write_soon(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(GATHERED, self._write_in_time)
            self._timer.daemon = True
            self._timer.start()

    def write(self) -> None:
        """Returns when all sums are in the database. Where it refuses they stay here and are tried again."""
        with self._writing:
            taken, settled = self._take()
            try:
                write_sums(taken, settled)
            except Error:
                logger.exception("The sums of what was spent could not be written")
                for key, figures in taken.items():
                    self.add(key, figures)
                with self._memory:
                    self._settled |= settled
            else:
                for told in written if taken else ():
                    told(taken)

    def reset(self) -> None:
        """For tests: forgets what is not written."""
        self._take()

    def _take(self) -> tuple[dict[Key, Figures], set[str]]:
        with self._memory:
            taken, self._sums = self._sums, {}
            settled, self._settled = self._settled, set()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        return taken, settled

    def _write_in_time(self) -> None:
        try:
            self.write()
        finally:
            connections.close_all()


def write_sums(sums: dict[Key, Figures], settled: Collection[str] = ()) -> None:
    """One statement for all: Django's own `bulk_create` can replace what is there, but not add to it.
    What was held for them goes in the same step: nobody sees both, or neither."""
    if not sums and not settled:
        return
    with transaction.atomic():
        if sums:
            _add(sums)
        if settled:
            Reservation.objects.filter(pk__in=list(settled)).delete()


def _add(sums: dict[Key, Figures]) -> None:
    quote = connection.ops.quote_name
    table, columns = quote(Spending._meta.db_table), [*Key._fields, *FIGURES]
    added = ", ".join(f"{quote(name)} = {table}.{quote(name)} + excluded.{quote(name)}" for name in FIGURES)
    # Names of our own model; every value is a parameter.
    statement = (
        f"INSERT INTO {table} ({', '.join(map(quote, columns))}) "  # noqa: S608
        f"VALUES ({', '.join(['%s'] * len(columns))}) "
        f"ON CONFLICT ({', '.join(map(quote, Key._fields))}) DO UPDATE SET {added}"
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            statement, [(*key, *(figures[name] for name in FIGURES)) for key, figures in sums.items()]
        )


ledger = Ledger()

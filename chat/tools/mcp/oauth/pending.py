"""A sign-in that has begun, as the browser keeps it until the person comes back: in a cookie that Divan
alone can read. Whoever comes back in another browser, as somebody else, or late, has none that fits."""

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import asdict, dataclass, field

from core.times import CLOCKS_APART
from providers.crypto import decrypt, encrypt

SECONDS = 600
PREFIX = "divan-sign-in-"


@dataclass(frozen=True, slots=True)
class Pending:
    """`owner`: whose sign-in it will be, empty for everybody's. `person`: who began it, in the `session` of
    that name. `client`: the row of Divan's own registration."""

    server: str
    url: str
    owner: str
    person: str
    session: str
    redirect_uri: str
    client: int
    verifier: str = field(repr=False)
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    begun: float = field(default_factory=time.time)

    def fits(self, state: str, person: str, session: str) -> bool:
        asked, known = (state, person, session), (self.state, self.person, self.session)
        same = [hmac.compare_digest(*map(str.encode, pair)) for pair in zip(asked, known, strict=True)]
        # Whoever comes back may come to another machine, whose clock is behind.
        return all(same) and -CLOCKS_APART <= time.time() - self.begun < SECONDS


def cookie_name(state: str) -> str:
    """The name of the cookie: a sign-in that has begun has one of its own."""
    return PREFIX + hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()[:16]


def seal_sign_in(pending: Pending) -> str:
    return encrypt(json.dumps(asdict(pending)))


def unseal_sign_in(cookie: str) -> Pending | None:
    """None for whatever Divan did not write."""
    text = decrypt(cookie).reveal()
    return Pending(**json.loads(text)) if text else None

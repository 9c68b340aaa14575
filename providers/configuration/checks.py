"""Bad configuration of model servers, found at start and said with a hint."""

from collections import Counter
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.checks import Warning as Caution

from providers import connectors, crypto
from providers.configuration import setup


@register()
def check_environment_servers(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    specs = setup.read_specs()
    for spec in specs:
        found += [
            Error(
                f"The server {spec.name!r} in the environment: {problem}",
                hint="Correct its address or name in .env; docs/models.md shows examples.",
                id="divan.E101",
            )
            for problem in spec.problems
        ]
    lists = " or ".join(sorted(s.variable for d in connectors.PROVIDERS.values() for s in d.server_lists))
    twice = [name for name, count in Counter(spec.name for spec in specs).items() if count > 1]
    found += [
        Error(
            f"Two servers in the environment are named {name!r}.",
            hint=f"Write name=url in {lists}, each name once.",
            id="divan.E102",
        )
        for name in twice
    ]
    return found


@register()
def check_encryption_keys(**_: Any) -> list[CheckMessage]:
    path = crypto.key_path()
    if named := crypto.keys_from_environment():
        problem, hint = crypto.find_damage(named), "Separate several by comma."
        told = "ENCRYPTION_KEYS holds something that is no key."
    else:
        problem = path.exists() and crypto.find_damage(crypto.read_keys(path))
        told = f"{path} is empty or damaged."
        hint = (
            "Put it back from where you keep it, or remove it: then a new key is made, and the keys of model"
        )
        hint += " services must be entered again."
    if problem:
        made = "`manage.py rotate_keys --print` makes a key."
        return [Error(told, hint=f"{hint} {made}", id="divan.E103")]
    if path.exists() and path.stat().st_mode & 0o077:
        return [
            Caution(
                f"{path} can be read by others.",
                hint=f"It decrypts the keys of your model servers: chmod 600 {path}",
                id="divan.W101",
            )
        ]
    return []

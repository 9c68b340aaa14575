"""Addresses of model servers: how they are written, split and judged. Nothing here asks the network."""

import base64
import re
from urllib.parse import unquote, urlsplit, urlunsplit

from django.utils.translation import gettext as _

from providers.wire.addresses import with_scheme


class AddressError(ValueError):
    """Its text says in words what is wrong with the address."""


def normalize_url(url: str) -> str:
    """`url` with a scheme, and without blanks, quotes and slashes around it. AddressError where it is no
    http(s) address, or where it carries a password, a query or a fragment: those end up in logs."""
    text = with_scheme(url)
    if not text:
        return ""
    shown = {"url": redact_url(url)}
    try:
        parts = urlsplit(text)
        port_is_number = parts.port is None or parts.port > 0
    except ValueError as error:
        raise AddressError(_("%(url)s is not an address: its port or brackets are wrong.") % shown) from error
    if parts.scheme not in ("http", "https"):
        raise AddressError(_("%(url)s must start with http:// or https://.") % shown)
    if not parts.hostname or not port_is_number or re.search(r"[\s\\]", text):
        raise AddressError(_("%(url)s names no host.") % shown)
    if parts.username or parts.password:
        raise AddressError(_("An address must not hold a user name or password. Use the key or the headers."))
    if parts.query or parts.fragment:
        raise AddressError(_("%(url)s must end before '?' and '#'.") % shown)
    return text


def split_login(url: str) -> tuple[str, dict[str, str]]:
    """The address without `user:password@`, and the header that says the same."""
    text = url.strip()
    if "@" not in text:
        return text, {}
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
    except ValueError:
        return text, {}
    if not parts.username:
        return text, {}
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    header = f"Basic {base64.b64encode(login.encode()).decode()}"
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])), {"Authorization": header}


def redact_url(url: str) -> str:
    """`url` as it may be shown: without what could be a login or a key."""
    return re.sub(r"//[^/@]*@", "//…@", re.split(r"[?#]", url, maxsplit=1)[0])

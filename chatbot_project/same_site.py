"""Whether a request, or a socket's opening, may come from where it comes."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from chatbot_project.checks import is_local_name, is_loopback

FORWARDING = re.compile(
    r"(x-)?forwarded(-.+)?|via|x-real-ip|x-(client|cluster-client|original|proxyuser|envoy|azure|arr)-.+"
    r"|(cf|fly|tailscale)-.+|cdn-loop|(true|fastly|proxy|wl-proxy)-client-ip|x-amzn-trace-id|x-bluecoat-via"
)
"""Names of headers, in small letters, that proxies and tunnels add to what they pass on."""
OWN = (None, "", "none", "same-origin")
"""Sec-Fetch-Site of what the person or this site's own pages asked for; older browsers send none."""


def host_allowed(host: str) -> bool:
    """A page on another name that resolves to 127.0.0.1 must not pass for us (DNS rebinding), so the
    local mode knows no wildcard, and no name that is not this machine's own."""
    domain, _ = split_domain_port(host)
    if not domain:
        return False
    if settings.AUTH_MODE == "local":
        named = [name for name in settings.ALLOWED_HOSTS if is_local_name(name)]
        return is_loopback(domain) or validate_host(domain, named)
    return validate_host(domain, settings.ALLOWED_HOSTS)


def origin_allowed(origin: str | None, host: str) -> bool:
    """No Origin: a script, which no web page can be. Else it must be this site, or a trusted one."""
    if origin is None:
        return True
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def lost_its_port(origin: str | None, host: str) -> bool:
    """The origin is this site on another port: a proxy in front passed the host on without its port."""
    domain, port = split_domain_port(host)
    return bool(origin and domain and not port and urlsplit(origin).hostname == domain.strip("[]"))


def peer_allowed(address: str | None) -> bool:
    return settings.AUTH_MODE != "local" or address is None or is_loopback(address)


def way_allowed(headers: Mapping[str, str]) -> bool:
    """In the local mode nothing may stand between: through a proxy everybody comes from this machine."""
    return settings.AUTH_MODE != "local" or not any(
        FORWARDING.fullmatch(name.lower().replace("_", "-")) for name in headers
    )


def asked_by_another_site(headers: Mapping[str, str], method: str | None, *, is_page: bool) -> bool:
    """In the local mode, where no cookie tells a person's own request from one that a page of another site,
    or of another port of this machine, makes in their browser. A link that leads here stays one.

    A request with an Origin is `origin_allowed`'s to judge. `headers` find their names in small letters.
    """
    if settings.AUTH_MODE != "local" or headers.get("origin") or headers.get("sec-fetch-site") in OWN:
        return False
    is_link = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    return not (is_page and is_link and method == "GET")

"""Whether a request, or a socket's opening, may come from where it comes."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from chatbot_project.checks import is_loopback


def host_allowed(host: str) -> bool:
    """A page on another name that resolves to 127.0.0.1 must not pass for us (DNS rebinding), so the
    local mode knows no wildcard."""
    domain, _ = split_domain_port(host)
    if not domain:
        return False
    if settings.AUTH_MODE == "local":
        named = [name for name in settings.ALLOWED_HOSTS if name != "*"]
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

"""What browsers are told where they speak TLS with us, or with a proxy that passes their requests on.

Then the cookies that prove who asks are `Secure` and named `__Host-…`: no plain connection carries them, and
no other site or name beside ours can set them. Within, they have the names that Django knows.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings

from chatbot_project.checks import is_local_name

Headers = list[tuple[bytes, bytes]]
PREFIX = "__Host-"
STRICT = (b"strict-transport-security", b"max-age=31536000")
"""A year, for this name alone: what else its domain serves is not ours to decide."""


def with_tls(app: Any) -> Any:
    async def door(scope: dict[str, Any], receive: Any, send: Any) -> None:
        secure = came_by_tls(scope)
        scope = {**scope, "headers": list(rename_cookies(scope["headers"], secure=secure))}
        if not secure:
            await app(scope, receive, send)
            return
        scope["scheme"] = "wss" if scope["type"] == "websocket" else "https"
        strict = not is_local_name(header_of(scope["headers"], b"host"))

        async def send_guarded(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = [guard_cookie(*pair) for pair in message.get("headers", ())]
                message = {**message, "headers": [*headers, STRICT] if strict else headers}
            await send(message)

        await app(scope, receive, send_guarded)

    return door


def came_by_tls(scope: dict[str, Any]) -> bool:
    """By the connection, by what the proxy says, or by CSRF_TRUSTED_ORIGINS that names this host with
    `https://` alone. Whoever lies about it harms only their own cookies."""
    if scope.get("scheme") in ("https", "wss"):
        return True
    told = header_of(scope["headers"], b"x-forwarded-proto").partition(",")[0].strip().lower()
    if not told:
        told = proto_of(header_of(scope["headers"], b"forwarded"))
    if told:
        return told in ("https", "wss")
    host, origins = header_of(scope["headers"], b"host").lower(), settings.CSRF_TRUSTED_ORIGINS
    return f"https://{host}" in origins and f"http://{host}" not in origins


def proto_of(forwarded: str) -> str:
    """RFC 7239: `for=…;proto=https;by=…, …`, the one nearest to the browser first."""
    for pair in forwarded.partition(",")[0].split(";"):
        name, _, value = pair.strip().partition("=")
        if name.lower() == "proto":
            return value.strip('"').lower()
    return ""


def header_of(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == wanted), "")


def guarded_names() -> tuple[str, str]:
    return settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME


def rename_cookies(headers: Iterable[tuple[bytes, bytes]], *, secure: bool) -> Iterator[tuple[bytes, bytes]]:
    """Cookies by the names that Django knows. Over TLS those that came under these names are left out: a
    neighbouring site, or somebody in the way of a plain connection, may have set them."""
    plain, prefixed = guarded_names(), {PREFIX + name: name for name in guarded_names()}
    for header, value in headers:
        if header.lower() != b"cookie":
            yield header, value
            continue
        kept = []
        for pair in value.decode("latin-1").split(";"):
            name, equals, content = pair.strip().partition("=")
            if name in prefixed:
                kept.append(f"{prefixed[name]}{equals}{content}")
            elif not (secure and name in plain):
                kept.append(pair.strip())
        yield header, "; ".join(kept).encode("latin-1")


def guard_cookie(header: bytes, value: bytes) -> tuple[bytes, bytes]:
    if header.lower() != b"set-cookie":
        return header, value
    cookie = value.decode("latin-1")
    if cookie.partition("=")[0] in guarded_names():
        cookie = PREFIX + cookie
    attributes = {attribute.strip().lower() for attribute in cookie.split(";")[1:]}
    return header, (cookie if "secure" in attributes else f"{cookie}; Secure").encode("latin-1")

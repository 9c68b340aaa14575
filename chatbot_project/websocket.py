"""Who opens a WebSocket, from which site, and in which language: settled before a consumer sees it."""

from http.cookies import SimpleCookie
from typing import Any

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable
from channels.auth import AuthMiddlewareStack
from django.conf import settings
from django.utils import translation
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

from chat.consumers import UNAUTHENTICATED
from chatbot_project.admission import Admission, HeldSocket, by_session, by_token
from chatbot_project.auth import bearer_token, local_user, user_of_token
from chatbot_project.same_site import host_allowed, origin_allowed, peer_allowed, way_allowed

Scope = dict[str, Any]


class SocketDoor:
    """Gives the scope `user`, `language`, and `refused`: the close code for a socket that may not come in.

    A refusal before the handshake would reach the client as a bare HTTP 403, so the consumer accepts and
    then closes with the code.

    All sockets share one thread for the database: a thread and a connection for each would be a hundred of
    both where a hundred pages are open.
    """

    def __init__(self, inner: ASGI3Application) -> None:
        self.inner = inner
        self.with_session = AuthMiddlewareStack(self.held_by_session)

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        client = scope.get("client")
        host = headers.get("host", "")
        allowed = (
            host_allowed(host)
            and origin_allowed(headers.get("origin"), host)
            and peer_allowed(client[0] if client else None)
            and way_allowed(headers)
        )
        scope = {**scope, "language": language_of(headers), "refused": None if allowed else 4403}
        app = await self.identified(scope, headers) if allowed else self.inner
        await app(scope, receive, send)  # type: ignore[arg-type]

    async def identified(self, scope: Scope, headers: dict[str, str]) -> ASGI3Application:
        if settings.AUTH_MODE == "local":
            scope["user"] = await local_user()
            return self.inner
        if token := bearer_token(headers.get("authorization", "")):
            user = scope["user"] = await user_of_token(token)
            return self.inner if user is None else self.held(by_token(user, token))
        return self.with_session  # type: ignore[no-any-return]

    async def held_by_session(self, scope: Scope, receive: Any, send: Any) -> None:
        admission = by_session(scope["user"], scope["session"])
        app: Any = self.inner if admission is None else self.held(admission)
        await app(scope, receive, send)

    def held(self, admission: Admission) -> Any:
        return HeldSocket(self.inner, admission, UNAUTHENTICATED)


def language_of(headers: dict[str, str]) -> str:
    """The cookie's language, else the first that the browser asks for and we speak, else the default."""
    cookie = SimpleCookie(headers.get("cookie", "")).get(settings.LANGUAGE_COOKIE_NAME)
    asked = [cookie.value] if cookie else []
    asked += [code for code, _ in parse_accept_lang_header(headers.get("accept-language", ""))]
    for code in asked:
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return translation.get_supported_language_variant(settings.LANGUAGE_CODE)

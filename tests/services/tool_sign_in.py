"""A tool server that wants a sign-in, and the server that signs people in to it: two addresses, as MCP's
authorization has them. `ways` may be changed while they run.

`no metadata`: nothing says where to sign in. `no registration`: clients are known beforehand (KNOWN_CLIENT).
`refuses registration`. `secret`: clients have one. `no pkce`. `other issuer`, `other resource`: what it says
of itself is another's. `no refresh`: tokens that are not renewed. `short`: tokens that end in five seconds.
`iss`: says who it is in the address that people come back to. `denies`: the person says no. `breaks`: tokens
are answered with 503. `odd tokens`: with something else. `elsewhere`: the sign-in is said to be there.
"""

import base64
import hashlib
import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

from aiohttp import web

from tests.services.tool_endpoint import ToolEndpoint

KNOWN_CLIENT = ("known", "a-secret-that-was-given")


class SignInServers:
    """`tokens`: access tokens that are taken. `renewals`: the scopes or refusals of each use of a refresh
    token. `forms`: what the token endpoint was sent. `asked`: what the page was opened with."""

    def __init__(self) -> None:
        self.ways: set[str] = set()
        self.endpoint = ToolEndpoint()
        self.elsewhere = ""
        self.issuer = ""
        self.tokens: set[str] = set()
        self.refreshes: set[str] = set()
        self.renewals = 0
        self.clients: dict[str, str] = {}
        self.registered: list[dict[str, object]] = []
        self.forms: list[dict[str, str]] = []
        self.asked: list[dict[str, str]] = []
        self.requests: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._number = itertools.count(1)

    @property
    def url(self) -> str:
        return self.endpoint.url

    async def take(self, request: web.Request) -> web.StreamResponse:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token in self.tokens:
            return await self.endpoint.take(request)
        named = f"{self.url.removesuffix('/mcp')}/.well-known/oauth-protected-resource/mcp"
        said = (
            "Bearer" if "no metadata" in self.ways else f'Bearer resource_metadata="{named}", scope="tools"'
        )
        return web.Response(status=401, headers={"WWW-Authenticate": said})

    async def resource(self, request: web.Request) -> web.Response:
        if "no metadata" in self.ways:
            return web.Response(status=404)
        resource = "https://other.example/mcp" if "other resource" in self.ways else self.url
        issuer = self.elsewhere if "elsewhere" in self.ways else self.issuer
        return web.json_response({"resource": resource, "authorization_servers": [issuer]})

    async def metadata(self, request: web.Request) -> web.Response:
        self.requests.append("metadata")
        if "no metadata" in self.ways:
            return web.Response(status=404)
        said = {
            "issuer": "https://other.example" if "other issuer" in self.ways else self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "registration_endpoint": f"{self.issuer}/register",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": "iss" in self.ways,
        }
        if "no pkce" in self.ways:
            del said["code_challenge_methods_supported"]
        if "no registration" in self.ways:
            del said["registration_endpoint"]
            self.clients[KNOWN_CLIENT[0]] = KNOWN_CLIENT[1]
        return web.json_response(said)

    async def register(self, request: web.Request) -> web.Response:
        said = await request.json()
        self.registered.append(said)
        if "refuses registration" in self.ways:
            return web.json_response({"error": "invalid_client_metadata"}, status=400)
        client = f"client-{len(self.registered)}"
        self.clients[client] = "a-secret-of-its-own" if "secret" in self.ways else ""
        given = {"client_id": client, "redirect_uris": said["redirect_uris"]}
        if self.clients[client]:
            given |= {
                "client_secret": self.clients[client],
                "token_endpoint_auth_method": "client_secret_basic",
            }
        else:
            given["token_endpoint_auth_method"] = "none"
        return web.json_response(given, status=201)

    async def authorize(self, request: web.Request) -> web.Response:
        """Whoever opens the page says yes at once, or no."""
        asked = dict(request.query)
        self.asked.append(asked)
        back = {"state": asked["state"]}
        if "iss" in self.ways:
            back["iss"] = self.issuer
        if "denies" in self.ways:
            back["error"] = "access_denied"
        else:
            back["code"] = f"code-{next(self._number)}"
            self._codes[back["code"]] = asked
        return web.Response(status=302, headers={"Location": f"{asked['redirect_uri']}?{urlencode(back)}"})

    async def token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        if "breaks" in self.ways:
            return web.Response(status=503)
        if "odd tokens" in self.ways:
            return web.json_response(["no", "token"])
        if refusal := self._refusal(request, form):
            return web.json_response({"error": refusal}, status=400)
        number = next(self._number)
        self.tokens.add(f"access-{number}")
        said: dict[str, object] = {"access_token": f"access-{number}", "token_type": "bearer"}
        said["expires_in"] = 5 if "short" in self.ways else 3600
        if "no refresh" not in self.ways:
            self.refreshes.add(f"refresh-{number}")
            said["refresh_token"] = f"refresh-{number}"
        return web.json_response(said)

    def _refusal(self, request: web.Request, form: dict[str, str]) -> str:
        secret = self.clients.get(form["client_id"])
        login = base64.b64encode(f"{form['client_id']}:{secret}".encode()).decode()
        if secret is None or (secret and request.headers.get("Authorization") != f"Basic {login}"):
            return "invalid_client"
        if form["resource"] != self.url:
            return "invalid_target"
        if form["grant_type"] == "refresh_token":
            self.renewals += 1
            known = form["refresh_token"] in self.refreshes
            self.refreshes.discard(form["refresh_token"])
            return "" if known else "invalid_grant"
        asked = self._codes.pop(form["code"], None)
        if asked is None or asked["redirect_uri"] != form["redirect_uri"]:
            return "invalid_grant"
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        return "" if asked["code_challenge"] == proof.decode().rstrip("=") else "invalid_grant"


@asynccontextmanager
async def serving(application: web.Application) -> AsyncGenerator[str]:
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serving_sign_in() -> AsyncGenerator[SignInServers]:
    served = SignInServers()
    tools, authority = web.Application(client_max_size=1 << 26), web.Application()
    tools.router.add_route("*", "/mcp", served.take)
    tools.router.add_get("/.well-known/oauth-protected-resource/mcp", served.resource)
    authority.router.add_get("/.well-known/oauth-authorization-server", served.metadata)
    authority.router.add_post("/register", served.register)
    authority.router.add_get("/authorize", served.authorize)
    authority.router.add_post("/token", served.token)
    async with serving(tools) as tools_url, serving(authority) as issuer:
        served.endpoint.url, served.issuer = f"{tools_url}/mcp", issuer
        yield served

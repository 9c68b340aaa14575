"""Each step of signing in, in the SDK's terms. Importing this imports the SDK.

Which server is asked for what (RFC 9728, RFC 8414), as what Divan is registered there (RFC 7591), and tokens
for a code or for an older token (OAuth 2.1 with PKCE, RFC 8707, RFC 9207). What a server says at length is
told to nobody: it may hold what was sent to it.
"""

import base64
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import httpx2
from django.utils.translation import gettext_lazy as _
from mcp.client.auth import OAuthFlowError, OAuthRegistrationError, OAuthTokenError, PKCEParameters
from mcp.client.auth.oauth2 import check_registration_usable
from mcp.client.auth.utils import (
    build_oauth_authorization_server_metadata_discovery_urls,
    build_protected_resource_metadata_discovery_urls,
    create_client_registration_request,
    credentials_match_issuer,
    extract_resource_metadata_from_www_auth,
    extract_scope_from_www_auth,
    get_client_metadata_scopes,
    handle_auth_metadata_response,
    handle_protected_resource_response,
    handle_registration_response,
    handle_token_response_scopes,
    issuers_match,
    validate_authorization_response_iss,
    validate_metadata_issuer,
)
from mcp.shared.auth import (
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthMetadata,
    ProtectedResourceMetadata,
)
from mcp.shared.auth_utils import (
    calculate_token_expiry,
    check_resource_allowed,
    resource_url_from_server_url,
)
from mcp_types import LATEST_PROTOCOL_VERSION
from pydantic import AnyUrl

from chat.tools.mcp.entries import Endpoint
from chat.tools.mcp.oauth.asking import SignInClient, asking
from chat.tools.mcp.oauth.sign_ins import Tokens
from chat.tools.mcp.reasons import Reason, ToolServerError

GRANTS = ["authorization_code", "refresh_token"]
BY_HEADER, IN_FORM = "client_secret_basic", "client_secret_post"
REFUSED = (400, 401, 403)
_ERROR = re.compile(r"[a-z_]{1,40}")


class SignInRefusedError(ToolServerError):
    """A code or a token is taken no more: only another sign-in helps."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Who signs people in to a tool server, and as what it knows Divan."""

    metadata: OAuthMetadata
    client: OAuthClientInformationFull
    resource: str
    scope: str

    def dump(self) -> str:
        return json.dumps(
            {
                "metadata": self.metadata.model_dump(mode="json", exclude_none=True),
                "client": self.client.model_dump(mode="json", exclude_none=True),
                "resource": self.resource,
                "scope": self.scope,
            }
        )

    @classmethod
    def load(cls, facts: str) -> "Authority":
        said = json.loads(facts)
        return cls(
            OAuthMetadata.model_validate(said["metadata"]),
            OAuthClientInformationFull.model_validate(said["client"]),
            said["resource"],
            said["scope"],
        )


async def find_authority(entry: Endpoint, redirect_uri: str, known: str) -> Authority:
    """`known`: what was found before, whose registration is used again where it still fits. Raises
    ToolServerError."""
    with naming_sdk_errors():
        async with asking(entry) as asked:
            challenge = await challenge_of(entry, asked)
            resource = await find_resource(entry, asked, challenge)
            metadata = await find_metadata(entry, asked, resource)
            offered = get_client_metadata_scopes(
                extract_scope_from_www_auth(challenge), resource, metadata, GRANTS
            )
            scope = entry.client.scope or offered or ""
            client = await find_client(entry, asked, metadata, redirect_uri, known, scope)
    named = str(resource.resource) if resource is not None else resource_url_from_server_url(entry.url)
    return Authority(metadata, client, named, scope)


async def challenge_of(entry: Endpoint, asked: SignInClient) -> httpx2.Response:
    """What the server says to whoever comes without a token."""
    hello = {
        "jsonrpc": "2.0",
        "id": 0,
        "method": "initialize",
        "params": {
            "protocolVersion": LATEST_PROTOCOL_VERSION,
            "capabilities": {},
            "clientInfo": {"name": "Divan", "version": "1"},
        },
    }
    accepted = {"Accept": "application/json, text/event-stream"}
    return await asked.send("POST", entry.url, headers={**dict(entry.headers), **accepted}, json=hello)


async def find_resource(
    entry: Endpoint, asked: SignInClient, challenge: httpx2.Response
) -> ProtectedResourceMetadata | None:
    named = extract_resource_metadata_from_www_auth(challenge)
    for url in build_protected_resource_metadata_discovery_urls(named, entry.url):
        found = await handle_protected_resource_response(await asked.get(url))
        if found is None:
            continue
        own = resource_url_from_server_url(entry.url)
        if not check_resource_allowed(requested_resource=own, configured_resource=str(found.resource)):
            raise ToolServerError(Reason(_("It says that its sign-in is for another address.")))
        return found
    return None


async def find_metadata(
    entry: Endpoint, asked: SignInClient, resource: ProtectedResourceMetadata | None
) -> OAuthMetadata:
    issuer = str(resource.authorization_servers[0]) if resource is not None else None
    for url in build_oauth_authorization_server_metadata_discovery_urls(issuer, entry.url):
        goes_on, found = await handle_auth_metadata_response(await asked.get(url))
        if found is not None:
            check_metadata(found, issuer or url.partition("/.well-known/")[0], asked)
            return found
        if not goes_on:
            break
    raise ToolServerError(
        Reason(_("It does not say where to sign in. Where it wants a token, give it one in its headers."))
    )


def check_metadata(metadata: OAuthMetadata, issuer: str, asked: SignInClient) -> None:
    if not issuers_match(str(metadata.issuer), issuer):
        validate_metadata_issuer(metadata, issuer)
    for url in (metadata.authorization_endpoint, metadata.token_endpoint, metadata.registration_endpoint):
        if url is not None:
            asked.check(str(url))
    if "S256" not in (metadata.code_challenge_methods_supported or ()):
        raise ToolServerError(Reason(_("Its sign-in lacks what keeps codes from being stolen (PKCE, S256).")))


async def find_client(
    entry: Endpoint, asked: SignInClient, metadata: OAuthMetadata, redirect_uri: str, known: str, scope: str
) -> OAuthClientInformationFull:
    if entry.client.id:
        return named_client(entry, metadata)
    if known:
        client = Authority.load(known).client
        lasts = not client.client_secret_expires_at or client.client_secret_expires_at > time.time()
        if lasts and client.issuer and credentials_match_issuer(client, str(metadata.issuer), None):
            return client
    if metadata.registration_endpoint is None:
        raise ToolServerError(
            Reason(_("It registers no clients by itself. Enter the client ID that you were given there."))
        )
    wanted = OAuthClientMetadata(
        redirect_uris=[AnyUrl(redirect_uri)],
        client_name="Divan",
        grant_types=GRANTS,
        application_type="web",
        scope=scope or None,
    )
    request = create_client_registration_request(metadata, wanted, "")
    answer = await asked.send("POST", str(request.url), json=json.loads(request.content))
    client = await handle_registration_response(answer)
    check_registration_usable(client)
    client.issuer = str(metadata.issuer)
    return client


def named_client(entry: Endpoint, metadata: OAuthMetadata) -> OAuthClientInformationFull:
    ways = metadata.token_endpoint_auth_methods_supported or [BY_HEADER]
    way = BY_HEADER if BY_HEADER in ways else IN_FORM
    return OAuthClientInformationFull(
        client_id=entry.client.id,
        client_secret=entry.client.secret or None,
        token_endpoint_auth_method=way if entry.client.secret else "none",
    )


def new_verifier() -> PKCEParameters:
    return PKCEParameters.generate()


def authorization_url(authority: Authority, redirect_uri: str, state: str, challenge: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": authority.client.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "resource": authority.resource,
    }
    if authority.scope:
        asked["scope"] = authority.scope
        if "offline_access" in authority.scope.split():
            asked["prompt"] = "consent"
    page = str(authority.metadata.authorization_endpoint)
    return f"{page}{'&' if '?' in page else '?'}{urlencode(asked)}"


async def tokens_for_code(
    entry: Endpoint, authority: Authority, redirect_uri: str, verifier: str, code: str, issuer: str | None
) -> Tokens:
    """Exchanges the code that the browser brought for tokens. Raises ToolServerError."""
    with naming_sdk_errors():
        validate_authorization_response_iss(issuer, authority.metadata)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return await ask_for_tokens(entry, authority, {**form, "code_verifier": verifier})


async def renewed_tokens(entry: Endpoint, authority: Authority, tokens: Tokens) -> Tokens:
    """Asks for new tokens in the place of these. Raises SignInRefusedError where they are taken no more,
    ToolServerError where nobody knows."""
    with naming_sdk_errors():
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
        found = await ask_for_tokens(entry, authority, form)
    return Tokens(found.access, found.refresh or tokens.refresh, found.expires, found.scope or tokens.scope)


async def ask_for_tokens(entry: Endpoint, authority: Authority, form: dict[str, str]) -> Tokens:
    client = authority.client
    form = {**form, "client_id": client.client_id, "resource": authority.resource}
    headers = {}
    way = client.token_endpoint_auth_method or BY_HEADER
    if client.client_secret and way == IN_FORM:
        form["client_secret"] = client.client_secret
    elif client.client_secret and way == BY_HEADER:
        login = f"{quote(client.client_id, safe='')}:{quote(client.client_secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
    async with asking(entry) as asked:
        answer = await asked.send("POST", str(authority.metadata.token_endpoint), headers=headers, form=form)
    if answer.status_code in REFUSED:
        raise SignInRefusedError(Reason(_("The sign-in was refused (%(code)s)."), {"code": error_of(answer)}))
    if answer.status_code not in (200, 201):
        said = {"status": answer.status_code}
        raise ToolServerError(Reason(_("Its sign-in answered with status %(status)s."), said))
    token = await handle_token_response_scopes(answer)
    if not token.access_token.isprintable() or not token.access_token.isascii():
        raise OAuthTokenError("no token")
    return Tokens(
        token.access_token,
        token.refresh_token or "",
        calculate_token_expiry(token.expires_in),
        token.scope or authority.scope,
    )


def error_of(answer: httpx2.Response) -> str:
    """The code of an OAuth error, else the status."""
    try:
        code = json.loads(answer.content)["error"]
    except (ValueError, KeyError, TypeError, RecursionError):
        code = ""
    return code if isinstance(code, str) and _ERROR.fullmatch(code) else str(answer.status_code)


@contextmanager
def naming_sdk_errors() -> Iterator[None]:
    """Raises what the SDK finds wrong as ToolServerError, in words without what servers said."""
    try:
        yield
    except OAuthRegistrationError:
        raise ToolServerError(
            Reason(_("It did not register Divan. Enter the client ID that you were given there."))
        ) from None
    except (OAuthTokenError, OAuthFlowError):
        raise ToolServerError(Reason(_("Its sign-in answered in a way that OAuth does not know."))) from None

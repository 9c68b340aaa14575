"""`/oauth/callback`: where people come back to who signed in to a tool server. It sends nobody anywhere but
to Divan's own page, and says in words what was wrong."""

from typing import Any

from channels.db import database_sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core.accounts import owner_id


@require_safe
async def callback(request: HttpRequest) -> HttpResponse:
    from chat.tools.mcp.oauth import pending, sign_in
    from chat.tools.mcp.reasons import ToolServerError

    state = request.GET.get("state", "")
    cookie = pending.cookie_name(state)
    begun = pending.unseal_sign_in(request.COOKIES.get(cookie, ""))
    person = await database_sync_to_async(owner_id, thread_sensitive=False)(await request.auser())
    if begun is None or not person or not begun.fits(state, person, request.session.session_key or ""):
        return refusal_page(
            request,
            _("This sign-in was not begun here, or too long ago. Begin it again in Settings → Tools."),
        )
    if "error" in request.GET or not request.GET.get("code"):
        response = refusal_page(request, _("The service did not let you in, or you did not agree."))
    else:
        try:
            await sign_in.finish_sign_in(begun, request.GET["code"], request.GET.get("iss"))
        except ToolServerError as failure:
            response = refusal_page(request, str(failure.reason))
        else:
            response = HttpResponseRedirect(f"{reverse('home')}?open=tools")
    response.delete_cookie(cookie, path="/oauth/", samesite="Lax")
    response["Cache-Control"] = "no-store"
    return response


def refusal_page(request: HttpRequest, message: Any) -> HttpResponse:
    return render(request, "refused.html", {"message": message}, status=403)

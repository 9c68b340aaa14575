from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.csrf import ensure_csrf_cookie

from chat.actions.preferences import preferences_of
from chat.doors.catalogue import catalogue_of
from core.accounts import owner_id
from providers import connectors, registry
from providers.catalogue.viewers import viewer_for


@ensure_csrf_cookie
@login_required
async def page(request: HttpRequest, conversation: str = "") -> HttpResponse:
    """The one page. Which conversation it shows, the client reads from the address."""
    if not settings.CLIENT_MANIFEST.is_file():
        return render(request, "client_missing.html", status=503)
    user = await request.auser()
    owner = await database_sync_to_async(owner_id, thread_sensitive=False)(user)
    viewer = await viewer_for(owner)
    known = await registry.rows_for(viewer)
    preferences = await database_sync_to_async(preferences_of, thread_sensitive=False)(owner)
    boot = {
        "user": user.get_username(),
        "person": owner,
        "preferences": preferences,
        "authMode": settings.AUTH_MODE,
        "staff": bool(getattr(user, "is_staff", False)),
        "language": get_language(),
        "languages": [code for code, _ in settings.LANGUAGES],
        "version": settings.VERSION,
        "socket": "/ws/chat/",
        "maxTextBytes": settings.MAX_TEXT_BYTES,
        "maxUploadBytes": settings.MAX_UPLOAD_BYTES,
        "maxImportBytes": settings.MAX_IMPORT_BYTES,
        "servers": [
            {
                "name": row.config.name,
                "onlyRepeats": connectors.only_repeats(row.config.provider),
                "managesModels": connectors.manages_models(row.config),
            }
            for row in known.servers.values()
        ],
        "groups": list(known.groups()),
        "defaultModel": await registry.default_model(viewer=viewer),
    }
    context = {"boot": boot, "catalogue": catalogue_of(preferences.get("language"))}
    return render(request, "index.html", context)

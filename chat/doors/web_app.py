"""What a browser asks for where a person installs the page, or wants to be notified: a name with icons, and a
service worker. Both hold nothing of anybody, so they ask for no login."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

GROUND = "#f6f4ef"
ICONS = (
    ("icon-192.png", 192, "any"),
    ("icon-512.png", 512, "any"),
    ("icon-maskable-512.png", 512, "maskable"),
)


@require_safe
async def manifest(request: HttpRequest) -> HttpResponse:
    response = JsonResponse(
        {
            "id": "/",
            "name": "Divan",
            "short_name": "Divan",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": GROUND,
            "theme_color": GROUND,
            "icons": [
                {"src": static(name), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
                for name, size, purpose in ICONS
            ],
        },
        content_type="application/manifest+json",
    )
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
async def worker(request: HttpRequest) -> HttpResponse:
    """At the root, since it may only speak for pages below its own address."""
    response = render(request, "worker.js", content_type="text/javascript")
    response["Cache-Control"] = "no-cache"
    return response

"""`/sandbox/`: the page in which previews of what models wrote run. It holds nothing, so it asks for no
login; the page that frames it fills it by `postMessage` (static/src/render/preview/).

Its policy gives it an origin of its own: it reaches no network, no storage and not the page around it.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; frame-ancestors 'self'"
)


@require_safe
@xframe_options_exempt
async def sandbox(request: HttpRequest) -> HttpResponse:
    response = render(request, "sandbox.html")
    response["Content-Security-Policy"] = POLICY
    # Names that a script looks up would be told to whoever answers for them.
    response["X-DNS-Prefetch-Control"] = "off"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-cache"
    return response

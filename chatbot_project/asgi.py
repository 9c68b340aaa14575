"""The ASGI application: static files, HTTP, the WebSocket and, where the server has it, lifespan."""

import os
import re
from pathlib import Path
from typing import Any

from django.core.asgi import get_asgi_application

# Whatever this process makes is its owner's alone, SQLite's files and the log too.
os.umask(0o077)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot_project.settings")
http = get_asgi_application()

import django.contrib.admin  # noqa: E402
import ninja  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import path  # noqa: E402
from servestatic.asgi import ServeStaticASGI  # noqa: E402

from chat.consumers import ChatConsumer  # noqa: E402
from chatbot_project.bodies.door import bounded_bodies  # noqa: E402
from chatbot_project.draining import counting_requests  # noqa: E402
from chatbot_project.health import with_health  # noqa: E402
from chatbot_project.lifespan import lifespan  # noqa: E402
from chatbot_project.monitoring.door import with_metrics  # noqa: E402
from chatbot_project.tls import with_tls  # noqa: E402
from chatbot_project.websocket import SocketDoor  # noqa: E402

HASHED = re.compile(r"-[\w-]{8,64}\.\w{1,8}\Z")


def is_hashed(url: str) -> bool:
    """Whether a file of this name never changes: the client's build puts a hash of it there."""
    return "/assets/" in url and HASHED.search(url) is not None


def with_static_files(app: Any) -> ServeStaticASGI:
    """Files are served from where they lie: no `collectstatic` step, nothing in Django's middleware."""
    static = ServeStaticASGI(
        app,
        immutable_file_test=lambda _, url: is_hashed(url),
        allow_all_origins=False,
        add_headers_function=lambda headers, *_: headers.add_header(
            "Cross-Origin-Resource-Policy", "same-origin"
        ),
    )
    folders = [Path(module.__path__[0]) / "static" for module in (django.contrib.admin, ninja)]
    for folder in [*folders, *settings.STATICFILES_DIRS]:
        if folder.is_dir():
            static.add_files(folder, prefix="static/")
    return static


pages = counting_requests(bounded_bodies(with_static_files(http)))
application = ProtocolTypeRouter(
    {
        "http": with_tls(with_health(with_metrics(pages, settings.METRICS_TOKEN))),
        "websocket": with_tls(SocketDoor(URLRouter([path("ws/chat/", ChatConsumer.as_asgi())]))),
        "lifespan": lifespan,
    }
)

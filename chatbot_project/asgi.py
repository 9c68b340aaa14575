"""The ASGI application: static files, HTTP, the WebSocket and, where the server has it, lifespan."""

import os

from django.core.asgi import get_asgi_application

# Whatever this process makes is its owner's alone, SQLite's files and the log too.
os.umask(0o077)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatbot_project.settings")
http = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import path  # noqa: E402

from chat.consumers import ChatConsumer  # noqa: E402
from chatbot_project.bodies.door import bounded_bodies  # noqa: E402
from chatbot_project.draining import counting_requests  # noqa: E402
from chatbot_project.health import with_health  # noqa: E402
from chatbot_project.lifespan import lifespan  # noqa: E402
from chatbot_project.monitoring.door import with_metrics  # noqa: E402
from chatbot_project.static_files import with_static_files  # noqa: E402
from chatbot_project.tls import with_tls  # noqa: E402
from chatbot_project.websocket import SocketDoor  # noqa: E402

pages = counting_requests(bounded_bodies(with_static_files(http)))
application = ProtocolTypeRouter(
    {
        "http": with_tls(with_health(with_metrics(pages, settings.METRICS_TOKEN))),
        "websocket": with_tls(SocketDoor(URLRouter([path("ws/chat/", ChatConsumer.as_asgi())]))),
        "lifespan": lifespan,
    }
)

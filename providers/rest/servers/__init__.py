"""`/api/servers` and `/api/services`: what Settings → Services does. For administrators alone.

rows.py       the rows of servers
model_settings.py  what is set for their models
services.py   what may be added, what runs on this machine, a try before anything is kept
groups.py     to whom a server or a model may be limited
schemas.py    the shapes
"""

from . import model_settings, services
from .rows import router as servers

model_settings.add_to(servers)
services_router = services.router

__all__ = ["servers", "services_router"]

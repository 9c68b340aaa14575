"""Fake model servers that speak the real wire formats. As a program: `python -m tests.upstreams`."""

from tests.upstreams.recorded import Recorded
from tests.upstreams.server import Upstream, running_upstream

__all__ = ["Recorded", "Upstream", "running_upstream"]

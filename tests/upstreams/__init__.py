"""Fake model servers that speak the real wire formats. As a program: `python -m tests.upstreams`."""

from tests.upstreams.server import Recorded, Upstream, running_upstream

__all__ = ["Recorded", "Upstream", "running_upstream"]

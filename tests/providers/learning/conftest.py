from tests.providers.connectors.conftest import connect, nothing_learned, one_wire, upstream, wire

__all__ = ["connect", "nothing_learned", "one_wire", "upstream", "wire"]

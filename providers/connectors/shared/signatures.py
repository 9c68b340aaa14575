"""Signatures that name their maker.

A service signs its reasoning and wants that back unchanged, and refuses what another model signed. Only
the connector can tell these apart, so it writes the model into the opaque text that it hands out.
"""


def sign_payload(provider: str, model: str, payload: str) -> str:
    return f"{provider}/{model}|{payload}"


def own_payload(signature: str | None, provider: str, model: str) -> str | None:
    """What this model of this provider signed; None for anything else."""
    maker, mark, payload = (signature or "").partition("|")
    return payload if mark and maker == f"{provider}/{model}" else None

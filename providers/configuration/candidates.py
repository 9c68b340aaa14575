"""Which model of a server's list a row with candidates stands for."""

from collections.abc import Iterable, Sequence

from providers.types import ModelInfo


def find_candidate(candidate: str, infos: Iterable[ModelInfo]) -> ModelInfo | None:
    """The model of the list that `candidate` names. Ollama's `:latest` may be left out; the case of
    letters decides only where it must."""
    names = {info.id: info for info in infos}
    if info := names.get(candidate) or names.get(f"{candidate}:latest"):
        return info
    folded = {name.casefold(): info for name, info in names.items()}
    return folded.get(candidate.casefold()) or folded.get(f"{candidate}:latest".casefold())


def choose_candidate(
    candidates: Sequence[str], infos: Sequence[ModelInfo], *, without: frozenset[str] = frozenset()
) -> ModelInfo | None:
    """The first candidate that the list has, can chat and is not among those seen to fail."""
    for candidate in candidates:
        info = find_candidate(candidate, infos)
        if info and info.id not in without and (not info.capabilities or "chat" in info.capabilities):
            return info
    return None

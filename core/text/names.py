"""Names of files, as strangers give them."""

LONGEST = 200
LONGEST_ENDING = 10


def plain_name(name: str) -> str:
    """Without folders, control characters and more than a name's length; its ending is kept."""
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    last = "".join(char for char in last if char.isprintable()).strip() or "file"
    if len(last) <= LONGEST:
        return last
    stem, dot, ending = last.rpartition(".")
    if not dot or len(ending) >= LONGEST_ENDING:
        return last[:LONGEST]
    return f"{stem[: LONGEST - len(ending) - 1]}.{ending}"

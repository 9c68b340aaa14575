"""Bodies of requests: how large one may be, from whom and where to, and reading it block by block."""

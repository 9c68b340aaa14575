"""What a model server's refusals and errors mean, in whatever form they come."""

from providers.wire.failures.reading import MAX_DETAIL, error_of, http_failure, scrub

__all__ = ["MAX_DETAIL", "error_of", "http_failure", "scrub"]

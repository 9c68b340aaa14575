"""What a model server's refusals and errors mean, in whatever form they come."""

from providers.wire.failures.phrases import wants_text_alone
from providers.wire.failures.reading import error_of, http_failure
from providers.wire.failures.scrubbing import scrub

__all__ = ["error_of", "http_failure", "scrub", "wants_text_alone"]

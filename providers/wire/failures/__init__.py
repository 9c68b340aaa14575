"""What a model server's refusals and errors mean, in whatever form they come.

bodies.py        where services put code, status and words in a body
excerpts.py      what a server said, fit to be read by a person
hardware.py      the words for a machine that could not do what was asked
meanings.py      from status, machine codes and words to one of Divan's error codes
named_fields.py  the fields of a request that a refusal names for programs
phrases.py       what services say, in the words that tell one kind of refusal from another
reading.py       from what a server answered to the `ProviderError` that says what it means
scrubbing.py     keys, tokens and passwords taken out of error texts
token_counts.py  the two numbers of a refusal for length
waits.py         how long a server asks to be left alone
"""

from providers.wire.failures.phrases import wants_text_alone
from providers.wire.failures.reading import error_of, http_failure
from providers.wire.failures.scrubbing import scrub

__all__ = ["error_of", "http_failure", "scrub", "wants_text_alone"]

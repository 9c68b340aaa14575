"""Sentences for what a reader should know beside an answer (`note` events), by code."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NOTES: Mapping[str, Promise] = {
    "retrying": _("Trying again in {in_s} s."),
    "loading": _("The server is loading the model."),
    "compacting": _("The conversation has grown long: its oldest part is being summarised for this model."),
    "history_cut": _(
        "The conversation is longer than this model can read: its oldest messages were not sent."
    ),
    "adapted": _("{model} does not support {fields}; it was not sent."),
    "tools_set_aside": _("{model} was not offered these tools, whose description it cannot read: {tools}."),
    "answers_cut": _("The answers are longer than this model can read: parts of them were not sent."),
    "ranking": _("The models rank each other's answers, without their names."),
    "reading_files": _("Reading the attached files."),
    "reading_parts": _("{name} is too long to be sent whole: its parts are being read, {done} of {total}."),
    "searching": _("Looking in your documents."),
    "searching_web": _("Searching the web for “{query}”."),
    "web_failed": _("The web was not searched: {reason}"),
    "reading": _("Waiting for documents that are still being read: {documents}."),
    "unread": _("Documents that were not read in time and were not used: {documents}."),
    "picture_lost": _("An image of this answer could not be kept."),
    "tool_limit": _("No more tools may be called for this answer: the model continues with what it has."),
    "unsaved": _(
        "Not saved yet: the server cannot write to its disk. It keeps what is here, and tries again."
    ),
    "saved": _("Everything is saved again."),
    "budget_soft": _("You are close to the end of your budget."),
    "budget_hard": _("A budget is used up: no model is asked any more."),
    "over_turns": _("The dialogue has reached its number of turns."),
    "over_tokens": _("The dialogue has reached its token limit."),
    "over_usd": _("The dialogue has reached its cost limit."),
    "over_seconds": _("The dialogue has reached its time limit."),
    "over_repetition": _("The dialogue was ended because its lines kept repeating."),
    "over_moderator": _("The moderator ended the dialogue."),
    "replay_ended": _("The rest was not asked: {reason}"),
    "model_replaced": _("{wanted} is not offered by {server}; {model} answers instead."),
    "asked_next": _("{wanted} does not answer; {model} is asked instead."),
    "model_retired": _("{wanted} is not offered any more; {model} answers instead."),
}

PASSING = frozenset({"retrying", "loading", "compacting", "searching", "searching_web", "reading", "ranking"})
"""What is over once words come; the rest stays true of the answer."""


TAKEN_BACK = {"saved": "unsaved"}
"""Notes that say that another is not true any more."""


def note_text(code: str, values: Mapping[str, object]) -> str:
    """In the active language; empty for a code without a sentence."""
    sentence = NOTES.get(code)
    if sentence is None:
        return ""
    try:
        return str(sentence).format(**values)
    except (KeyError, IndexError):
        return str(sentence)

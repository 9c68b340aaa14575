"""The sentence for each error of a document, in the language that is active when it is shown."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.originals.base import AWAY

MESSAGES: Mapping[str, Promise] = {
    "unsupported": _("This kind of file cannot be read."),
    "mismatch": _("The file is not what its name says it is."),
    "old_format": _(
        "This is an old or protected Office file. Save it as DOCX, XLSX or PPTX without a password."
    ),
    "encrypted": _("The file is protected by a password. Remove it and try again."),
    "broken": _("The file is damaged and cannot be read."),
    "encoding": _("The encoding of its text could not be told. Save it as UTF-8 and try again."),
    "no_text": _("There is no text in it. A scan needs text recognition first."),
    "too_large": _("The file is too large."),
    "quota": _("There is no room left for your documents. Delete some, then try again."),
    "too_long": _("The document has too many pages or too much text."),
    "bomb": _("The file unpacks to far more than its size. It was not read."),
    "entities": _("The file declares XML entities. It was not read."),
    "timeout": _("Reading it took too long."),
    "memory": _("Reading it took too much memory."),
    "address": _("Only public http and https addresses can be fetched."),
    "unreachable": _("The address could not be fetched."),
    "already": _("The same file is among these documents already."),
    "embedding": _("The embedding model could not be reached. Try again when it runs."),
    "embedding_length": _(
        "The embedding model refused even a short sentence as too long. Raise its context or batch size, or "
        "choose another model."
    ),
    "missing": _("The original file is gone. Upload it again."),
    "storage_unavailable": AWAY,
    "internal": _("Something went wrong on the server. The log has the details."),
    "cancelled": _("Cancelled."),
}


def message_for(code: str) -> str:
    return str(MESSAGES.get(code, MESSAGES["internal"])) if code else ""

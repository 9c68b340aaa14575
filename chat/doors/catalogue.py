"""Which of the client's catalogues a browser will ask for. Named in the page, it comes beside the script
and not after it."""

from django.conf import settings
from django.utils.translation import get_language


def catalogue_of(preferred: str | None = None) -> str:
    """Chosen as `chooseLanguage` does (static/src/i18n/index.ts)."""
    known = [code for code, _ in settings.LANGUAGES]
    language = preferred if preferred in known else get_language()
    return f"src/i18n/{language}/index.ts"

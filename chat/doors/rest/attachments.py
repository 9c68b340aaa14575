from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from ninja import File, Router, Status
from ninja.files import UploadedFile

from chat.doors.rest.request import ApiRequest
from chat.doors.rest.responses import media_types
from chat.doors.rest.schemas import Attachment
from chat.policy.quotas import refuse_more_attachments
from chat.prompting.attachments import find_attachment, keep_attachment, serve_attachment
from chat.protocol.errors import NotFoundError, TooLargeError
from core.originals.downloads import ANSWERS
from providers.rest.schemas import ErrorOut

if TYPE_CHECKING:
    from rag.whole.text import FileText

router = Router(tags=["attachments"])
FILE = {"responses": media_types("image/*", "application/octet-stream")["responses"] | ANSWERS}


@router.post("", response={201: Attachment})
async def upload(request: ApiRequest, file: File[UploadedFile]) -> Any:
    """The type is told from the bytes, whatever the client says. A file is read at once: `text` says whether
    models will get more of it than its name."""
    if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
        raise TooLargeError
    await refuse_more_attachments(request.auth.owner_id, file.size or 0)
    part, text = await keep_attachment(request.auth.owner_id, file.name or "", file.read())
    return Status(201, {**part, "text": None if text is None else text_fields(text)})


def text_fields(text: "FileText") -> dict[str, Any]:
    from rag.rest.schemas import failure_json
    from rag.whole.text import page_ranges

    return {
        "tokens": text.tokens,
        "pages": text.pages,
        "textless": page_ranges(text.textless),
        "error": failure_json(text.error) if text.error else None,
    }


@router.get("/{sha256}", response={200: None, 416: ErrorOut}, openapi_extra=FILE)
async def download(request: ApiRequest, sha256: str) -> HttpResponseBase:
    """An image as an image, all else as a download: never a page."""
    kept = await find_attachment(request.auth.owner_id, sha256)
    response = None if kept is None else await serve_attachment(request, sha256, kept.name, kept.mime)
    if response is None:
        raise NotFoundError(_("There is no such file."))
    if response.status_code < 400:
        response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response

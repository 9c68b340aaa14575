from typing import Any

from django.conf import settings
from django.http import FileResponse
from django.utils.translation import gettext_lazy as _
from ninja import File, Router, Status
from ninja.files import UploadedFile

from chat.attachments import find, keep, served
from chat.protocol.errors import NotFoundError, TooLargeError
from chat.rest.described import also
from chat.rest.request import ApiRequest
from chat.rest.schemas import Attachment

router = Router(tags=["attachments"])


@router.post("", response={201: Attachment})
async def upload(request: ApiRequest, file: File[UploadedFile]) -> Any:
    """The type is told from the bytes, whatever the client says."""
    if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
        raise TooLargeError
    return Status(201, await keep(request.auth.username, file.name or "", file.read()))


@router.get("/{sha256}", response=None, openapi_extra=also("image/*", "application/octet-stream"))
async def download(request: ApiRequest, sha256: str) -> FileResponse:
    """An image as an image, all else as a download: never a page."""
    kept = await find(request.auth.username, sha256)
    response = None if kept is None else served(sha256, kept.name, kept.mime)
    if response is None:
        raise NotFoundError(_("There is no such file."))
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response

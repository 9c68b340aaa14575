from typing import Any

from django.conf import settings
from django.http import FileResponse
from ninja import File, Router, Status
from ninja.files import UploadedFile

from chat.attachments import find, keep, store
from chat.errors import NotFoundError, TooLargeError
from chat.rest.request import ApiRequest
from chat.rest.schemas import Attachment

router = Router(tags=["attachments"])


@router.post("", response={201: Attachment})
async def upload(request: ApiRequest, file: File[UploadedFile]) -> Any:
    """The type is told from the bytes, whatever the client says."""
    if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
        raise TooLargeError
    return Status(201, await keep(request.auth.username, file.name or "", file.read()))


@router.get("/{sha256}", response=None)
async def download(request: ApiRequest, sha256: str) -> FileResponse:
    """An image as an image, all else as a download: never a page."""
    kept = await find(request.auth.username, sha256)
    path = store().path(sha256)
    if kept is None or path is None:
        raise NotFoundError
    is_image = kept.mime.startswith("image/")
    response = FileResponse(
        path.open("rb"),
        as_attachment=not is_image,
        filename=kept.name,
        content_type=kept.mime if is_image else "application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    return response

from django.db import models


class Upload(models.Model):
    """That a user has uploaded a file: the right to attach and to fetch it. The bytes, once for all users,
    are in DATA_DIR/attachments/."""

    owner = models.CharField(max_length=150)
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    mime = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "sha256"], name="upload_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.owner})"

"""The router as the project mounts it, for whoever a header names."""

from typing import Any

from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI
from ninja.security import APIKeyHeader

from rag.rest.documents import router


class Person:
    def __init__(self, owner: str) -> None:
        self.owner_id = self.username = owner


class ByHeader(APIKeyHeader):
    param_name = "X-User"

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        return Person(key) if key else None


api = NinjaAPI(auth=ByHeader(), urls_namespace="rag-tests")
api.add_router("/documents", router)
urlpatterns = [path("api/", api.urls)]

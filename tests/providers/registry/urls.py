"""The models' REST alone, and the admin, without the project that composes them."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI

from providers.rest.api import router


async def whoever_is_here(request: HttpRequest) -> object:
    return await request.auser()


api = NinjaAPI(title="models", urls_namespace="models-alone", auth=whoever_is_here)
api.add_router("/models", router)
urlpatterns = [path("admin/", admin.site.urls), path("api/", api.urls)]

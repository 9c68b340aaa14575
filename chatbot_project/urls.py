from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from chat.doors.oauth import callback
from chat.doors.page import page
from chat.doors.sandbox import sandbox
from chat.doors.shares.views import shared, shared_attachment
from chat.doors.web_app import manifest, worker
from chatbot_project.api import api, v1
from chatbot_project.login.views import LoginView

urlpatterns = [
    path("", page, name="home"),
    path("c/<str:conversation>", page, name="conversation"),
    path("s/<str:token>", shared, name="shared"),
    path("s/<str:token>/attachments/<str:sha256>", shared_attachment, name="shared_attachment"),
    path("documents", page, name="documents"),
    path("documents/<str:conversation>", page, name="documents_of"),
    path("metrics", page, name="metrics"),
    path("testsets", page, name="testsets"),
    path("testsets/<str:conversation>", page, name="testset"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("worker.js", worker, name="worker"),
    path("sandbox/", sandbox, name="sandbox"),
    path("oauth/callback", callback, name="oauth_callback"),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/login/", LoginView.as_view()),
    path("admin/", admin.site.urls),
    path("api/", api.urls),
    path("v1/", v1.urls),
]

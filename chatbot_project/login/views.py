from typing import Any

from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpResponse

from chatbot_project.login.backend import NotNowError


class LoginView(views.LoginView):
    """Also the admin's: one page, one way in."""

    template_name = "login.html"

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_invalid(form)
        refusal = next((error for error in _errors(form) if isinstance(error, NotNowError)), None)
        if refusal is not None:
            response.status_code = refusal.status
            response["Retry-After"] = str(refusal.retry_after)
        return response

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        found = super().get_context_data(**context)
        errors = _errors(found["form"]) if found["form"].is_bound else []
        found["refusal"] = next((error.message for error in errors if isinstance(error, NotNowError)), "")
        return found


def _errors(form: AuthenticationForm) -> list[Any]:
    return form.non_field_errors().as_data()

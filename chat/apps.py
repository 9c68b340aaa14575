from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatConfig(AppConfig):
    name = "chat"
    verbose_name = _("Tools")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from chat import signal_handlers  # noqa: F401
        from chat.actions.tool_costs import tokens_of_tools
        from chat.actions.votes import ratings_of, votes_of
        from chat.engine.answers.answer import before_asking
        from chat.engine.answers.pictures import keepers
        from chat.engine.engine import after_answer, when_ended, when_shut_down
        from chat.people import disposal, file_sync, spending
        from chat.policy.running import count_ended
        from chat.policy.spending import (
            connect_signals,
            count_answer,
            hold_for_account,
            hold_for_answer,
            release,
        )
        from chat.prompting import memory_cache
        from chat.prompting.made_files import keep_picture
        from chat.prompting.title_writer import improve_title
        from chat.testsets.disposal import dispose_of_testsets
        from conversations.store.interrupted import count_tokens_with
        from core import holdings
        from providers import asking
        from providers.costs.ledger import written
        from providers.costs.tool_tokens import count_tools_with
        from providers.suggestions.experience import count_votes_with, rate_with
        from providers.tokens import estimate_tokens

        count_tokens_with(estimate_tokens)
        count_votes_with(votes_of)
        rate_with(ratings_of)
        count_tools_with(tokens_of_tools)
        before_asking.append(hold_for_answer)
        keepers.append(keep_picture)
        asking.before_asking.append(hold_for_account)
        asking.when_counted.append(release)
        when_ended.append(count_answer)
        when_ended.append(count_ended)
        when_shut_down.append(holdings.close_holdings)
        after_answer.append(improve_title)
        disposal.when_leaving.append(dispose_of_testsets)
        connect_signals()
        memory_cache.connect_signals()
        file_sync.connect_signals()
        written.append(spending.append)

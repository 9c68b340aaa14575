"""What becomes of a conversation's documents when something becomes of the conversation. `conversations` and
`rag` know nothing of each other."""

from typing import Any

from django.dispatch import receiver

from conversations import signals


@receiver(signals.purged)
def forget_documents(conversation: str, **_: Any) -> None:
    from rag import access

    access.forget_conversation(conversation)


@receiver(signals.restored)
def read_documents_again(**_: Any) -> None:
    from rag import access

    access.read_again()

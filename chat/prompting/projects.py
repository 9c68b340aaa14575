"""What a person's folder carries for the conversations in it: what a new one begins with, and the documents
that they search.

A conversation begins with the instructions, lanes and tools of that moment, and its file says so: what its
models were sent can be told from it, whatever the project says later. Documents and the budget are those of
the folder in which it lies.
"""

from channels.db import database_sync_to_async

from chat.models import Project
from conversations.records import AskedDocument
from conversations.settings import Settings, read_settings


async def project_in(owner: str, folder: str | None) -> Project | None:
    """None where it is a folder and nothing more, or there is none."""
    if not folder:
        return None
    find = Project.objects.filter(owner=owner, folder=folder).first
    found: Project | None = await database_sync_to_async(find, thread_sensitive=False)()
    return found


async def inherited_settings(owner: str, folder: str | None) -> Settings:
    """What a new conversation in that folder begins with, where it is not told otherwise."""
    project = await project_in(owner, folder)
    if project is None:
        return {}
    said = {name: getattr(project, name) for name in ("lanes", "tools", "web")}
    given = read_settings({name: value for name, value in said.items() if value is not None})
    given["project"] = {"name": project.folder, "instructions": project.instructions}
    if await documents_of(project):
        given["rag"] = True
    return given


async def documents_of(project: Project) -> list[AskedDocument]:
    """Those that are still there and its owner's, in its order."""
    wanted = [number for number in project.documents if type(number) is int]
    if not wanted:
        return []
    from rag import retrieval

    names = await retrieval.find_names(project.owner, wanted)
    return [{"id": number, "name": names[number]} for number in wanted if number in names]


async def documents_to_search(owner: str, conversation: str, folder: str | None) -> list[int] | None:
    """Those of the project in which a conversation lies and its own; None where that says nothing of
    documents."""
    project = await project_in(owner, folder)
    chosen = [] if project is None else await documents_of(project)
    if not chosen:
        return None
    from rag import retrieval

    return [*(one["id"] for one in chosen), *await retrieval.find_own_documents(owner, conversation)]


def with_instructions(settings: Settings, system: str) -> str:
    """A lane's system prompt after what its project says to all lanes."""
    project = settings["project"]
    told = project["instructions"].strip() if project else ""
    return "\n\n".join(text for text in (told, system) if text)

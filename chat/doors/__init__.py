"""The ways in beside the socket: REST, server-sent events, OpenAI's form, shared links and the page itself.

They parse, ask `actions`, and put what comes back into their own shape.

dispatch.py   from a parsed command to its action, for sockets and for `POST /api/chat/commands` alike
web_app.py    what a browser asks for where a person installs the page, or wants to be notified
oauth.py      the address to which a sign-in at a tool server comes back
openai/       an OpenAI-compatible door to every configured model
page.py       the page itself
catalogue.py  which texts of the client it names, so that they come beside its script
rest/         conversations, files, prompts, memory and the rest as resources
sandbox.py    the page in which previews run, apart from everything else
shares/       read-only links to conversations
sse.py        the events of a conversation as Server-Sent Events
"""

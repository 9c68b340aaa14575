"""What a person may do, whichever way it was asked: over a WebSocket, REST or a command line.

Each function takes the user and a parsed command, raises ChatError, and returns the fields of the `ack`.

account_deletion.py  an account is deleted, with what it has
approval.py          what a person says of the calls of tools for which an answer waits
asking.py            the lanes of a turn are asked
auto.py              lanes whose model Auto chooses
beginning.py         a conversation begins, within what its owner may keep
branches.py          ways through the tree of a conversation
bulk.py              what a person does to many conversations at once
completion.py        actions that are carried out to their end, whoever stops waiting
conversations.py     conversations are made, kept, removed, restored and set
council.py           answers that rank each other
folder_choice.py     decides in which folder a conversation begins
folders.py           a person's folders, and what makes one of them a project
imports.py           exports that a person uploaded
lane_sets.py         rows of lanes that a person keeps under a name, to begin conversations with
lookups.py           what the begin of an answer asks the database for, read in one step
messages.py          a message of a conversation is found, or deleted
preferences.py       how a person has set the page
prompts.py           prompts that people keep
records.py           the records that a person's actions write
regeneration.py      another answer in the place of one that has ended
registry.py          which function carries out which command
sending.py           a person's message is sent
stopping.py          answers are stopped
synthesis.py         one answer made of several
tool_costs.py        what the definitions of tools cost, before anything is asked
toolboxes.py         the tools of a turn, for lanes that use any
turns.py             what streams in a turn, what it shows, and turns that another process has just begun
votes.py             a person's votes and ratings by model, for suggestions
voting.py            what a person says of answers
web.py               where a conversation searches the web first
"""

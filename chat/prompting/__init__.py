"""What a model is sent: the path to a message as one lane sees it, files, memory, summaries; and titles.

attachments.py   attachments between the person, the conversation and the model
builder.py       the request of an answer, once its turn has come
context.py       the path to a message as one lane sees it
letters.py       letters by which a model that judges names what it chose
made_files.py    files that answers bring with them
marks.py         texts that somebody else wrote, between marks
memory.py        what a person tells every model
memory_cache.py  what owners told every model, kept in the process
projects.py      what a person's folder carries for the conversations in it
reading/         the files of a turn
retrieval.py     the passages of a person's documents that a turn is answered from
summaries.py     what is done when a conversation has outgrown a model's window
title_writer.py  who gives a conversation its title
titles.py        titles as models write them, in plain words
web.py           pages of the web that a turn is answered from
"""

"""What is known of the models of all servers, and of how these do.

lists.py        lists as the servers gave them, in the process and on disk
listing.py      a list as a person sees it, with what an administrator set laid over it
windows.py      windows that lists name, from one list to the next
identity.py     whether the model that answered is the one that was asked
viewers.py      who looks
spelling.py     the same model, however its id is written
groups.py       servers that share work
health.py       how a server is doing
checking.py     asks a server on purpose, now
diagnosis.py    what that came to, for whoever set the server up
discovery.py    servers that run on this machine
fetching.py     rows for the models that a server has
parameters.py   which parameters mean something to a model
"""

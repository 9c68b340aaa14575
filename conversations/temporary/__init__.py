"""Temporary conversations of several processes, sealed in the memory of Redis, which forgets them.

home.py       a `TemporaryHome` (conversations/store/base.py)
content.py    the bytes of one, and what is appended to them
journals.py   answers that stream in them
heartbeat.py  which of the processes that write journals are alive
redis.py      Redis, and what is said when it does not answer
seal.py       bytes that nobody reads without SECRET_KEY, wherever Redis puts its memory

    divan.temporary.<conversation>                      its lines, sealed
    divan.temporary.<conversation>.lock                 who writes to it just now
    divan.temporary.<conversation>.answers              by message: who gives it, and its question
    divan.temporary.<conversation>.journal.<message>    what has arrived of it, sealed
    divan.temporary.about.<message>                     conversations in which that message is answered
    divan.temporary.of.<owner>                          a person's conversations
    divan.temporary.process.<name>                      there for as long as that process lives
"""

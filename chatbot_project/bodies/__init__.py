"""Bodies of requests: how large one may be, from whom and where to, and reading it block by block.

blocks.py    the bodies of requests, block by block from where Twisted put them
door.py      holds bodies to their limits under any ASGI server
limits.py    how many bytes of a body an address takes
refusals.py  what is answered to a request whose body is not read
request.py   requests as Twisted receives them
"""

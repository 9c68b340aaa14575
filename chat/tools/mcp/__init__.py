"""Tool servers: programs and addresses that speak the Model Context Protocol.

source.py       all of them, as one source of tools
server.py       one of them: when it is connected, what is known of it, calls
config_file.py  mcp.json
rows.py         what an administrator named in the admin
checking.py     whether a server can be used, asked now
entries.py      what an entry says
definitions.py  what a server says of its tools, checked and bounded
names.py        what models call a tool
reasons.py      why something failed, for a person
oauth/          signing in
guardian.py     the process that a program runs under
stderr.py       what a program writes to its error output, in the log

These import the SDK (half a second, 24 MB), and are imported in a thread when a server is first asked:

transports.py   which transport an entry needs
connection.py   one connection, from the handshake to its end
program.py      a program as a connection: its pipes, its end
endpoint.py     an address as a connection
http.py         what may be reached, and how much may come
messages.py     lines of JSON, and lists of tools as the SDK can read them
results.py      what a call gave, for a model
"""

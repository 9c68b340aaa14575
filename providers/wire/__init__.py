"""HTTP to model servers, below every connector.

transport.py     the one place that opens connections
sse.py           bytes of a stream to events
failures/        what a refusal means
server_urls.py   addresses of servers: written, split and judged
addresses.py     addresses as people type them
proxies.py       which proxy a server is asked through
"""

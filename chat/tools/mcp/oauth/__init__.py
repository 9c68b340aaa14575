"""Signing in to tool servers at addresses, as MCP has it: OAuth 2.1 with PKCE.

sign_in.py   from the button to the token: what the doors call
pending.py   what the person's browser keeps meanwhile
sign_ins.py  clients and tokens in the database
grant.py     the token of one sign-in, as a connection uses it

These import the SDK, and are imported in a thread when they are needed:

flow.py     each step: who signs people in, as what Divan is known there, codes and tokens
asking.py   the requests of it, and what these may reach
"""

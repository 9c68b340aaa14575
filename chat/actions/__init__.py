"""What a person may do, whichever way it was asked: over a WebSocket, REST or a command line.

Each function takes the user and a parsed command, raises ChatError, and returns the fields of the `ack`.
"""

"""From a file to blocks of text. See reading.py for the way in; loaders run in a process of their own."""

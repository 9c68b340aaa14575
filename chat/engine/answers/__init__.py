"""An answer while it is given: its task, what it has said so far, and its journal."""

"""What a model's refusals teach: the request is adapted and asked once more, and what was learned is kept.

facts.py          what can be learned, as values
fields.py         the fields of a request, their names in many services, and requests without them
refusals.py       from what a service refused, in its words, to facts
tool_refusals.py  from a refusal to the tools that it is about
words.py          the words in which services refuse
usage.py          from what a service counted to facts
without_tools.py  a conversation with tools, told in words
adapting.py       one question, from its first refusal to an answer
memory.py         what is known of each model, in this process

Whoever keeps it for longer (providers/configuration/learned.py) tells `memory`.
"""

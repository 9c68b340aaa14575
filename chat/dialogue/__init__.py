"""Models talk with each other. Each line is an answer like any other (chat/engine/answers/), so it streams,
stops and survives like one. What is asked of the dialogue is kept in the conversation's settings; whose turn
it is follows from the file.

directing.py   what a person asks of it
running.py     the task that gives one the word after the other
script.py      who speaks next, what a speaker is sent, when it is over
"""

from chat.dialogue.directing import begin_dialogue, direct_dialogue, pause_if_abandoned

__all__ = ["begin_dialogue", "direct_dialogue", "pause_if_abandoned"]

"""An answer while it is given: its task, what it has said so far, and its journal.

answer.py           one answer as a task: asks, journals, shows, is kept
answer_messages.py  what an answer has said and done, as a model is told of it
answer_requests.py  the requests of an answer whose model may call tools
ending.py           how an answer ended, and what is said of that
journal_writer.py   the journals of all streaming answers, written together
json_answers.py     whether an answer that was to be JSON is
life.py             the life of an answer
pictures.py         pictures that a model makes
plan.py             an answer that is to be given, and how its request is made
record_fields.py    fields of an answer's record, from what its connector told
rounds.py           the rounds of an answer
saving.py           an answer's record, written as soon as the disk takes it
shortening.py       texts made to fit a number of tokens
telling.py          what an answer says, into its journal and to its readers
tool_calls.py       the calls of one answer
toolbox.py          what the engine asks of the tools of one answer
"""

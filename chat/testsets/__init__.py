"""A person's own test sets: questions with checks, asked of several models in runs.

schemas.py      what a test set holds, and its bounds
patterns.py     regular expressions and JSON schemas that somebody else wrote
stored_sets.py  a test set as its home keeps it (conversations/store/testsets.py), read and checked
run_lines.py    what the lines of a run's file have to be
stored_runs.py  a run as its home keeps it: what was asked and what came of it
checks.py       whether an answer passes
check_child.py  what may take for ever, tried in a process of its own
judging.py      a model as judge, asked twice, blind
estimate.py     what a run would cost
sets.py         what a person does with test sets and runs
running.py      a run as a task, which goes on where it was after a crash
cron.py         when something is due, in a time zone
schedule.py     runs that begin by themselves
keeper.py       runs whose process died are taken up again
results.py      what is shown of runs
disposal.py     what becomes of them when their owner leaves
"""

"""Tools that models may call while they answer.

base.py         what a tool is, and what a call gives
catalogue.py    all tools there are, as they are for a person
turn.py         what the lanes of a turn share: equal calls, what was allowed
toolbox.py      the tools of one answer, as the engine asks for them
arguments.py    what models write as arguments, checked
addresses.py    what a turn may open
results.py      results as an answer keeps them: cut, and kept whole beside
pictures.py     pictures that tools return, told from their bytes
tool_finder.py  `find_tool`, for tools whose definitions do not fit
policy.py       whether calls of a tool run for a person
builtin/        tools of Divan's own, one file each
mcp/            tools of servers that speak MCP
arithmetic/     the grammar of the calculator
search/         services that search the web
web_first.py    one search before a turn is answered
"""

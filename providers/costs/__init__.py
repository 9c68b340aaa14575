"""What answers cost, what was spent, and what may be.

prices.py         what an answer cost, and where that figure comes from
purposes.py       what was asked beside answers, by what for
unpriced.py       what counts where nobody knows it
ledger.py         what was spent, summed in memory and written together
tool_tokens.py    what definitions of tools add to a request
budgets.py        what may still be spent
reservations.py   what running requests may cost, held against budgets before they are asked
"""

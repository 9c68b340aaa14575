"""What answers cost, what was spent, and what may be.

prices.py    what an answer cost, and where that figure comes from
ledger.py    what was spent, summed in memory and written together
budgets.py   what may still be spent
"""

"""`make bench`: what Divan costs, measured beside a relay that does the least possible."""

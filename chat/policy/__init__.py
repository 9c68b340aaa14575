"""Who may do what, how often and for how much: access, rate limits, spending, and what is asked twice."""

"""What the index tells of answers: how many, how fast, how dear, and how they were judged.

figures.py       sums and percentiles by model, server, day, week, folder or tag
grouping.py      which answers belong to which of these
answers.py       answers as columns of numbers, in one query
numpy_import.py  numpy, imported while the database works
planning.py      how PostgreSQL goes about it
comparisons.py   which answer was preferred over which
leaderboard.py   the models' ratings from one person's comparisons
ratings.py       Bradley-Terry, pure
"""

"""Read-only links to conversations.

links.py      making, listing, revoking and finding them
page.py       what a reader of one is shown: the words and nothing else of the owner's
views.py      the page, and the files that it shows
"""

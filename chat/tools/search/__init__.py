"""Web search by the service that an administrator chose, or the environment names (SEARCH_PROVIDER).

configuration.py  who searches now
services.py       the services there are, what each needs and lacks
access.py         where a service is asked, and with which key
paced_search.py   one search: in time, and no faster than the service allows
results.py        what a search gives, made harmless
http.py           the one way in which services are asked, and what their refusals mean
searxng.py        a service, as are those that follow
brave.py          with a key
tavily.py         with a key
duckduckgo.py     through ddgs, an extra to install
"""

from chat.tools.search.configuration import current_search, known_row, known_search
from chat.tools.search.http import SearchError
from chat.tools.search.paced_search import search
from chat.tools.search.results import FoundPage

__all__ = ["FoundPage", "SearchError", "current_search", "known_row", "known_search", "search"]

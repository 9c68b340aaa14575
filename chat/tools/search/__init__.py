"""Web search by the service that the settings name (SEARCH_PROVIDER).

services.py  which service is configured, and what it lacks
asking.py    one search: in time, and no faster than the service allows
results.py   what a search gives, made harmless
http.py      the one way in which services are asked, and what their refusals mean
searxng.py     a service, as are those that follow
brave.py       with a key
tavily.py      with a key
duckduckgo.py  through ddgs, an extra to install
"""

from chat.tools.search.asking import search
from chat.tools.search.http import SearchError
from chat.tools.search.results import Page
from chat.tools.search.services import what_is_missing

__all__ = ["Page", "SearchError", "search", "what_is_missing"]

"""Bytes and words of any language: what every other package may stand on, and what stands on nothing.

candidates.py   the encodings that old texts lie in, with the languages that each was made for
data_fences.py  a fence around what tools return, so that no model takes it for instructions
encodings.py    which encoding the bytes of a text are in, where nobody says so
folding.py      what a word is in any language, and which spellings of it are one
languages.py    how likely a text is in a language
names.py        names of files
questions.py    what kind of question a text asks, and in which language
"""

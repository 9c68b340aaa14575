"""Bytes and words of any language: what every other package may stand on, and what stands on nothing."""

"""Speaks to Google's Gemini, through google-genai."""

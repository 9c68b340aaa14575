"""Google's Gemini, through google-genai."""

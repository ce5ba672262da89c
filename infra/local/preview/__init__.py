"""The preview: every type over every channel as it will look, in ordinary words and in the worst that there are."""

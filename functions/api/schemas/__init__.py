"""Request and response bodies of the API, as its clients know them: names and shapes are fixed, fields may be added."""

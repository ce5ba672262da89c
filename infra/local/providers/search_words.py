"""What it means that a message has the words that somebody looks for."""


def has_words(words: str, *texts: str | None) -> bool:
    """Return whether all words stand in the texts, in whatever case."""
    text = "\n".join(filter(None, texts)).casefold()
    return all(word in text for word in words.casefold().split())

"""The composition root: the one place that builds real objects, each at first use and kept while warm.

One module a function, so that each imports what it uses; `base` and `mail` are what several are made of.
"""

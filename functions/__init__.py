"""One entry point for each Lambda function: it translates an event into one call."""

import gc

#: Objects made by imports are never garbage. Looking for garbage among them after every 700 takes a tenth of a cold start.
gc.set_threshold(10_000)

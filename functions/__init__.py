"""One entry point for each Lambda function: it translates an event into one call."""

from owlpost import garbage

garbage.starting()

"""A message as Teams got it: see `channels.looks`."""

from owlpost.channels.teams.dialect import DIALECT

look = DIALECT.look

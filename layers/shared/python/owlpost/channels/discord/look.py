"""A message as Discord got it: see `channels.looks`."""

from owlpost.channels.discord.dialect import DIALECT

look = DIALECT.look

"""The preview shows every type on every channel, with ordinary texts and with the most hostile ones."""

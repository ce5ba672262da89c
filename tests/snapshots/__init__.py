"""Each specimen of the preview as a text file, so that a diff shows how a change affects the texts that people read."""

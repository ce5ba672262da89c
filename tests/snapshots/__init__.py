"""What each specimen of the preview looks like, as files that show in a diff what a change does to the words people read."""

"""Completion of the command line, component ids included."""

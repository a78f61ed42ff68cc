"""Fails to load: it ends the interpreter."""

import sys

sys.exit("no licence found")

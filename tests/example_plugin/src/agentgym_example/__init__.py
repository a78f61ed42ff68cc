"""An example of a third party's plugin. Imports nothing, so that listing it costs nothing."""

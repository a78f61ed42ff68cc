"""The workbench: a local page over a folder of runs, which follows them while they are written."""

"""Stages composed from registered parts."""

"""Spreadsheets with typed tools."""

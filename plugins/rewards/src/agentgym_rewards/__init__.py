"""Rewards with a known weakness: one that errs, one that pays for length."""

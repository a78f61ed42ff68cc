"""Rewards that change another reward: penalties, one that errs, one that pays for length."""

"""What environments of other interfaces have in common when they are ours."""

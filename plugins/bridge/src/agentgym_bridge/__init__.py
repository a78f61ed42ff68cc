"""What environments of other projects have in common when they are ours."""

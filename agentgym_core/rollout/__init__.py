"""Playing episodes: where environments live, and the loop that drives them."""

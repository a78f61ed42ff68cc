"""Where environments live: in the caller's thread, in threads, in processes."""

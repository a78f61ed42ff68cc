"""Messages, codec and clients of the environment protocol."""

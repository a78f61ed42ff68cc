"""Fails to load: something that it imports is not there."""

import a_module_that_is_not_there  # noqa: F401

"""`python -m agentgym_core` is the command `agentgym`, where that is not on the path."""

from agentgym_core.cli import main

raise SystemExit(main())

"""The commands of `hub`, one module each: `add(subparsers)` and `run(args) -> int`."""

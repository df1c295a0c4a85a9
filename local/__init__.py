"""The hub on a laptop: the local cloud, the partner simulators and the `hub` command."""

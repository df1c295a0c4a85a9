"""What the services need of the world, as Protocols. Adapters provide it; services never import adapters."""

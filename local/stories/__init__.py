"""Stories: real days in the life of the hub, played against a running one and checked against its partners' books."""

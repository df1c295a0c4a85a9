"""`make screens`: every page of the console as its users see it, on a hub in the middle of a day."""

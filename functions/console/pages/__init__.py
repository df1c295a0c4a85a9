"""The console's pages (controllers): each module serves one screen from the services the API uses too."""

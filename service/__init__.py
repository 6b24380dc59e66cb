"""The running process: settings, database, authentication, the write path and the command line."""

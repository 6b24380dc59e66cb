"""The GraphQL interface: one noun per file, reading projections and dispatching commands."""

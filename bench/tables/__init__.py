"""The database: what writing bars into it takes, and what reading them does."""

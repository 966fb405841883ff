"""The live path alone: indicators and ten strategies, with and without the database."""

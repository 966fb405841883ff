"""The log → the database's tables: a view that can be thrown away and rebuilt."""

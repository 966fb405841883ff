"""What runs in the peers' environment: a script each, and nothing of the product's packages."""

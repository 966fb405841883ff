"""What the sandbox's strategies cost, beside the same work done otherwise."""

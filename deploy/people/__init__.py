"""People's erasure: what is theirs, how it ends, and how it is seen to be gone."""

"""str → syntax: what a source says, in the language's own terms; all else is refused."""

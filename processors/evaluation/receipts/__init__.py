"""Whether what deployments said follows from the log: recomputed, and compared byte for byte."""

"""What research costs, beside peers that do the same work in the same run.

The peers live in an environment of their own, made from peers.lock: nothing of the product needs
or imports them. backtesting.py is AGPL: it runs as a separate process of the bench and is never
imported by our code, but for the script that is that process.
"""

"""A real Apache Kafka and a real PostgreSQL on one machine, from Python packages only.

Consumes `Settings`; produces running servers on loopback, with their data under
`settings.data_dir`. Everything here blocks: call it from the main thread, since on
Linux a server is told to end when the thread that started it does.
"""

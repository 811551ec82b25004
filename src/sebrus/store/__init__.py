"""The store: database models, migrations and the content-addressed image store."""

"""The web pages, server-rendered: a gRPC client of the services like any other. It keeps nothing and decides nothing."""

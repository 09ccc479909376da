"""The one public port: Envoy's configuration, and the portal behind it."""

"""What carries every service: serving, tenancy, callers, documents, events, settings, telemetry. It knows no domain noun."""

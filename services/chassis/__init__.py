"""What carries every service: serving, tenancy, callers, documents, events, settings, telemetry. It knows no domain noun."""

import warnings

# nameko stands on eventlet; that it is in maintenance is known, and weighed in docs/adr/0005-dependencies.md.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated", category=DeprecationWarning)

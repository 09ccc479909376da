"""Where traces and metrics go: a small OTLP/HTTP sink that keeps the last traces, and the tree it prints them as."""

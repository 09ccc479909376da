"""The services of the platform, one package each; `chassis` carries them all."""

"""The local cloud: an emulator of AWS that runs the real template.yaml. No account, no Docker."""

"""Every tensor in plain words: its shape, its place, and how it moves."""

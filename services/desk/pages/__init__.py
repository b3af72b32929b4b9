"""What people see in a browser: rendered here, in Chinese and English, and whole without scripts.

One file a page says what it shows, `templates/` how it looks, `words.toml` what it says.
"""

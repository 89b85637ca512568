"""Runs programs. `app.py` is the table of methods; `snapshot` is what happens once, when the component is built."""

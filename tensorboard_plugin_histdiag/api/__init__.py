"""The Python API: `diagnose`, `Diagnosis`, `Recorder`, `open_tab`, and how a notebook shows them."""

"""Suspected diversion: reported, talked about, decided by the doctor; no dose changes by itself."""

"""Simulators of the partners' systems. They import nothing of orderhub: see README.md."""

"""Grids, animations and curves, and images on disk."""

"""Generators that leave their run: files of weights, programs for other runtimes, model cards and the hub."""

"""How far a piece of work is, and how long the rest of it will take."""

from gan_lightning.progress.work import Work, columns, duration, time_left

__all__ = ["Work", "columns", "duration", "time_left"]

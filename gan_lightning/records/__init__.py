"""What runs have left on disk: their options, their course and their figures, side by side."""

from gan_lightning.records.options import as_word, changes, flatten, not_default
from gan_lightning.records.record import Record, find_records, natural, read_record

__all__ = ["Record", "as_word", "changes", "find_records", "flatten", "natural", "not_default", "read_record"]

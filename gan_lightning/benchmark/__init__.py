"""How fast training is, against the bare step, against a textbook loop and against the machine."""

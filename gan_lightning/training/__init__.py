"""How a training step is carried out: players, phases, schedules, averages, seeds, processes and CUDA graphs."""

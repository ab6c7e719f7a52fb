"""The parts of a step add up to it."""

import time
from contextlib import nullcontext

import pytest
import torch
from helpers import tiny_data, tiny_model

from gan_lightning.benchmark.breakdown import REST, Stopwatch, breakdown
from gan_lightning.benchmark.loops import BareLoop
from gan_lightning.benchmark.machine import Clock, machine, matrix_peak, peak_memory


class Hours:
    """A clock whose time is set by hand."""

    now = 0

    def mark(self):
        return self.now

    def seconds(self, start, stop):
        return stop - start


def test_inner_calls_are_not_counted_twice():
    clock = Hours()
    watch = Stopwatch(clock)

    def wait(hours):
        clock.now += hours

    inner = watch.timed("inner", wait)

    def outer():
        wait(1)
        inner(10)
        inner(20)
        wait(3)

    watch.timed("outer", outer)()
    inner(100)
    assert watch.seconds() == {"outer": 4, "inner": 130}


def test_an_error_closes_what_it_leaves():
    watch = Stopwatch(Hours())
    with pytest.raises(ZeroDivisionError):
        watch.timed("outer", watch.timed("inner", lambda: 1 / 0))()
    watch.timed("next", lambda: None)()
    assert [(name, caller) for name, caller, _, _ in watch.spans] == [
        ("inner", "outer"),
        ("outer", None),
        ("next", None),
    ]


def test_every_part_is_found_and_they_are_the_whole():
    loop = BareLoop(tiny_model(), tiny_data(), nullcontext)
    start = time.perf_counter()
    parts = breakdown(loop, 5)
    whole = time.perf_counter() - start
    assert 0 < 5 * sum(parts.values()) <= whole
    assert all(parts[name] > 0 for name in parts)
    assert {"data", "optimisers", "averaged generator", REST} < set(parts)


def test_the_machine_is_described():
    device = torch.device("cpu")
    assert matrix_peak(device, torch.float32, repeats=1) > 1e8
    assert peak_memory(device) > 2**20
    assert set(machine(device)) == {"device", "cores", "threads", "torch"}
    clock = Clock(device)
    start = clock.mark()
    assert clock.seconds(start, clock.mark()) >= 0

"""Runs to compare others with."""

import pytest
from checkpoints.interruptions import fit


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """The run that was never stopped, of each set of options."""
    runs = {}

    def run(*words):
        if words not in runs:
            folder = tmp_path_factory.mktemp("whole")
            assert fit(folder, *words) == 0
            runs[words] = folder / "run" / "version_0"
        return runs[words]

    return run

"""What the tests of data share."""

import pytest


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """A folder with 30 training images of brightness 0 to 29, and 12 test images of brightness 100 to 111."""
    from hub_tables import save, table  # they take seconds to import

    return save(tmp_path_factory.mktemp("hub") / "shades", train=table(), test=table(12, 100))

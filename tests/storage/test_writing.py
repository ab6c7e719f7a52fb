"""Files are there whole or not at all."""

import os
import resource
import signal
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from gan_lightning.errors import UsageError
from gan_lightning.storage.folders import checkpoint_in, newest_run, next_version
from gan_lightning.storage.writing import check_writable, replacing, surviving, sweep, write_bytes, write_text


def test_a_file_takes_the_place_of_another_when_it_is_complete(tmp_path):
    path = tmp_path / "new" / "file.txt"
    write_text(path, "one\r\n")
    with replacing(path) as partial:
        assert partial.parent == path.parent, "only within a file system is a rename one step"
        assert partial.suffix == path.suffix, "libraries go by it"
        partial.write_text("two")
        assert path.read_bytes() == b"one\r\n"
    with path.open() as before:
        write_text(path, "three")
        assert before.read() == "two", "it is another file, not the same one written over"
    assert path.read_text() == "three"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_what_was_there(tmp_path):
    path = tmp_path / "file.txt"
    write_text(path, "one")

    def fail():
        with replacing(path) as partial:
            partial.write_text("tw")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_process_that_is_killed_leaves_what_was_there_and_its_rest_is_swept(tmp_path):
    path = tmp_path / "below" / "file.txt"
    write_text(path, "one")
    if (child := os.fork()) == 0:
        with replacing(path) as partial:
            partial.write_text("tw")
            os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert path.read_text() == "one"
    assert len(list(path.parent.iterdir())) == 2
    sweep(tmp_path)
    assert list(path.parent.iterdir()) == [path]


def test_a_file_has_the_permissions_that_any_new_file_has(tmp_path):
    (tmp_path / "plain").write_text("")
    write_text(tmp_path / "ours", "")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.fixture
def full_disk():
    """Files cannot grow beyond 1000 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_what_was_there(tmp_path, full_disk):
    path = tmp_path / "file.bin"
    write_bytes(path, bytes(900))
    with pytest.raises(OSError, match="File too large"):
        write_bytes(path, bytes(1100))
    assert path.read_bytes() == bytes(900)
    assert list(tmp_path.iterdir()) == [path]


def test_what_training_can_do_without_is_told_once(tmp_path):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for number in range(3):
            with surviving("pictures", tmp_path):
                raise OSError(28, "No space left on device", str(number))
    (warning,) = caught
    assert str(warning.message) == (
        f"pictures cannot be written to {tmp_path} (No space left on device): training goes on without"
    )
    with pytest.raises(ZeroDivisionError), surviving("pictures", tmp_path):
        1 / 0  # noqa: B018


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"cannot write to .*file/below.*choose another folder with --output"):
        check_writable(tmp_path / "file" / "below", "--output")
    check_writable(tmp_path / "a" / "b", "--output")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_several_runs_can_look_at_once_whether_a_folder_can_be_written(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(check_writable, [tmp_path] * 400, ["--output"] * 400)) == [None] * 400
    assert list(tmp_path.iterdir()) == []


def test_runs_are_numbered_and_the_newest_with_such_a_checkpoint_is_found(tmp_path):
    assert next_version(tmp_path) == tmp_path / "version_0"
    assert newest_run(tmp_path, "last") is None
    for version, (name, time) in {2: ("last", 30), 10: ("last", 20), 3: ("best", 40)}.items():
        path = tmp_path / f"version_{version}" / "checkpoints" / f"{name}.ckpt"
        write_text(path, "")
        os.utime(path, (time, time))
    assert next_version(tmp_path) == tmp_path / "version_11"
    assert newest_run(tmp_path, "last") == tmp_path / "version_2"
    assert newest_run(tmp_path, "best") == tmp_path / "version_3"


def test_a_runs_folder_stands_for_the_first_checkpoint_that_it_has(tmp_path):
    with pytest.raises(UsageError, match="no checkpoint in"):
        checkpoint_in(tmp_path, "best", "last")
    last, best = (tmp_path / "checkpoints" / name for name in ("last.ckpt", "best.ckpt"))
    write_text(last, "")
    assert checkpoint_in(tmp_path, "best", "last") == last
    write_text(best, "")
    assert checkpoint_in(tmp_path, "best", "last") == best
    assert checkpoint_in(tmp_path / "any.ckpt", "best") == tmp_path / "any.ckpt"

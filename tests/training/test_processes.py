"""Groups of processes, one of which is killed, diverges, or is told to stop by a cluster."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from checkpoints.interruptions import NARROW, TINY, differences

SCRIPT = Path(__file__).parents[1] / "kill_one.py"
PYTHON = [sys.executable, "-m", "gan_lightning"]
WORDS = ["fit", *TINY, *NARROW, "--trainer.strategy=ddp", "--trainer.logger.name=run"]
POISON = '''
import os

from gan_lightning.objectives import NonSaturating


class Poisoned(NonSaturating):
    """Not finite in one process's third turn of the generator."""

    def __init__(self, rank: int) -> None:
        super().__init__()
        self.rank, self.turns = rank, 0

    def generator(self, fake_logits, real_logits=None):
        self.turns += 1
        poisoned = self.turns == 3 and int(os.environ.get("LOCAL_RANK", 0)) == self.rank
        return super().generator(fake_logits, real_logits) * (float("nan") if poisoned else 1)
'''


def torchrun(*options):
    return [sys.executable, "-m", "torch.distributed.run", "--max-restarts=1", "--nproc-per-node", *options]


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return found.getsockname()[1]


def until(done, what, seconds=200):
    """Waits until ``done()``."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The run of two processes that was never stopped."""
    folder = tmp_path_factory.mktemp("whole")
    subprocess.run([*PYTHON, *WORDS, "--trainer.devices=2", f"--trainer.logger.save_dir={folder}"], check=True)
    return folder / "run" / "version_0"


def finish(started):
    """Waits for processes; sees to it that none is left; gives their exit codes."""
    try:
        return [process.wait(timeout=300) for process in started]
    finally:
        for process in started:
            process.kill()


@pytest.mark.soak
@pytest.mark.parametrize("agents", [1, 2])
def test_a_group_goes_on_after_one_process_is_killed(whole, tmp_path, monkeypatch, agents):
    """By one torchrun with two processes, or by two of them with one each, as on two machines."""
    monkeypatch.setenv("TORCH_DISABLE_SHARE_RDZV_TCP_STORE", "1")
    devices = [f"--trainer.devices={2 // agents}", f"--trainer.num_nodes={agents}"]
    script = [SCRIPT, tmp_path / "killed", "7", *WORDS, *devices, f"--trainer.logger.save_dir={tmp_path}", "--resume"]
    together = [
        "--nnodes=2",
        "--rdzv-backend=c10d",
        f"--rdzv-endpoint=localhost:{free_port()}",
        "--local-addr=localhost",
    ]
    options = ["2", "--standalone"] if agents == 1 else ["1", *together]
    started = [subprocess.Popen([*torchrun(*options), *script]) for _ in range(agents)]
    assert finish(started) == [0] * agents
    assert (tmp_path / "killed").exists()
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["version_0"]
    assert differences(whole, tmp_path / "run" / "version_0") == []


@pytest.mark.parametrize("rank", [pytest.param(0, marks=pytest.mark.soak), 1])
def test_all_processes_stop_with_the_sentence_where_one_diverges(tmp_path, rank):
    (tmp_path / "poison.py").write_text(POISON)
    loss = ["--model.loss=poison.Poisoned", f"--model.loss.rank={rank}", f"--trainer.logger.save_dir={tmp_path}"]
    run = [*PYTHON, *WORDS, *loss, "--trainer.devices=2"]
    path = f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"
    ended = subprocess.run(run, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, timeout=300)
    said = ended.stderr.decode()
    assert ended.returncode == 2
    assert "Traceback" not in said
    errors = [line for line in said.splitlines() if line.startswith("error: ")]
    assert {error.partition(":")[2].partition(": try")[0] for error in errors} == {
        " training diverged: the generator's loss was not finite in step 3"
    }


SRUN = """#!/bin/sh
# Starts a command as two tasks of a job, as srun does.
for task in 0 1; do
    SLURM_PROCID=$task SLURM_LOCALID=$task SLURM_NODEID=0 SLURM_NTASKS=2 "$@" & pids="$pids $!"
done
echo $pids > "$TOLD.tasks"
for pid in $pids; do wait $pid; code=$?; done
exit $code
"""


@pytest.mark.soak
def test_the_slurm_script_saves_queues_the_job_again_and_goes_on(whole, tmp_path, monkeypatch):
    """With stand-ins for ``srun`` and ``scontrol``. USR1 comes within an epoch.

    What a process has summed up of that epoch for the curves is saved by the first one only, and statistics of batch
    norms, which are averaged to be saved, are rounded once more.
    """
    told = tmp_path / "told"
    for name, script in {"srun": SRUN, "scontrol": '#!/bin/sh\necho $* >> "$TOLD"\n'}.items():
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    job = {"SLURM_JOB_ID": "77", "SLURM_JOB_NAME": "gan", "SLURM_NNODES": "1", "SLURM_NTASKS_PER_NODE": "2"}
    tools = f"{tmp_path}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    for name, value in {**job, "SLURM_JOB_NODELIST": "localhost", "TOLD": str(told), "PATH": tools}.items():
        monkeypatch.setenv(name, value)
    script = ["bash", SCRIPT.parents[1] / "configs" / "slurm.sh", *WORDS[1:], f"--trainer.logger.save_dir={tmp_path}"]
    first = subprocess.Popen(script)
    until((tmp_path / "run" / "version_0" / "history.csv").exists, "no epoch ends")
    for task in Path(f"{told}.tasks").read_text().split():
        os.kill(int(task), signal.SIGUSR1)
    assert finish([first]) == [128 + signal.SIGUSR1]
    assert told.read_text() == "requeue 77\n"
    assert finish([subprocess.Popen(script)]) == [0]
    left = differences(whole, tmp_path / "run" / "version_0")
    approximate = "History", "history.csv", "epochs.png", "running_mean", "running_var"
    assert [name for name in left if not any(part in name for part in approximate)] == []

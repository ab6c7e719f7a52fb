#!/bin/bash
# A run on a SLURM cluster that is queued again until it is finished: sbatch configs/slurm.sh --config configs/dcgan.yaml
# All that follows the name of this file are options of fit. From a folder of your own, copy the file there first.

#SBATCH --job-name=gan
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=4       # as many as GPUs: Lightning wants a task for each process
#SBATCH --gpus-per-node=4
#SBATCH --cpus-per-task=4
#SBATCH --time=04:00:00           # of each turn; the run may take several
#SBATCH --signal=USR1@120         # two minutes before that the run saves, and has itself queued again
#SBATCH --requeue                 # after a machine's failure, too: it goes on from the last checkpoint
#SBATCH --open-mode=append        # one log for all turns
#SBATCH --output=%x-%j.out

# The defaults come first, so that options of your own win. The environment with gan_lightning has to be active.
srun python -m gan_lightning fit \
    --trainer.devices "$SLURM_NTASKS_PER_NODE" --trainer.num_nodes "$SLURM_NNODES" --trainer.strategy ddp \
    "$@" --resume

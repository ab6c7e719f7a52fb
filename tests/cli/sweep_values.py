"""Options that command lines at random are made of, with values that are right and values that are odd."""

from helpers import QUICK

ODD = [
    *["", "0", "1", "2", "-1", "-1e-4", "1e-3", "0.5", "1.5", "1e2", "1e300", ".nan", ".inf", "-.inf", "4294967296"],
    *["9" * 20, "null", "true", "false", "auto", "x", "a" * 300, "~/x", "~", "é", "a b", "a.b", "a,b", "3,8", "0:3"],
    *["[]", "[0]", "[1,-1]", "[0.5,1]", "[[]]", "{}", "{1: 2}", "{class_path: 3}", "{class_path: x, init_args: 1}"],
    *["{init_args: {}}", "Adam", "StepLR", "R1", "[R1, R1]", "LearningRateMonitor", "[LearningRateMonitor]", "&a [*a]"],
    *["class_path", "torch.nn.Linear", "os.system", "../x", "/proc/x", "!!python/object:os.system x", "]", "'", "- -"],
]
"""Values for any option."""

OPTIONS = {
    "model": ["VanillaGAN", "DCGAN", "ConditionalGAN", "GAN", "R3GAN", "torch.nn.Linear"],
    "model.latent_dim": ["8"],
    "model.hidden_dims": ["[4]", "[4,4]", "[1000000]"],
    "model.dropout": ["0.3", "1"],
    "model.width": ["4"],
    "model.loss": ["Wasserstein", "LeastSquares", "Hinge", "RelativisticNonSaturating"],
    "model.loss.label_smoothing": ["0.1", "1"],
    "model.penalties": ["R1", "[GradientPenalty, R2]"],
    "model.penalties.weight": ["10"],
    "model.generator": ["MLPGenerator", "StyleGenerator", "ResidualGenerator"],
    "model.discriminator": ["MLPDiscriminator", "ResidualDiscriminator"],
    "model.prior": ["Normal", "Uniform"],
    "model.augment": ["Adaptive", "DiffAugment"],
    "model.generator_optimizer": ["Adam", "SGD", "torch.optim.Adam", "LBFGS", "SparseAdam", "Adagrad", "NAdam"],
    "model.generator_optimizer.lr": ["1e-3"],
    "model.generator_optimizer.betas": ["[0,0.9]"],
    "model.generator_optimizer.weight_decay": ["0.1"],
    "model.generator_scheduler": ["ExponentialLR", "CosineAnnealingLR", "OneCycleLR", "LambdaLR", "MultiStepLR"],
    "model.generator_scheduler.step_size": ["3"],
    "model.generator_scheduler.gamma": ["0.9"],
    "model.scheduler_interval": ["step", "epoch"],
    "model.learning_rate_schedule": ["Linear", "{class_path: Linear, init_args: {start: 1, end: 0, images: 9}}"],
    "model.discriminator_steps": ["2"],
    "model.micro_batches": ["2", "4"],
    "model.ema_half_life": ["10", "{class_path: Cosine, init_args: {start: 1, end: 9, images: 9}}"],
    "model.gradient_clip_norm": ["1"],
    "model.weight_clip": ["0.1"],
    "model.cuda_graph": ["strict"],
    "data.batch_size": ["4"],
    "data.image_size": ["8", "16", "100000"],
    "data.digits": ["[3,8]", "8"],
    "data.samples_per_class": ["5"],
    "data.normalization": ["[0,1]"],
    "data.seed": ["3"],
    "data.root": ["elsewhere"],
    "data.stacks_per_epoch": ["8"],
    "trainer.callbacks": ["Timer", "ModelSummary", "RichProgressBar", "EarlyStopping", "ModelCheckpoint"],
    "trainer.callbacks.monitor": ["val/fid"],
    "trainer.callbacks.duration": ["00:00:01:00"],
    "trainer.callbacks.scheduling": ["{1: 2}"],
    "trainer.logger": ["CSVLogger", "false", "true", "WandbLogger", "MLFlowLogger", "TensorBoardLogger"],
    "trainer.logger.name": ["other"],
    "trainer.logger.version": ["3"],
    "trainer.precision": ["bf16-mixed", "16", "64"],
    "trainer.accelerator": ["cpu", "gpu", "tpu", "auto"],
    "trainer.num_nodes": ["2"],
    "trainer.strategy": ["fsdp", "deepspeed", "auto"],
    "trainer.profiler": ["simple"],
    "trainer.plugins": ["MixedPrecision"],
    "trainer.fast_dev_run": ["1"],
    "trainer.val_check_interval": ["1", "2"],
    "trainer.check_val_every_n_epoch": ["1"],
    "trainer.log_every_n_steps": ["1"],
    "trainer.num_sanity_val_steps": ["1"],
    "trainer.max_time": ["00:00:00:01"],
    "trainer.limit_val_batches": ["0.5"],
    "trainer.gradient_clip_val": ["1"],
    "trainer.enable_model_summary": ["false"],
    "trainer.default_root_dir": ["elsewhere"],
    "trainer.deterministic": ["warn"],
    "trainer.detect_anomaly": ["true"],
    "metrics.num_images": ["20"],
    "metrics.features": ["classifier", "inception"],
    "metrics.seed": ["1"],
    "sample_grid.columns": ["3", "1000000"],
    "sample_grid.every_n_epochs": ["0"],
    "training_gif.max_frames": ["3"],
    "histograms.every_n_epochs": ["1"],
    "histograms.every_n_batches": ["1"],
    "best_checkpoint.monitor": ["val/fid"],
    "last_checkpoint.every_n_train_steps": ["1"],
    "epoch_checkpoint.every_n_epochs": ["1"],
    "seed_everything": ["7"],
    "ckpt_path": ["last", "best"],
    "resume": [],
    "config": [],
    "nonsense": [],
    "model.nonsense": [],
}
"""Options of ``fit``, and values for each besides those that are odd."""

BASE = [
    *["--model=VanillaGAN", "--model.hidden_dims=[8]", "--model.latent_dim=4", *QUICK[:-1], "--metrics.num_images=0"],
    *[f"--{picture}.every_n_epochs=0" for picture in ("sample_grid", "real_v_generated", "training_gif")],
]

OWN = ["generate", "gallery", "interpolate", "mix", "directions", "invert", "evaluate"]
"""Commands that work with a checkpoint alone, or with pictures."""

POSITIONAL = {"mix": ["0", "1"], "invert": ["picture.png"], "evaluate": ["picture.png"], "gallery": ["CHECKPOINT"]}
"""What they take without a name."""

QUICKLY = {"invert": "--steps=1", "data": "--data.dataset=digits", "ckpt_path": "--ckpt_path=CHECKPOINT"}
"""What they are always given, by the name of the command, or of an argument that it has."""

OF_OWN = {
    "ckpt_path": [],
    "num": ["2", "1000000000"],
    "labels": ["3", "0,1"],
    "seed": ["5"],
    "truncation": ["0.5"],
    "output": ["x.png", "x.gif", "x.jpg", "x", "absent/x.png", "x.nonsense"],
    "device": ["cpu", "cuda", "cuda:7", "meta"],
    "frames": ["2", "1000000000"],
    "space": ["z", "w"],
    "class_walk": ["true"],
    "steps": ["1", "3"],
    "strength": ["3"],
    "layers": ["0", "0:2"],
    "rows": ["2"],
    "columns": ["3"],
    "across": ["2"],
    "titles": ["a"],
    "learning_rate": ["0.1"],
    "restarts": ["1"],
    "data.dataset": ["digits"],
    "features": ["classifier", "inception"],
    "nonsense": [],
}

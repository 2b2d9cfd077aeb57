"""TRL trains on a release folder as it is: the real `trl sft`, on a tiny model made on the spot."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.torch.tiny_model import make_tiny_model

pytestmark = pytest.mark.torch


def test_trl_sft_takes_the_release_folder(tmp_path: Path) -> None:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf"), "OMP_NUM_THREADS": "2"}
    bin_folder = Path(sys.executable).parent
    subprocess.run(
        [bin_folder / "synth-builder", "run", "demo", "--limit", "8", "--out", tmp_path / "run"],
        check=True,
        env=environment,
        capture_output=True,
    )
    release = tmp_path / "run" / "release"
    make_tiny_model(tmp_path / "model")
    arguments = {
        "model_name_or_path": tmp_path / "model",
        "dataset_name": release,
        "output_dir": tmp_path / "out",
        "max_steps": 2,
        "per_device_train_batch_size": 2,
        "max_length": 256,
        "report_to": "none",
        "use_cpu": "true",
        "bf16": "false",
    }
    trained = subprocess.run(
        [bin_folder / "trl", "sft", *(f"--{name}={value}" for name, value in arguments.items())],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert trained.returncode == 0, trained.stderr[-3000:]
    assert (tmp_path / "out" / "model.safetensors").exists()
    assert "train_loss" in trained.stdout + trained.stderr

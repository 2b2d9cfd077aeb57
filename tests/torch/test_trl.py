"""TRL trains on a release folder as it is: the real `trl sft`, on a tiny model made on the spot."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.torch

CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>\n{{ message.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)


def make_tiny_model(folder: Path, texts: list[str]) -> None:
    """Save a randomly initialised Llama of about 100,000 parameters and a tokenizer trained on `texts`."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    special = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>"]
    bpe.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=600, special_tokens=special))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe, pad_token="<|pad|>", eos_token="<|end|>")
    tokenizer.chat_template = CHAT_TEMPLATE
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=512,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)


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
    texts = [path.read_text() for path in sorted((Path(__file__).parents[2] / "docs").glob("*.md"))]
    make_tiny_model(tmp_path / "model", texts)
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

"""Build synthetic training corpora on the Hugging Face Hub, the SynthLLM way."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("synth-builder")
except PackageNotFoundError:  # run from a checkout that is not installed
    __version__ = "0+unknown"

__all__ = ["__version__"]

"""Let `python -m synth_builder` be the command line."""

from synth_builder.cli import main

main()

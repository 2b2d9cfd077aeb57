"""A rule-based teacher of mathematics: reads a prompt, answers in the form that it asks for."""

from synth_builder.offline.teacher.answer_prompt import reply

__all__ = ["reply"]

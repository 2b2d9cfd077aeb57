"""Several models on several tasks, one after the other; what has been found before is kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from eval_tasks.benchmarks import Benchmark
from synth_builder.errors import SynthBuilderError
from synth_builder.evaluation.answers import read_answers, tell_squeezed
from synth_builder.evaluation.checkpoint import Checkpoint, check_unchanged
from synth_builder.evaluation.environment import read_versions, tasks_folder
from synth_builder.evaluation.lighteval_run import Found, run_lighteval
from synth_builder.evaluation.results import (
    DISAGREEMENTS,
    BenchmarkUsed,
    EvaluationResult,
    Grading,
    Score,
)
from synth_builder.evaluation.served import ServedModel
from synth_builder.evaluation.settings import Settings, find_revision, hash_grader, hash_tasks
from synth_builder.evaluation.task_folder import grade_folder, read_result, write_answers
from synth_builder.row import sha256_hex

LOG = "lighteval.log"
JOURNAL = "journal.sqlite"
_SAMPLING = ("temperature", "top_p", "max_new_tokens", "samples")
_OF_CHECKPOINTS = ("batch_size", "dtype")


class Evaluated(NamedTuple):
    """A result, the folder that it is in, and whether it was there before as it is."""

    folder: Path
    result: EvaluationResult
    is_kept: bool

    @property
    def disagreements(self) -> Path:
        """The file of questions on which lighteval and the second grader differ."""
        return self.folder / DISAGREEMENTS


def evaluate(
    models: Sequence[Checkpoint | ServedModel],
    benchmarks: Sequence[Benchmark],
    settings: Settings,
    out: Path,
    python: Path,
    *,
    say: Callable[[str], None] = lambda line: None,
) -> Iterator[Evaluated]:
    """Evaluate each model on each benchmark; a result of the same in `out` is kept.

    An interrupted task of a checkpoint begins anew; of a served model it asks only for what has no answer yet. What
    lighteval has ended is only graded, as is a result whose grader has changed since.

    Args:
        models: Checkpoints and served models.
        benchmarks: What is asked.
        settings: How it is asked.
        out: Folder of evaluations, as `results.py` describes it.
        python: Of lighteval's environment.
        say: Gets a line before lighteval begins, or answers that were there are graded.

    Yields:
        Each result as soon as it is there.

    Raises:
        SynthBuilderError: lighteval has failed, and the error says why, and names its log; or a checkpoint has changed
            since it was read.
    """
    templates = [_uses_template(model, settings) for model in models]
    versions = read_versions(python) | {"math-verify": version("math-verify")}
    for model, uses_template in zip(models, templates, strict=True):
        for benchmark in benchmarks:
            revision = find_revision(benchmark, settings)
            task = _Task(model, benchmark, settings, uses_template, revision, versions, hash_tasks())
            folder = out / model.folder / task.folder
            yield _evaluate_task(task, folder, python, say)


def _evaluate_task(task: _Task, folder: Path, python: Path, say: Callable[[str], None]) -> Evaluated:
    if isinstance(task.model, Checkpoint):
        check_unchanged(task.model)
    grader_sha = hash_grader()
    measured = _read_kept(folder, task)
    if measured is None:
        measured = _measure(task, folder, python, say)
    elif measured.grader_sha == grader_sha:
        return Evaluated(folder, measured, is_kept=True)
    else:
        say(f"{task.model.name}, {task.benchmark.task}: the answers of {measured.date} are graded, and none is asked.")
    result = grade_folder(folder, measured, grader_sha)
    for path in folder.glob(f"{JOURNAL}*"):  # it is for an interrupted run: the answers are in the details
        path.unlink()
    return Evaluated(folder, result, is_kept=False)


def _measure(task: _Task, folder: Path, python: Path, say: Callable[[str], None]) -> EvaluationResult:
    """Have lighteval ask all questions, and keep what it has found; the result has no second opinion yet."""
    model = task.model
    folder.mkdir(parents=True, exist_ok=True)
    say(f"{model.name}, {task.benchmark.task}: lighteval is at work; {folder / LOG} says what it does.")
    started = time.monotonic()
    found = _run(task, folder, python)
    if isinstance(model, Checkpoint):
        check_unchanged(model)
        if model.window:
            for line in tell_squeezed(found.details, model.window, task.settings.max_new_tokens):
                say(line)
    return _keep_answers(task, folder, found, round(time.monotonic() - started, 1))


def _uses_template(model: Checkpoint | ServedModel, settings: Settings) -> bool:
    if settings.chat_template and not model.has_chat_template:
        raise SynthBuilderError(
            f"{model.name} has no chat template, and --chat-template asks for one.",
            cause="It is a base model, or its tokenizer was saved without the template.",
            todo="Leave the option out, or put the template into its folder as chat_template.jinja.",
        )
    return model.has_chat_template if settings.chat_template is None else settings.chat_template


class _Task(NamedTuple):
    """One model on one benchmark, and all that decides what comes out."""

    model: Checkpoint | ServedModel
    benchmark: Benchmark
    settings: Settings
    uses_template: bool
    revision: str  # of the questions
    versions: dict[str, str]
    task_sha: str

    @property
    def folder(self) -> str:
        """Name of the folder of its result: no other settings, and no other local questions, take its place."""
        shots, unusual = self.settings.fewshot, self._list_unusual()
        parts = [self.benchmark.task, f"{shots}shot" if shots else "", sha256_hex(unusual)[:6] if unusual else ""]
        return "-".join(filter(None, parts))

    def _list_unusual(self) -> dict[str, Any]:
        """What decides the numbers and is not as it is where nothing is said, but for the worked examples."""
        usual, is_served = Settings(), isinstance(self.model, ServedModel)
        names = ["max_samples", *_SAMPLING, *(() if is_served else _OF_CHECKPOINTS)]
        asked = {name: getattr(self.settings, name) for name in names}
        unusual = {name: value for name, value in asked.items() if value != getattr(usual, name)}
        if self.uses_template != (is_served or self.model.has_chat_template):
            unusual["chat_template"] = self.uses_template
        return {**unusual, "questions": self.revision} if self.settings.data else unusual

    @property
    def spec(self) -> str:
        """Task and worked examples, as lighteval names them."""
        return f"{self.benchmark.task}|{self.settings.fewshot}"

    def facts(self) -> dict[str, Any]:
        """Fields of the result that are known beforehand."""
        settings, model = self.settings, self.model
        names = (*_SAMPLING, *(() if isinstance(model, ServedModel) else _OF_CHECKPOINTS))
        return {
            "model": model.name,
            "weights": "" if isinstance(model, ServedModel) else model.sha,
            "revision": model.identity.model_sha if isinstance(model, ServedModel) else "",
            "server": model.identity.server if isinstance(model, ServedModel) else "",
            "task": self.benchmark.task,
            "fewshot": settings.fewshot,
            "chat_template": self.uses_template,
            "max_samples": settings.max_samples,
            "generation": {name: getattr(settings, name) for name in names},
            "versions": self.versions,
            "task_sha": self.task_sha,
        }

    def source(self) -> dict[str, str]:
        """Where the questions are from, as `BenchmarkUsed` has it."""
        benchmark, data = self.benchmark, self.settings.data
        return {
            "name": benchmark.name,
            "source": "local" if data else benchmark.hub_id,
            "config": "default" if data else benchmark.config,
            "split": "test" if data else benchmark.split,
            "revision": self.revision,
        }


def _read_kept(folder: Path, task: _Task) -> EvaluationResult | None:
    """What was measured before and would come out again; of a server that names no revision, none can be told."""
    if isinstance(task.model, ServedModel) and task.model.identity.model_sha == "unknown":
        return None
    kept = read_result(folder)
    if kept is None or not task.facts().items() <= dict(kept).items():
        return None
    return kept if task.source().items() <= dict(kept.benchmark).items() else None


def _run(task: _Task, folder: Path, python: Path) -> Found:
    settings, model = task.settings, task.model
    sampling = {"temperature": settings.temperature, "top_p": settings.top_p, "seed": 0}
    environment = {
        "SYNTH_EVAL_SAMPLES": str(settings.samples),
        "SYNTH_EVAL_MAX_NEW_TOKENS": str(settings.max_new_tokens),
    }
    if settings.offline:
        environment["HF_HUB_OFFLINE"] = "1"
    if settings.data:
        environment["SYNTH_EVAL_DATA"] = str(settings.data.absolute())
    elif task.revision:
        environment["SYNTH_EVAL_REVISION"] = task.revision
    limit = ["--max-samples", str(settings.max_samples)] if settings.max_samples else []
    if isinstance(model, ServedModel):
        environment["SYNTH_EVAL_GENERATE"] = json.dumps(model.command(folder / JOURNAL))
        environment["SYNTH_EVAL_GENERATION_PARAMETERS"] = json.dumps(sampling)
        environment["SYNTH_EVAL_PLAIN"] = "" if task.uses_template else "1"
        command = ["custom", model.folder, str(tasks_folder() / "backend.py"), task.spec, *limit]
        return run_lighteval(python, command, folder / LOG, links={}, files={}, environment=environment)
    parameters = {
        "model_name": model.folder,
        "cache_dir": "cache",
        "batch_size": settings.batch_size,
        "dtype": settings.dtype,
        "override_chat_template": task.uses_template,
        "generation_parameters": sampling,
    }
    return run_lighteval(
        python,
        ["accelerate", "model.yaml", task.spec, *limit],
        folder / LOG,
        links={model.folder: model.path},
        files={"model.yaml": json.dumps({"model_parameters": parameters})},  # JSON is YAML
        environment=environment,
    )


def _keep_answers(task: _Task, folder: Path, found: Found, seconds: float) -> EvaluationResult:
    scores = _read_scores(found.results, task)
    answers = read_answers(found.details, next(iter(scores)), is_chat=task.uses_template)
    benchmark = BenchmarkUsed(
        **task.source(),
        content=sha256_hex([[each.question, each.gold] for each in answers])[:16],
        questions=len(answers),
        is_whole=len(answers) == task.benchmark.questions,
    )
    result = EvaluationResult(
        **task.facts(),
        benchmark=benchmark,
        scores=scores,
        grading=Grading(right=0, wrong=0, undecided=0, disagreements=0),
        seconds=seconds,
        date=datetime.now(UTC).date().isoformat(),
    )
    write_answers(folder, result, answers)
    return result


def _read_scores(results: dict[str, Any], task: _Task) -> dict[str, Score]:
    values = results["results"][task.spec]
    return {
        name: Score(value=value, stderr=values.get(f"{name}_stderr"))
        for name, value in values.items()
        if not name.endswith("_stderr")
    }

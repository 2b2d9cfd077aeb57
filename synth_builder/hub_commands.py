"""The commands of the command line that publish: `synth-builder release | push | push-scores | diff | report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from synth_builder.errors import SynthBuilderError

if TYPE_CHECKING:
    from synth_builder.hub.push import PushOptions, PushResult
    from synth_builder.hub.row_diff import ReleaseFiles

app = typer.Typer()

_RUN = Path("runs/demo")
_EVALUATIONS = Path("evaluations")


@app.command()
def release(
    folder: Annotated[Path, typer.Argument(help="A run folder, a folder of evaluations, or a release folder.")] = _RUN,
) -> None:
    """Write the releases of a finished run or of evaluations anew and check them; a release folder is only checked."""
    from synth_builder.hub.evaluation_release import find_results, read_evaluations, write_evaluation_release
    from synth_builder.hub.facts import FACTS_PATH
    from synth_builder.hub.manifest import check_release, list_others, name_some
    from synth_builder.hub.push import EVALUATIONS_RELEASE
    from synth_builder.run.folder import RunFolder
    from synth_builder.run.releases import rebuild_releases

    if (folder / FACTS_PATH).exists():
        releases = [folder]
    elif find_results(folder):
        releases = [folder / EVALUATIONS_RELEASE]
        write_evaluation_release(releases[0], read_evaluations(folder))
    else:
        rebuild_releases(RunFolder(folder))
        releases = [RunFolder(folder).release, RunFolder(folder).concepts_release]
    for path in releases:
        facts = check_release(path)
        configs = ", ".join(f"{name} {config.rows:,}" for name, config in facts.configs.items())
        typer.echo(f"{path}: whole; rows: {configs}")
        if others := list_others(path):
            typer.echo(f"{path}: no part of the release: {name_some(others)}")


@app.command()
def push(
    repo: Annotated[
        str,
        typer.Argument(
            help="ORG/NAME of the corpus; its graph goes to ORG/NAME-concepts, results to ORG/NAME-results."
        ),
    ],
    run: Annotated[
        Path | None,
        typer.Option(help="Run folder, or one release folder, which is pushed to REPO alone.", show_default=str(_RUN)),
    ] = None,
    evaluations: Annotated[
        Path | None, typer.Option(help="Folder of evaluations, to push these results and no run.")
    ] = None,
    version: Annotated[str, typer.Option(help="Version, such as v1.2.0. Default: by what has changed.")] = "",
    private: Annotated[bool, typer.Option("--private", help="Make new repos private; others stay so.")] = False,
    create_pr: Annotated[
        bool, typer.Option("--create-pr", help="Propose pull requests. The tag comes with a push after the merge.")
    ] = False,
    revision: Annotated[str, typer.Option(help="Branch to push to; only main gets tags.")] = "main",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and send nothing.")] = False,
) -> None:
    """Publish corpus and concept graph, or evaluation results: one commit each, then its tag.

    The same command again goes on with a push.
    """
    from synth_builder.hub.facts import FACTS_PATH
    from synth_builder.hub.push import PushOptions, push_evaluations, push_release, push_run

    if run and evaluations:
        raise SynthBuilderError(
            f"--run {run} and --evaluations {evaluations} are two pushes.",
            todo="Give the command twice, each time with one of them.",
        )
    options = PushOptions(version, private, create_pr, revision, dry_run)
    folder = run or _RUN
    if evaluations:
        results = [push_evaluations(evaluations, repo, options, say=_say)]
    elif (folder / FACTS_PATH).exists():
        results = [push_release(folder, repo, options, say=_say)]
    else:
        results = push_run(folder, repo, options, say=_say)
    for result in results:
        _print_push(result, options)


def _print_push(result: PushResult, options: PushOptions) -> None:
    files = [
        f"{len(paths):,} {what}"
        for what, paths in (("new", result.added), ("changed", result.changed), ("deleted", result.deleted))
        if paths
    ]
    if not files:
        tag = "would get the tag that it lacks" if options.dry_run else "has the tag now that it lacked"
        typer.echo(f"{result.repo} {result.version}{f' {tag}' if result.tagged else ': nothing has changed'}.")
        return
    would, does = ("would be offered", "is offered") if options.create_pr else ("would get", "has")
    branch = "" if options.revision == "main" else f" on the branch {options.revision}"
    typer.echo(
        f"{result.repo} {would if options.dry_run else does} {result.version}{branch}: "
        f"files {', '.join(files)}; {result.new_bytes:,} bytes of new content"
    )
    for change in result.changes:
        typer.echo(f"  - {change}")
    if options.dry_run:
        for sign, paths in (("+", result.added), ("~", result.changed), ("-", result.deleted)):
            for path in paths:
                typer.echo(f"  {sign} {path}")
    elif result.pull_request:
        typer.echo(f"  {result.pull_request}")
    else:
        revision = result.version if options.tags else options.revision
        typer.echo(f'  load_dataset("{result.repo}", revision="{revision}")')


@app.command()
def push_scores(
    repo: Annotated[str, typer.Argument(help="ORG/NAME of the model at the Hub.")],
    evaluations: Annotated[
        Path, typer.Option(help="Evaluations of this model: a folder of one model, or of several where it is alone.")
    ] = _EVALUATIONS,
    results: Annotated[str, typer.Option(help="ORG/NAME-results of the published results, to be linked.")] = "",
    create_pr: Annotated[bool, typer.Option("--pr/--no-pr", help="Propose a pull request, or commit.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be sent, and send nothing.")] = False,
) -> None:
    """Tell a model's own repo what it scored: in .eval_results/ where the Hub has the benchmark, else in its card."""
    from synth_builder.hub import model_results

    options = model_results.ScoresOptions(results, create_pr, dry_run)
    done = model_results.push_scores(evaluations, repo, options, say=_say)
    for line in done.left_out:
        typer.echo(line)
    if not done.changed:
        typer.echo(f"{repo}: nothing has changed." + (f" It is proposed already: {done.page}" if done.page else ""))
    for path, text in done.changed.items():
        typer.echo(f"{repo} {'would get' if dry_run else 'has' if not create_pr else 'is offered'} {path}")
        if dry_run:
            typer.echo(text)
    if done.changed and done.page:
        typer.echo(done.page)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="A release folder, or ORG/NAME of the Hub.")],
    new: Annotated[str, typer.Argument(help="A release folder, or with ORG/NAME the earlier revision.")],
    revision: Annotated[str | None, typer.Argument(metavar="[NEW]", help="With ORG/NAME: the later revision.")] = None,
) -> None:
    """Compare two releases row by row: rows added, removed, and changed (same id, other content).

    synth-builder diff ORG/NAME v1.0.0 v1.1.0, or synth-builder diff FOLDER FOLDER. Two columns alone are read.
    """
    from synth_builder.hub.changelog import describe_changes
    from synth_builder.hub.row_diff import diff_releases, hub_release, local_release
    from synth_builder.report.diff import diff_table

    def find(name: str) -> ReleaseFiles:
        if Path(name).is_dir():
            return local_release(Path(name))
        repo, _, at = name.partition("@")
        return hub_release(repo, at or "main")

    pair = (find(old), find(new)) if revision is None else (hub_release(old, new), hub_release(old, revision))
    difference = diff_releases(*pair)
    Console(highlight=False).print(diff_table(difference))
    for change in describe_changes(difference.old, difference.new, difference.rows):
        typer.echo(f"- {change}")


@app.command()
def report(folder: Annotated[Path, typer.Argument(help="A run folder.")] = _RUN) -> None:
    """Write the page of a run, report.html in its folder: books, cost, samples with their lineage, pictures."""
    from synth_builder.report.page import write_report

    typer.echo(f"Report: {write_report(folder)}")


def _say(line: str) -> None:
    typer.echo(line, err=True)

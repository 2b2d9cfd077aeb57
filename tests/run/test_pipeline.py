"""The main job from end to end, against the real embedded server."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from synth_builder.errors import SynthBuilderError
from synth_builder.offline.process import OfflineServer
from synth_builder.parquet import read_rows
from synth_builder.recipe import Recipe, check_recipe
from synth_builder.recipe_file import load_recipe
from synth_builder.report.text import row_page
from synth_builder.row import row_id
from synth_builder.run.lookup import find_row
from synth_builder.run.pipeline import STAGES, RunResult, run_recipe

ALGEBRA = """# Quadratics at the bakery

A quadratic equation such as $x^2 - 5x + 6 = 0$ is solved by factoring or by the quadratic formula; the discriminant
tells how many real roots there are. A baker who sells tickets uses a linear equation. The greatest common divisor and
the least common multiple come from the prime factorization of whole numbers, and the remainder of a division matters
when loaves are packed in boxes. An arithmetic progression adds a common difference, a geometric progression multiplies
by a common ratio, and the sum of a geometric series has a closed formula.

**Exercise.** Find the greatest common divisor of $84$ and $36$.
"""
PROBABILITY = """# Drawing coins

The probability of an event is a number between 0 and 1. A conditional probability compares events, and Bayes' theorem
turns it round. The expected value of a random variable is a weighted mean, the variance measures spread, and a binomial
distribution counts successes in independent trials. Permutations and combinations count the outcomes; a binomial
coefficient counts the subsets of coins in a drawer. The greatest common divisor plays no part here.
"""
HISTORY = "The old town hall was built by a guild of weavers. It burned down twice and was rebuilt in brick."


def recipe(source: Path | str, url: str, **changes: Any) -> Recipe:
    return check_recipe(
        {"name": "small", "documents": {"source": str(source)}, "endpoints": {"teacher": {"url": url}}} | changes,
        "test",
    )


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    for name, text in {
        "algebra.md": ALGEBRA,
        "probability.md": PROBABILITY,
        "history.md": HISTORY,
        "empty.md": " ",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def run(documents: Path, tmp_path_factory: pytest.TempPathFactory, server_url: str) -> RunResult:
    return run_recipe(recipe(documents, server_url), tmp_path_factory.mktemp("run") / "small")


@pytest.fixture(scope="module")
def server_url() -> Any:
    with OfflineServer() as server:
        yield server.url


def parquet_digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
    }


def test_every_stage_closes_a_book_that_balances(run: RunResult) -> None:
    assert [book.stage for book in run.books] == list(STAGES)
    for book in run.books:
        assert book.inputs == book.carried + sum(book.filtered.values()) + sum(book.failed.values())
    assert run.books[0].filtered == {"empty": 1}
    assert run.books[1].filtered == {"no_concepts": 1}
    assert run.books[2].filtered == {"refused": 1}
    assert json.loads((run.folder.path / "books.json").read_text())[0]["stage"] == "documents"


def test_what_each_stage_carries_is_what_the_next_one_gets(run: RunResult) -> None:
    books = {book.stage: book for book in run.books}
    assert books["extract_concepts"].inputs == books["level1"].inputs == books["documents"].rows
    assert books["level2"].inputs == books["extract_concepts"].carried
    assert books["level3"].inputs == books["combinations"].carried
    assert books["deduplicate"].inputs == sum(books[f"level{level}"].rows for level in (1, 2, 3))
    assert books["answer"].inputs == books["deduplicate"].rows


def test_every_input_is_in_the_corpus_or_in_rejected(run: RunResult) -> None:
    release = run.folder.release
    levels = [path for level in (1, 2, 3) for path in sorted((release / f"level{level}").glob("*"))]
    released = [row for path in levels for row in read_rows(path)]
    assert len(released) == run.books[-1].rows > 10
    assert {row["level"] for row in released} == {1, 2, 3}
    rejected = Counter(row["stage"] for path in (release / "rejected").glob("*") for row in read_rows(path))
    for book in run.books:
        assert rejected[book.stage] == sum(book.filtered.values()) + sum(book.failed.values())


def test_a_row_can_be_traced_to_its_walk_and_documents(run: RunResult) -> None:
    walks = {row["id"]: row for row in read_rows(run.folder.part("combinations"))}
    for path in (run.folder.release / "level3").glob("*"):
        for row in read_rows(path):
            walk = walks[row["combination_id"]]
            assert row["topics"] == walk["topics"]
            assert row["documents"] == walk["documents"]
            assert 2 <= len(row["selected_concepts"]) <= 3
            assert set(row["selected_concepts"]) <= set(walk["key_concepts"])
            assert row["id"] in {row_id("level3", walk["id"], 0, position) for position in range(3)}
            page = row_page(find_row(run.folder, row["id"]))
            for piece in (" -> ".join(walk["topics"]), row["documents"][0], row["licenses"][0], row["answer"]):
                assert piece in page


def test_true_model_and_journal_key_are_in_every_row(run: RunResult) -> None:
    state = run.folder.read_state()
    assert state is not None
    identity = state["endpoints"]["teacher"]
    for row in read_rows(run.folder.part("answer")):
        *concepts, question, answer = (entry["stage"] for entry in row["generator"])
        assert concepts == ["extract_concepts"] * len(row["documents"])
        assert (question, answer) == (f"level{row['level']}", "answer")
        for entry in row["generator"]:
            assert entry["model_id"] == identity["model_id"] == "synth-builder/rule-based-teacher"
            assert entry["model_sha"] == identity["model_sha"]
            assert len(entry["journal_key"]) == 32


def test_a_run_over_openais_protocol_keeps_who_answered_and_how_it_was_asked(
    documents: Path, tmp_path: Path, server_url: str
) -> None:
    endpoints = {"teacher": {"url": f"{server_url}/v1", "protocol": "openai"}}
    run = run_recipe(recipe(documents, server_url, endpoints=endpoints), tmp_path / "run", until="extract_concepts")
    state = run.folder.read_state()
    assert state is not None
    identity = state["endpoints"]["teacher"]
    assert (identity["protocol"], identity["served_as"]) == ("openai", "synth-builder/rule-based-teacher")
    assert (identity["model_sha"], identity["max_total_tokens"], identity["rule_based"]) == ("unknown", None, True)
    assert run.books[-1].carried == 2
    for row in read_rows(run.folder.part("extract_concepts")):
        assert [entry["model_id"] for entry in row["generator"]] in ([], ["synth-builder/rule-based-teacher"])


def test_a_second_run_of_a_recipe_gives_the_same_bytes(
    run: RunResult, documents: Path, tmp_path: Path, server_url: str
) -> None:
    again = run_recipe(recipe(documents, server_url), tmp_path / "again")
    assert parquet_digests(again.folder.path) == parquet_digests(run.folder.path)


def test_concurrency_changes_no_byte(run: RunResult, documents: Path, tmp_path: Path, server_url: str) -> None:
    endpoints = {"teacher": {"url": server_url, "max_concurrency": 1}}
    one_by_one = run_recipe(recipe(documents, server_url, endpoints=endpoints), tmp_path / "one")
    assert parquet_digests(one_by_one.folder.path) == parquet_digests(run.folder.path)


def test_another_seed_gives_other_walks(run: RunResult, documents: Path, tmp_path: Path, server_url: str) -> None:
    other = run_recipe(recipe(documents, server_url, seed=1), tmp_path / "other", until="combinations")
    assert not other.complete
    walks = [
        {row["id"].split("-", 1)[1] for row in read_rows(each.folder.part("combinations"))} for each in (run, other)
    ]
    assert walks[0] != walks[1]


def test_the_same_command_again_sends_nothing(documents: Path, tmp_path: Path, server_url: str) -> None:
    first = run_recipe(recipe(documents, server_url), tmp_path / "run")
    before = parquet_digests(tmp_path / "run")
    second = run_recipe(recipe(documents, server_url), tmp_path / "run")
    assert sum(book.sent for book in first.books) == sum(book.kept for book in second.books) > 0
    assert sum(book.sent for book in second.books) == 0
    assert parquet_digests(tmp_path / "run") == before


def test_a_run_that_stopped_after_a_stage_goes_on_from_there(documents: Path, tmp_path: Path, server_url: str) -> None:
    stopped = run_recipe(recipe(documents, server_url), tmp_path / "run", until="level1")
    assert [book.stage for book in stopped.books] == list(STAGES[:3])
    assert not (tmp_path / "run" / "release").exists()
    assert stopped.folder.read_state()["complete"] is False  # type: ignore[index]
    finished = run_recipe(recipe(documents, server_url), tmp_path / "run")
    assert finished.folder.read_state()["complete"] is True  # type: ignore[index]
    assert finished.books[1].sent == 0
    assert finished.books[3].sent > 0
    assert finished.complete


def test_samples_ask_again_with_another_seed(documents: Path, tmp_path: Path, server_url: str) -> None:
    stages = {"level1": {"samples": 3}}
    result = run_recipe(recipe(documents, server_url, stages=stages), tmp_path / "run", until="level1")
    assert result.books[2].inputs == 9
    rows = [row for row in read_rows(result.folder.part("level1")) if row["status"] == "carried"]
    assert len({row["id"] for row in rows}) == len(rows)
    written = {sample: {row["question"] for row in rows if row["sample"] == sample} for sample in range(3)}
    assert written[0] != written[1] != written[2]


def test_max_combinations_is_a_stated_reason(documents: Path, tmp_path: Path, server_url: str) -> None:
    graph = {"max_combinations": 4}
    result = run_recipe(recipe(documents, server_url, graph=graph), tmp_path / "run", until="combinations")
    assert result.books[-1].carried == 4
    assert result.books[-1].filtered["max_combinations"] == result.books[-1].inputs - 4


def test_a_document_that_is_too_long_is_split_by_the_servers_own_count(tmp_path: Path, server_url: str) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    paragraph = ALGEBRA.split("\n\n")[1].replace("\n", " ")
    text = "\n\n".join(f"Section {number}. {paragraph}" for number in range(300_000 // len(paragraph)))
    (folder / "long.md").write_text(text, encoding="utf-8")
    endpoints = {"teacher": {"url": server_url, "max_total_tokens": 8_000}}
    result = run_recipe(recipe(folder, server_url, endpoints=endpoints), tmp_path / "run", until="extract_concepts")
    rows = list(read_rows(result.folder.part("documents")))
    assert [row["id"] for row in rows] == [f"long.md#{number}" for number in range(len(rows))]
    assert len(rows) > 10
    assert " ".join("\n\n".join(row["text"] for row in rows).split()) == " ".join(text.split())
    assert result.books[0].inputs == result.books[0].carried == 1
    assert result.books[1].failed == {}


def test_generate_is_a_route_as_good_as_chat(run: RunResult, documents: Path, tmp_path: Path, server_url: str) -> None:
    endpoints = {"teacher": {"url": server_url, "route": "generate"}}
    result = run_recipe(recipe(documents, server_url, endpoints=endpoints), tmp_path / "run")
    questions = [[row["question"] for row in read_rows(each.folder.part("level1"))] for each in (run, result)]
    assert questions[0] == questions[1]
    assert result.books[-1].carried == run.books[-1].carried


def test_a_folder_of_another_run_is_refused_and_left_alone(run: RunResult, tmp_path: Path, server_url: str) -> None:
    before = parquet_digests(run.folder.path)
    with pytest.raises(SynthBuilderError, match="already holds another run: its source is"):
        run_recipe(recipe("sample", server_url), run.folder.path)
    with pytest.raises(SynthBuilderError, match="already holds another run: its recipe is 'small'"):
        run_recipe(load_recipe("demo"), run.folder.path)
    assert parquet_digests(run.folder.path) == before


def test_other_columns_of_the_same_documents_are_another_run(run: RunResult, documents: Path, server_url: str) -> None:
    other = {"source": str(documents), "split": "validation"}
    with pytest.raises(SynthBuilderError, match="its split is 'train', this one's is 'validation'"):
        run_recipe(recipe(documents, server_url, documents=other), run.folder.path)


def test_another_spelling_of_the_same_path_is_the_same_run(
    documents: Path, tmp_path: Path, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_recipe(recipe(documents, server_url), tmp_path / "run", until="documents")
    monkeypatch.chdir(documents.parent)
    again = run_recipe(recipe(f"./{documents.name}", server_url), tmp_path / "run", until="documents")
    assert again.books[0].rows == 3


def test_documents_that_cannot_be_told_apart_are_refused_before_any_request(tmp_path: Path, server_url: str) -> None:
    path = tmp_path / "documents.jsonl"
    path.write_text('{"id": "a", "text": "one"}\n{"id": "a#0", "text": "two"}\n')
    with pytest.raises(SynthBuilderError, match="'a' and 'a#0' cannot be told apart"):
        run_recipe(recipe(path, server_url), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("stage", "max_tokens"), [("level3", 16_300), ("answer", 15_730)])
def test_a_window_without_room_is_refused_before_any_request(
    documents: Path, tmp_path: Path, server_url: str, stage: str, max_tokens: int
) -> None:
    stages = {stage: {"max_tokens": max_tokens}}
    with pytest.raises(SynthBuilderError, match=rf"Lower stages\.{stage}\.max_tokens"):
        run_recipe(recipe(documents, server_url, stages=stages), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_window_that_the_answers_alone_do_not_fit_into_is_refused(
    documents: Path, tmp_path: Path, server_url: str
) -> None:
    # The window of many small servers; the default of `answer` takes all of it for the reply.
    endpoints = {"teacher": {"url": server_url, "max_total_tokens": 4096}}
    with pytest.raises(SynthBuilderError, match=r"tokens for a question in stage answer: .*4096 of them") as caught:
        run_recipe(recipe(documents, server_url, endpoints=endpoints), tmp_path / "run")
    assert "Lower stages.answer.max_tokens" in caught.value.todo
    stages = {"answer": {"max_tokens": 3000}}
    smaller = recipe(documents, server_url, endpoints=endpoints, stages=stages)
    assert run_recipe(smaller, tmp_path / "run", until="documents").books[0].carried == 3


def test_a_run_without_any_answer_releases_nothing(tmp_path: Path, server_url: str) -> None:
    (tmp_path / "history.md").write_text(HISTORY)
    result = run_recipe(recipe(tmp_path / "history.md", server_url), tmp_path / "run")
    assert result.complete
    assert result.books[-1].rows == 0
    assert not result.folder.release.exists()


def test_a_damaged_journal_changes_nothing(documents: Path, tmp_path: Path, server_url: str) -> None:
    run_recipe(recipe(documents, server_url), tmp_path / "run", until="documents")
    (tmp_path / "run" / "journal.sqlite").write_bytes(b"broken" * 500)
    before = (tmp_path / "run" / "run.json").read_bytes()
    with pytest.raises(SynthBuilderError, match=r"journal\.sqlite cannot be read"):
        run_recipe(recipe(documents, server_url, seed=5), tmp_path / "run")
    assert (tmp_path / "run" / "run.json").read_bytes() == before


def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path: Path, server_url: str) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(SynthBuilderError, match="is not empty and holds no run"):
        run_recipe(recipe("sample", server_url), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "o documents"),
        ({"a.md": b"   \n"}, "can be used: 1 empty"),
        ({"a.md": b"x\0y"}, "can be used: 1 nul_bytes"),
        ({"a.md": b"caf\xe9 au lait"}, "can be used: 1 not_utf8"),
    ],
)
def test_documents_that_cannot_be_used_leave_nothing_behind(
    tmp_path: Path, server_url: str, files: dict[str, bytes], words: str
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    with pytest.raises(SynthBuilderError, match=words):
        run_recipe(recipe(folder, server_url), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_bad_documents_among_good_ones_are_counted_by_reason(tmp_path: Path, server_url: str) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, content in {"a.md": ALGEBRA.encode(), "b.md": b"x\0y", "c.md": b"caf\xe9", "d.md": b""}.items():
        (folder / name).write_bytes(content)
    result = run_recipe(recipe(folder, server_url), tmp_path / "run", until="documents")
    assert result.books[0].filtered == {"empty": 1, "not_utf8": 1, "nul_bytes": 1}
    assert result.books[0].carried == 1


def test_a_missing_column_leaves_nothing_behind(tmp_path: Path, server_url: str) -> None:
    path = tmp_path / "documents.jsonl"
    path.write_text('{"title": "a", "abstract": "b"}\n')
    with pytest.raises(SynthBuilderError, match=r"documents\.text_column"):
        run_recipe(recipe(path, server_url), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://127.0.0.1:9/v1"])
def test_an_endpoint_that_cannot_be_reached_leaves_nothing_behind(tmp_path: Path, documents: Path, url: str) -> None:
    with pytest.raises(SynthBuilderError, match=r"No server can be reached at http://127\.0\.0\.1:9"):
        run_recipe(recipe(documents, url), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_unknown_stage_is_named_with_the_known_ones(documents: Path, tmp_path: Path, server_url: str) -> None:
    with pytest.raises(SynthBuilderError, match="documents, extract_concepts, level1"):
        run_recipe(recipe(documents, server_url), tmp_path / "run", until="level4")


def test_neither_parts_nor_release_hold_a_path_of_this_machine(run: RunResult, documents: Path) -> None:
    tables = [path for path in run.folder.path.rglob("*.parquet")]
    texts = [str(pq.read_table(path).to_pylist()) for path in tables]
    texts += [path.read_text() for path in run.folder.release.rglob("*") if path.suffix in (".md", ".yaml", ".json")]
    assert len(texts) > 15
    for text in texts:
        assert str(run.folder.path) not in text
        assert str(documents) not in text

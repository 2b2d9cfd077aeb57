"""Evaluation results at the Hub: beside their corpus, on its card, and in the repo of the model that was measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth_builder.errors import SynthBuilderError
from synth_builder.evaluation.results import EvaluationResult
from synth_builder.hub.model_scores import why_left_out, write_scores
from tests.hub import HubServer
from tests.publish.evaluations import make_result, write_evaluation
from tests.publish.pushing import QUIET, Machine, make_rows, write_release

CARD = """---
license: mit  # ours
model-index:
- name: Mine
  results:
  - task:
      type: text-generation
      name: summaries
    dataset:
      type: org/news
      name: News
    metrics:
    - type: rouge
      value: 0.5
---
# Mine

Text of a person.
"""

THEIRS = "- dataset: {id: openai/gsm8k, task_id: gsm8k}\n  value: 12.5\n"


@pytest.fixture
def evaluations(tmp_path: Path) -> Path:
    """One model, on one benchmark that the Hub has registered and one that it has not."""
    folder = tmp_path / "evaluations"
    write_evaluation(folder, "mine", "synth_gsm8k", right=1)
    write_evaluation(folder, "mine", "synth_math500", right=2, questions=5)
    return folder


def test_results_are_published_beside_their_corpus_and_come_to_its_card(
    hub: HubServer, machine: Machine, stranger: Machine, evaluations: Path, tmp_path: Path
) -> None:
    corpus = write_release(tmp_path / "corpus", {"level1": make_rows(1, 3)})
    machine.push(corpus, "org/worth").get()
    pushed = machine.call("push_evaluations", evaluations, "org/worth")
    assert (pushed.get()["repo"], pushed.get()["version"]) == ("org/worth-results", "v1.0.0")
    assert any("The card of org/worth shows these results from its next push on" in line for line in pushed.said)
    (collection,) = [each for each in hub.state.collections.values() if each.title == "worth"]
    assert [item.id for item in collection.items] == ["org/worth", "org/worth-results"]

    write_evaluation(evaluations, "other", "synth_gsm8k", right=3, weights="f" * 16, date="2026-11-22")
    assert machine.call("push_evaluations", evaluations, "org/worth").get()["version"] == "v1.1.0"
    scores = stranger.call("load", "org/worth-results").get()
    assert [row["model"] for row in scores if row["is_headline"]] == ["mine", "mine", "other"]
    answers = stranger.call("load", "org/worth-results", "synth_gsm8k").get()
    assert [row["verdicts"] for row in answers if row["model"] == "other"] == [["right"]] * 4
    assert len(stranger.call("load", "org/worth-results", "synth_gsm8k", revision="v1.0.0").get()) == 4
    card = stranger.call("card", "org/worth-results").get()
    assert [each["config_name"] for each in card["data"]["configs"]] == ["scores", "synth_gsm8k", "synth_math500"]
    assert "| synth_gsm8k | other (ffffffff) | 0 | pass@1 | 0.750 ± 0.217 | 1.000 | 4 | 1 |" in card["text"]
    assert "- synth_gsm8k, 0-shot: other (ffffffff) pass@1 0.750 ± 0.217 (before: none)." in card["text"]
    assert "- synth_gsm8k: 4 added; now 8 rows (before: 4)." in card["text"]
    assert "- First release: 2 results (1 model, 2 tasks)." in card["text"]
    assert "](pictures/scores.png)" in card["text"]
    assert hub.repo("dataset", "org/worth-results").read("pictures/scores.png").startswith(b"\x89PNG")

    told = machine.push(corpus, "org/worth").get()
    assert told["version"] == "v1.0.1"
    assert told["changes"] == ["Evaluation results of org/worth-results v1.1.0: 3 results (2 models, 2 tasks)."]
    assert "| synth_gsm8k | other (ffffffff) |" in stranger.call("card", "org/worth").get()["text"]
    assert machine.push(corpus, "org/worth").get()["added"] == machine.push(corpus, "org/worth").get()["changed"] == []
    assert list(hub.repo("dataset", "org/worth").tags) == ["v1.0.0", "v1.0.1"]


def test_a_public_corpus_does_not_show_private_results(
    hub: HubServer, machine: Machine, evaluations: Path, tmp_path: Path
) -> None:
    machine.call("push_evaluations", evaluations, "org/quiet", private=True).get()
    machine.push(write_release(tmp_path / "corpus", {"level1": make_rows(1, 3)}), "org/quiet").get()
    assert "org/quiet-results" not in hub.repo("dataset", "org/quiet").read("README.md").decode()


def test_results_that_cannot_be_read_do_not_stop_a_corpus(hub: HubServer, machine: Machine, tmp_path: Path) -> None:
    machine.call("put_file", "org/odd-results", "reports/facts.json", "{").get()
    pushed = machine.push(write_release(tmp_path / "corpus", {"level1": make_rows(1, 3)}), "org/odd")
    assert pushed.get()["version"] == "v1.0.0"
    assert any("The card will not show the results in org/odd-results" in line for line in pushed.said)


def test_a_model_is_told_by_a_pull_request_which_is_found_again(
    hub: HubServer, machine: Machine, stranger: Machine, evaluations: Path
) -> None:
    machine.call("put_file", "org/mine", "README.md", CARD, "model").get()
    machine.call("put_file", "org/mine", ".eval_results/gsm8k.yaml", THEIRS, "model").get()
    before = hub.repo("model", "org/mine").head
    dry = stranger.call("push_scores", evaluations, "org/mine", dry_run=True).get()
    assert set(dry["changed"]) == {".eval_results/synth_gsm8k.yaml", "README.md"}
    assert not hub.repo("model", "org/mine").repository.pulls

    hub.state.create_repo("dataset", "org/x-results", "ada", private=False)
    told = stranger.call("push_scores", evaluations, "org/mine", source="org/x-results").get()
    assert told["page"].endswith("/org/mine/discussions/1")
    view = hub.repo("model", "org/mine")
    assert view.head == before
    assert view.read(".eval_results/gsm8k.yaml", "refs/pr/1") == THEIRS.encode()
    card = view.read("README.md", "refs/pr/1").decode()
    assert card.startswith("---\nlicense: mit  # ours\n")
    assert card.endswith("---\n# Mine\n\nText of a person.\n")

    machine.call("put_file", "org/mine", "notes.txt", "more", "model").get()  # the main branch goes on
    again = stranger.call("push_scores", evaluations, "org/mine", source="org/x-results").get()
    assert (again["changed"], again["page"]) == ({}, told["page"])
    view.repository.closed_pulls.add(1)  # a proposal that was refused can be made anew
    told = stranger.call("push_scores", evaluations, "org/mine", source="org/x-results").get()
    assert told["page"].endswith("/org/mine/discussions/2")

    view.repository.branches["main"] = view.repository.pulls[2]  # somebody merges it
    read = machine.call("model_scores", "org/mine", "main").get()
    (entry,) = read["entries"][".eval_results/synth_gsm8k.yaml"]
    assert (entry["dataset_id"], entry["task_id"], entry["value"]) == ("openai/gsm8k", "gsm8k", 25.0)
    assert entry["dataset_revision"] == "e53f048856ff4f594e959d75785d2c2d37b678ee"
    assert entry["source_url"] == "https://huggingface.co/datasets/org/x-results"
    assert entry["notes"].startswith("0-shot, chat template; pass@1 by lighteval, standard error 21.65; right by the ")
    assert [(each["task_name"], each["metric_type"], each["metric_value"]) for each in read["index"]] == [
        ("summaries", "rouge", 0.5),
        ("synth_math500", "pass@1", 40.0),
        ("synth_math500", "accuracy", 60.0),
    ]
    done = machine.call("push_scores", evaluations, "org/mine", source="org/x-results").get()
    assert (done["changed"], done["page"]) == ({}, "")


def test_a_commit_whose_answer_is_lost_is_not_made_twice(hub: HubServer, machine: Machine, evaluations: Path) -> None:
    machine.call("put_file", "org/direct", "weights.txt", "1", "model").get()
    hub.fail("cut after", method="POST", path="/api/models/org/direct/commit")
    told = machine.call("push_scores", evaluations, "org/direct", create_pr=False).get()
    view = hub.repo("model", "org/direct")
    assert [each.text.title for each in view.commits()].count("Add evaluation results") == 1
    assert set(told["changed"]) == {".eval_results/synth_gsm8k.yaml", "README.md"}
    assert told["page"].endswith(f"/org/direct/commit/{view.head}")
    read = machine.call("model_scores", "org/direct", "main").get()
    assert len(read["index"]) == 2  # the card that the repo did not have is made


def test_a_proposal_whose_answer_is_lost_is_told_and_not_made_twice(
    hub: HubServer, machine: Machine, evaluations: Path
) -> None:
    hub.state.create_repo("model", "org/proposed", "ada", private=False)
    hub.fail("cut after", method="POST", path="/api/models/org/proposed/commit")
    told = machine.call("push_scores", evaluations, "org/proposed").get()
    assert set(told["changed"]) == {".eval_results/synth_gsm8k.yaml", "README.md"}
    assert told["page"].endswith("/org/proposed/discussions/1")
    assert list(hub.repo("model", "org/proposed").repository.pulls) == [1]


def test_what_is_not_known_after_a_lost_answer_is_not_denied(
    hub: HubServer, machine: Machine, evaluations: Path
) -> None:
    hub.state.create_repo("model", "org/unsure", "ada", private=False)
    hub.fail("cut after", method="POST", path="/api/models/org/unsure/commit")
    hub.fail(403, path="/api/models/org/unsure/commits/")
    error = machine.call("push_scores", evaluations, "org/unsure", create_pr=False).error
    assert error.startswith("org/unsure may say it already, as the commit ended in ")
    assert "shows what it showed before" not in error
    hub.heal()
    assert machine.call("push_scores", evaluations, "org/unsure", create_pr=False).get()["changed"] == {}


def test_a_public_model_does_not_link_results_that_not_everybody_sees(
    hub: HubServer, machine: Machine, evaluations: Path
) -> None:
    model = hub.state.create_repo("model", "org/open", "ada", private=False)
    results = hub.state.create_repo("dataset", "org/kept-results", "ada", private=True)
    for source in ("org/kept-results", "org/no-results", "https://hub/org/kept-results"):
        error = machine.call("push_scores", evaluations, "org/open", source=source).error
        assert f"--results names {source}, which not everybody can see, and org/open is for everybody." in error
    assert not model.pulls
    results.private = False
    assert machine.call("push_scores", evaluations, "org/open", source="org/kept-results").get()["changed"]
    results.private = model.private = True
    assert machine.call("push_scores", evaluations, "org/open", source="org/kept-results", create_pr=False).get()[
        "changed"
    ]


def test_without_a_token_no_model_is_told(hub: HubServer, evaluations: Path, tmp_path: Path) -> None:
    hub.state.create_repo("model", "org/untold", "ada", private=False)
    with Machine({**hub.environment(), **QUIET}, tmp_path / "nobody") as nobody:
        error = nobody.call("push_scores", evaluations, "org/untold").error
    assert error.startswith("There is no token of the Hub to push with.")
    assert hub.requests == []


def test_other_weights_take_the_place_of_earlier_scores() -> None:
    first = write_scores([make_result("m", "synth_math500", right=1, questions=4)], "org/m", CARD, "")["README.md"]
    later = make_result("m", "synth_math500", right=3, questions=4, weights="f" * 16)
    second = write_scores([later], "org/m", first, "")["README.md"]
    assert second.count("synth_math500") == 1
    assert "value: 75.0" in second
    assert "value: 25.0" not in second
    assert write_scores([later], "org/m", second, "")["README.md"] == second


@pytest.mark.parametrize("index", ["model-index: 3", "model-index: [{name: m}]", "model-index: [[]]"])
def test_a_model_index_that_nobody_can_read_is_left_alone(index: str) -> None:
    result = make_result("m", "synth_math500", right=1, questions=4)
    with pytest.raises(SynthBuilderError, match=r"The `model-index` in README\.md of org/m cannot be read"):
        write_scores([result], "org/m", f"---\n{index}\n---\n", "")


def test_what_cannot_be_told_of_a_model_is_an_error_with_a_way_out(
    hub: HubServer, machine: Machine, evaluations: Path, tmp_path: Path
) -> None:
    def fail(folder: Path, repo: str = "org/none", **options: object) -> str:
        return machine.call("push_scores", folder, repo, **options).error

    assert "Reading org/none failed" in fail(evaluations)
    assert "is no name of a repo" in fail(evaluations, "none")
    assert "holds no evaluation results" in fail(tmp_path / "nothing")
    write_evaluation(evaluations, "other", "synth_gsm8k", right=3, weights="f" * 16)
    error = fail(evaluations)
    assert "holds results of 2 models: mine (01234567), other (ffffffff)" in error
    assert f"--evaluations {evaluations}/mine-01234567" in error
    part = make_result("m", "synth_gsm8k", right=1, questions=4).benchmark.model_copy(update={"is_whole": False})
    write_evaluation(tmp_path / "part", "m", "synth_gsm8k", right=1, benchmark=part)
    assert "There is nothing to tell org/none. synth_gsm8k is left out: only 4 questions" in fail(tmp_path / "part")


def test_results_of_a_model_that_not_everybody_sees_are_not_published_to_everybody(
    hub: HubServer, machine: Machine, tmp_path: Path
) -> None:
    hub.state.create_repo("model", "org/hidden-model", "ada", private=True)
    write_evaluation(
        tmp_path, "org/hidden-model", "synth_gsm8k", right=1, weights="", revision="abc", server="tgi 3.3.7"
    )
    error = machine.call("push_evaluations", tmp_path, "org/hidden-model").error
    assert "The results are of the model org/hidden-model, which not everybody can see" in error
    assert machine.call("push_evaluations", tmp_path, "org/hidden-model", private=True).get()["version"] == "v1.0.0"


def test_more_worked_examples_are_another_entry() -> None:
    results = [make_result("m", task, right=1, questions=4, fewshot=4) for task in ("synth_gsm8k", "synth_math500")]
    zero = [make_result("m", task, right=2, questions=4) for task in ("synth_gsm8k", "synth_math500")]
    files = write_scores([*zero, *results], "org/m", CARD, "")
    assert set(files) == {
        ".eval_results/synth_gsm8k.yaml",
        ".eval_results/synth_gsm8k-4shot.yaml",
        "README.md",
    }
    assert files["README.md"].count("name: synth_math500") == 2
    assert write_scores(results, "org/m", files["README.md"], "")["README.md"] == files["README.md"]


def test_local_questions_are_told_as_such_and_have_no_commit() -> None:
    def measure(questions: int) -> EvaluationResult:
        used = make_result("m", "synth_gsm8k", right=1, questions=questions).benchmark
        local = used.model_copy(update={"source": "local"})
        return make_result("m", "synth_gsm8k", right=1, questions=questions, benchmark=local)

    result = measure(1319)
    assert why_left_out(result) == ""
    assert why_left_out(measure(4)) == "4 questions of local files were asked, and GSM8K has 1,319"
    (text,) = write_scores([result], "org/m", "", "").values()
    assert "id: openai/gsm8k" in text
    assert "revision" not in text
    assert "questions of local files 00112233445566aa" in text


def test_the_commands_print_what_they_have_done(hub: HubServer, machine: Machine, evaluations: Path) -> None:
    def call(*arguments: object, status: int = 0) -> str:
        told = machine.call("synth-builder", *map(str, arguments)).get()
        assert told["status"] == status, told["err"]
        return f"{told['out']}{told['err']}"

    assert "release: whole; rows: scores 4, synth_gsm8k 4, synth_math500 5" in call("release", evaluations)
    told = call("push", "org/typed", "--evaluations", evaluations)
    assert "org/typed-results has v1.0.0: files 8 new" in told
    hub.state.create_repo("model", "org/typed", "ada", private=False)
    told = call("push-scores", "org/typed", "--evaluations", evaluations, "--dry-run")
    assert "org/typed would get .eval_results/synth_gsm8k.yaml" in told
    assert "task_id: gsm8k" in told
    told = call("push-scores", "org/typed", "--evaluations", evaluations, "--results", "org/typed-results")
    assert "org/typed is offered README.md" in told
    assert "/org/typed/discussions/1" in told
    again = call("push-scores", "org/typed", "--evaluations", evaluations, "--results", "org/typed-results")
    assert "nothing has changed. It is proposed already: " in again
    assert "has README.md" in call("push-scores", "org/typed", "--evaluations", evaluations, "--no-pr")
    assert "holds no evaluation results" in call("push", "org/typed", "--evaluations", "nowhere", status=1)

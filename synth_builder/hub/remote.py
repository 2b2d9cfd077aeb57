"""A dataset repo at the Hub: what it holds, and the few requests that change it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from itertools import takewhile
from typing import Literal, NamedTuple, TypeVar

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, DatasetInfo, GitRefs, HfApi, hf_hub_url
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import build_hf_headers, hf_raise_for_status, http_backoff  # type: ignore[attr-defined]

from synth_builder import __version__
from synth_builder.errors import SynthBuilderError
from synth_builder.hub.changelog import CHANGELOG_PATH, parse_changelog
from synth_builder.hub.facts import FACTS_PATH, parse_facts
from synth_builder.hub.manifest import MANIFEST_PATH, parse_manifest
from synth_builder.hub.patience import AGAIN, MOVED, Failure, Patience, ask, explain, read_failure, repeat
from synth_builder.hub.plan import CARD_PATH, Head, LocalFile, Plan

_T = TypeVar("_T")

MAIN = "main"

# Files go up in such portions: an interrupted push does not send again what it has sent whole, and hf_xet holds in
# memory what waits to be sent.
_FILES_AT_ONCE = 64
_BYTES_AT_ONCE = 1 << 28


class Account(NamedTuple):
    """Who a token belongs to.

    Attributes:
        name: Of the user.
        organizations: The user's role in each organisation; empty where it is not told.
        role: Of the token: `read`, `write` or `fineGrained`.
    """

    name: str
    organizations: Mapping[str, str]
    role: str


class Landed(NamedTuple):
    """A commit that is there: its hash, and the page of its pull request where it is in one."""

    commit: str
    pull_request: str = ""


class HubRepo:
    """One dataset repo.

    Args:
        name: `ORG/NAME`.
        token: A token of the Hub.
        patience: How long to go on with requests that fail.
        say: Gets a line for what takes time.
    """

    def __init__(self, name: str, token: str, patience: Patience, say: Callable[[str], None]) -> None:
        self.name = name
        self._patience = patience
        self._say = say
        self._api = HfApi(token=token, library_name="synth_builder", library_version=__version__)
        self._operations: dict[tuple[str, str], CommitOperationAdd] = {}

    @cached_property
    def account(self) -> Account:
        """Who the token belongs to."""
        told = self._repeat("Asking the Hub whose token this is", self._api.whoami)
        organizations = {each["name"]: each.get("roleInOrg") or "" for each in told.get("orgs", ())}
        role = told.get("auth", {}).get("accessToken", {}).get("role", "")
        return Account(told["name"], organizations, role)

    def read_head(self, branch: str) -> Head:
        """What a branch holds; one that is not there yet will begin as `main`.

        Raises:
            SynthBuilderError: It cannot be read, or the release in it cannot.
        """
        step = f"Reading {self.name}"
        info = self._repeat(step, lambda: self._look_up(self.name, branch))
        if info is None:
            return Head()
        commit = str(info.sha)
        refs = self._repeat(step, self._list_refs)
        files = self._repeat(step, lambda: self._list_files(commit))
        card, facts, changelog, manifest = (
            self._repeat(step, partial(self._read_text, path, commit)) if path in files else ""
            for path in (CARD_PATH, FACTS_PATH, CHANGELOG_PATH, MANIFEST_PATH)
        )
        return Head(
            commit=commit,
            private=bool(info.private),
            files=files,
            tags={tag.name: tag.target_commit for tag in refs.tags},
            pulls={pull.ref: pull.target_commit for pull in refs.pull_requests or ()},
            card=card,
            facts=parse_facts(facts, f"{FACTS_PATH} of {self.name}") if facts else None,
            changelog=tuple(parse_changelog(changelog, f"{CHANGELOG_PATH} of {self.name}")) if changelog else (),
            listed=frozenset(parse_manifest(manifest, f"{MANIFEST_PATH} of {self.name}") if manifest else ()),
        )

    def find_repos(self, names: Mapping[str, str], *, private: bool) -> dict[str, str]:
        """Those of the repos that exist and may be named in a card: in a public card, public ones."""
        found = {}
        for kind, name in names.items():
            info = self._repeat(f"Looking for {name}", partial(self._look_up, name))
            if info is not None and info.sha and (private or not info.private):
                found[kind] = name
        return found

    def find_commit(self, branch: str, since: str, plan: Plan) -> str | None:
        """The commit on a branch, later than `since`, that did what was planned; None: there is none."""
        listed = self._repeat(
            f"Reading {self.name}",
            lambda: self._api.list_repo_commits(self.name, revision=branch, repo_type="dataset"),
        )
        later = [each for each in takewhile(lambda each: each.commit_id != since, listed) if each.title == plan.title]
        held = (
            each.commit_id
            for each in later
            if plan.manifest and self.holds(each.commit_id, MANIFEST_PATH, plan.manifest)
        )
        return next(held, None)

    def list_proposals(self, title: str) -> list[str]:
        """Refs, such as `refs/pr/1`, of the account's own open pull requests of this title."""
        listed = self._repeat(
            f"Looking for pull requests of {self.name}",
            lambda: list(
                self._api.get_repo_discussions(
                    self.name,
                    author=self.account.name,
                    discussion_type="pull_request",
                    discussion_status="open",
                    repo_type="dataset",
                )
            ),
        )
        return [f"refs/pr/{each.num}" for each in listed if each.title == title]

    def find_private(self, kind: Literal["dataset", "model"], names: Iterable[str]) -> list[str]:
        """Those of the repos that not everybody sees; one that this token does not see is taken for such a one."""
        return [name for name in names if self._repeat(f"Looking for {name}", partial(self._is_private, kind, name))]

    def holds(self, revision: str, path: str, file: LocalFile) -> bool:
        """Whether a revision that exists has this file, with this content."""
        found = self._repeat(
            f"Reading {self.name}",
            lambda: self._api.get_paths_info(self.name, [path], revision=revision, repo_type="dataset"),
        )
        return any(isinstance(each, RepoFile) and file.is_stored_as(_oid(each)) for each in found)

    def create(self, *, private: bool) -> None:
        """Make the repo, unless somebody was faster.

        Raises:
            SynthBuilderError: It is there, and the token does not see it; or the Hub refuses.
        """

        def make() -> None:
            try:
                self._api.create_repo(self.name, repo_type="dataset", private=private)
            except HfHubHTTPError as error:  # `exist_ok` fails where a conflict does not say with what
                if error.response.status_code != 409:
                    raise
                if self._look_up(self.name) is None:
                    raise SynthBuilderError(
                        f"The name {self.name} is taken, and this token does not see it: "
                        f"{(error.server_message or 'the Hub says no more').strip().rstrip('.')}.",
                        cause="The repo is private, or the token was not given access to it; or it is just being made.",
                        todo="Take a token that sees it, or another name. Run the same command again if somebody is "
                        "just making it.",
                    ) from None  # or the conflict would be told in its place

        self._repeat(f"Making the dataset {self.name}", make)

    def create_branch(self, branch: str, commit: str) -> None:
        """Let a branch begin at a commit, unless it is there already."""
        self._repeat(
            f"Making the branch {branch}",
            lambda: self._api.create_branch(
                self.name, branch=branch, revision=commit, repo_type="dataset", exist_ok=True
            ),
        )

    def upload(self, files: Mapping[str, LocalFile], branch: str, *, create_pr: bool) -> None:
        """Send the content of large files, what is there already excepted; nobody sees it before a commit names it."""
        done = 0
        for portion in _cut_portions(files):
            operations = [self._operation(path, files[path]) for path in portion]
            step = f"Uploading {len(files):,} files to {self.name}" + (f", {done:,} are done" if done else "")
            upload = partial(
                self._api.preupload_lfs_files,
                self.name,
                operations,
                repo_type="dataset",
                revision=branch,
                create_pr=create_pr,
                free_memory=False,
                gitignore_content="",  # a file that the repo's own .gitignore matches would be left out without a word
            )
            self._repeat(step, upload, may_propose=not create_pr)
            done += len(portion)

    def commit(self, plan: Plan, parent: str, branch: str, *, create_pr: bool) -> Landed | Failure:
        """Make the one commit of a push, if `parent` is still the newest; uploads come before.

        It is asked for once: after a failure the commit may be there all the same.

        Raises:
            SynthBuilderError: The Hub refuses.
        """
        additions = [self._operation(path, file) for path, file in plan.add.items()]
        deletions = [CommitOperationDelete(path, is_folder=False) for path in plan.delete]
        try:
            made = ask(
                lambda: self._api.create_commit(
                    self.name,
                    [*additions, *deletions],
                    commit_message=plan.title,
                    commit_description="\n".join(f"- {change}" for change in plan.changes),
                    repo_type="dataset",
                    revision=branch,
                    parent_commit=parent,
                    create_pr=create_pr,
                )
            )
        except Exception as error:
            failure = read_failure(error)
            if failure is None:
                raise
            if failure.passes or failure.status in MOVED:
                return failure
            raise explain(f"The commit to {self.name}", failure, may_propose=not create_pr) from error
        return Landed(made.oid, made.pr_url or "")

    def tag(self, tag: str, commit: str) -> str:
        """Tag a commit, unless the tag is there; returns the commit that has it now."""
        self._repeat(
            f"Tagging {tag}",
            lambda: self._api.create_tag(self.name, tag=tag, revision=commit, repo_type="dataset", exist_ok=True),
        )
        refs = self._repeat(f"Reading {self.name}", self._list_refs)
        tagged = next((each.target_commit for each in refs.tags if each.name == tag), None)
        if tagged is None:
            raise SynthBuilderError(
                f"The Hub has not made the tag {tag} of {self.name}, and does not say why.", todo=AGAIN
            )
        return tagged

    def page_of(self, pull: str) -> str:
        """Address of the page of a pull request, `refs/pr/1`."""
        return f"{self._api.endpoint}/datasets/{self.name}/discussions/{pull.rpartition('/')[2]}"

    def _repeat(self, step: str, call: Callable[[], _T], *, may_propose: bool = False) -> _T:
        return repeat(step, call, self._patience, self._say, may_propose=may_propose)

    def _operation(self, path: str, file: LocalFile) -> CommitOperationAdd:
        """What adds this file, the same object each time: it knows whether its content was sent."""
        key = path, file.entry.sha256
        if key not in self._operations:
            operation = CommitOperationAdd(path, file.content)
            operation.upload_info.sha256 = bytes.fromhex(file.entry.sha256)
            self._operations[key] = operation
        return self._operations[key]

    def _look_up(self, name: str, branch: str = MAIN) -> DatasetInfo | None:
        try:
            return self._api.dataset_info(name, revision=branch)
        except RevisionNotFoundError:
            return self._api.dataset_info(name)
        except RepositoryNotFoundError:
            return None

    def _is_private(self, kind: str, name: str) -> bool:
        try:
            return bool(self._api.repo_info(name, repo_type=kind).private)
        except (RepositoryNotFoundError, HFValidationError):  # as of a name that a server has made up
            return True

    def _list_refs(self) -> GitRefs:
        return self._api.list_repo_refs(self.name, repo_type="dataset", include_pull_requests=True)

    def _list_files(self, commit: str) -> dict[str, str]:
        entries = self._api.list_repo_tree(self.name, recursive=True, revision=commit, repo_type="dataset")
        return {entry.path: _oid(entry) for entry in entries if isinstance(entry, RepoFile)}

    def _read_text(self, path: str, commit: str) -> str:
        return read_text(self._api, self.name, "dataset", path, commit)


def read_text(api: HfApi, name: str, kind: str, path: str, revision: str) -> str:
    """The text of a small file of a repo, past any cache.

    Raises:
        SynthBuilderError: It is not UTF-8.
    """
    url = hf_hub_url(name, path, repo_type=kind, revision=revision, endpoint=api.endpoint)
    response = http_backoff("GET", url, headers=build_hf_headers(token=api.token))
    hf_raise_for_status(response)
    try:
        return response.content.decode()
    except UnicodeDecodeError:
        raise SynthBuilderError(f"{path} of {name} is not UTF-8.", todo="Save it as UTF-8 there.") from None


def _oid(file: RepoFile) -> str:
    return file.lfs.sha256 if file.lfs else file.blob_id


def _cut_portions(files: Mapping[str, LocalFile]) -> Iterator[list[str]]:
    portion: list[str] = []
    size = 0
    for path, file in files.items():
        if portion and (len(portion) == _FILES_AT_ONCE or size + file.entry.size > _BYTES_AT_ONCE):
            yield portion
            portion, size = [], 0
        portion.append(path)
        size += file.entry.size
    if portion:
        yield portion

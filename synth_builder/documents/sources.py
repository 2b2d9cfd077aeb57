"""The kinds of sources that documents come from, each opened as columns and an iterator of rows."""

from __future__ import annotations

import glob
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import NamedTuple, TypeVar

import datasets
from huggingface_hub import try_to_load_from_cache

from synth_builder.documents.columns import Columns
from synth_builder.documents.files import (
    TABLE_SUFFIXES,
    TEXT_FILE_COLUMNS,
    TEXT_SUFFIXES,
    NamedFiles,
    find_files,
    find_table_columns,
    has_suffix,
    read_table_files,
    read_text_files,
    split_front_matter,
)
from synth_builder.documents.rows import RawRow, make_plain
from synth_builder.errors import SynthBuilderError
from synth_builder.hub_reading import without_addresses

T = TypeVar("T")

SAMPLE = "sample"
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
COMMIT = re.compile(r"[0-9a-f]{40}")
# Files of a dataset for sure, against .json and .csv files, which also lie beside texts.
DATASET_SUFFIXES = (".parquet", ".jsonl", ".jsonl.gz", ".arrow")
OTHER_TABLE_SUFFIXES = (".json", ".json.gz", ".csv")
# Texts about a folder, not documents, when the folder holds a dataset.
ABOUT_FOLDER = ("README", "LICENSE", "LICENCE", "NOTICE")
SPLIT_TODO = "Name a split: `documents.split` in the recipe, or `--set documents.split=...`."


class Source(NamedTuple):
    """An opened source: its columns, what reads its rows, and the licence of rows that carry none."""

    columns: list[str]
    read: Callable[[Columns], Iterator[RawRow]]
    license: str = ""


def open_source(name: str, *, config: str | None, split: str, revision: str | None, cache_folder: Path) -> Source:
    """Open `sample`, a file, a glob, a folder, or else a dataset of the Hub.

    Args:
        name: What the recipe says.
        config: The config of a dataset.
        split: The split of a dataset; files that are named, and texts, have no splits.
        revision: The revision of a Hub dataset.
        cache_folder: Where `datasets` may keep what it makes of local files.

    Raises:
        SynthBuilderError: There is no such thing, or it holds nothing to read.
    """
    if name == SAMPLE:
        return _open_sample()
    path = Path(name).expanduser()
    if name and path.is_dir():
        return _open_folder(path, name, config=config, split=split, cache_folder=cache_folder)
    if name and path.exists():
        return _open_files({path.name: path}, name)
    if glob.has_magic(name):
        return _open_files(_match_files(path, name), name)
    if (
        name.startswith((".", "/", "~"))
        or has_suffix(name, TEXT_SUFFIXES + TABLE_SUFFIXES)
        or not HUB_ID.fullmatch(name)
    ):
        raise SynthBuilderError(
            f"No such file or folder: {name!r}.",
            cause="The path is wrong, or it is relative to another folder than the one you are in.",
            todo=f"Name a file, a folder, a glob, a dataset of the Hub as `org/name`, or `{SAMPLE}`.",
        )
    return _open_hub_dataset(name, config=config, split=split, revision=revision)


def _open_sample() -> Source:
    folder = resources.files("synth_builder") / "sample_documents"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".md"))
    return _text_source({name: (folder / name).read_bytes for name in names}, "synth_builder/sample_documents/")


def _open_folder(folder: Path, name: str, *, config: str | None, split: str, cache_folder: Path) -> Source:
    if (folder / "dataset_dict.json").is_file() or (folder / "state.json").is_file():
        return _open_saved(folder, name, split)
    files = find_files(folder)
    texts = {file: path for file, path in files.items() if has_suffix(file, TEXT_SUFFIXES)}
    if "configs" in _read_card(folder / "README.md") or _holds_dataset(files, texts, name):
        return _open_local_dataset(folder, name, config=config, split=split, cache_folder=cache_folder)
    if not texts:
        types = Counter(PurePosixPath(file).suffix or "no suffix" for file in files)
        held = ", ".join(f"{count} {suffix}" for suffix, count in sorted(types.items()))
        raise SynthBuilderError(
            f"No documents in {name}: " + (f"its files are {held}." if held else "the folder is empty."),
            todo=f"Documents are {', '.join(TEXT_SUFFIXES + TABLE_SUFFIXES)} files, or a saved dataset.",
        )
    return _open_files(texts, name)


def _holds_dataset(files: NamedFiles, texts: NamedFiles, name: str) -> bool:
    """Whether a folder is one of data files; other files beside texts are ignored, as are texts about the folder."""
    prose = [text for text in texts if PurePosixPath(text).stem.upper() not in ABOUT_FOLDER]
    tables = [file for file in files if has_suffix(file, DATASET_SUFFIXES)]
    if tables and prose:
        raise SynthBuilderError(
            f"{name} holds both texts ({prose[0]}) and tables ({tables[0]}).",
            cause="It is not plain which of them are the documents.",
            todo=f"Name the files, as in {name.rstrip('/')}/**/*{PurePosixPath(tables[0]).suffix}.",
        )
    return bool(tables) or (not prose and any(has_suffix(file, OTHER_TABLE_SUFFIXES) for file in files))


def _open_files(files: NamedFiles, name: str) -> Source:
    texts = [file for file in files if has_suffix(file, TEXT_SUFFIXES)]
    tables = [file for file in files if has_suffix(file, TABLE_SUFFIXES)]
    if len(texts) == len(files):
        return _text_source({file: path.read_bytes for file, path in files.items()})
    if len(tables) == len(files):
        return Source(find_table_columns(files), lambda columns: read_table_files(files, columns.names(), columns.text))
    others = [file for file in files if not has_suffix(file, TEXT_SUFFIXES + TABLE_SUFFIXES)]
    raise SynthBuilderError(
        f"Cannot read {others[0]} as documents."
        if others
        else f"{name} matches both texts ({texts[0]}) and tables ({tables[0]}).",
        todo=f"Name files of one kind: {', '.join(TEXT_SUFFIXES)} or {', '.join(TABLE_SUFFIXES)}.",
    )


def _text_source(files: Mapping[str, Callable[[], bytes]], source_prefix: str = "") -> Source:
    return Source(TEXT_FILE_COLUMNS, lambda columns: read_text_files(files, source_prefix=source_prefix))


def _match_files(pattern: Path, name: str) -> NamedFiles:
    parts = pattern.parts
    fixed = next(count for count, part in enumerate(parts) if glob.has_magic(part))
    root = Path(*parts[:fixed])
    matches = sorted(glob.glob(str(Path(*parts[fixed:])), root_dir=root, recursive=True))
    files = {Path(match).as_posix(): root / match for match in matches if (root / match).is_file()}
    if not files:
        raise SynthBuilderError(
            f"No documents in {name}: no file matches.", todo="Check the pattern and the folder you are in."
        )
    return files


def _open_saved(folder: Path, name: str, split: str) -> Source:
    try:
        saved = datasets.load_from_disk(str(folder))
    except Exception as error:  # whatever `datasets` meets in a broken folder, the user can mend only the folder
        raise SynthBuilderError(f"Cannot read the saved dataset {name}: {_first_line(error)}.") from error
    if isinstance(saved, datasets.DatasetDict):
        saved = _take_split(saved, split, name)
    return _dataset_source(saved, name, source=folder.name)


def _open_local_dataset(folder: Path, name: str, *, config: str | None, split: str, cache_folder: Path) -> Source:
    """Let `datasets` find the files of the split; read those that we can read ourselves, so that errors name them."""
    path = str(folder.resolve())
    license = make_plain(_read_card(folder / "README.md").get("license"))
    try:
        builder = datasets.load_dataset_builder(path, config, cache_dir=str(cache_folder))
        split_files = _take_split(builder.config.data_files or {}, split, name)
    except SynthBuilderError:
        raise
    except Exception as error:  # as in `_open_saved`
        raise SynthBuilderError(f"Cannot read the dataset folder {name}: {_first_line(error)}.") from error
    files = {
        Path(file).relative_to(path).as_posix(): Path(file) for file in sorted(split_files) if file.startswith(path)
    }
    if len(files) == len(split_files) and all(has_suffix(file, TABLE_SUFFIXES) for file in files):
        return _open_files(files, name)._replace(license=license)
    try:
        dataset = datasets.load_dataset(path, config, split=split, cache_dir=str(cache_folder))
    except Exception as error:  # as in `_open_saved`
        raise SynthBuilderError(f"Cannot read the dataset folder {name}: {_first_line(error)}.") from error
    return _dataset_source(dataset, name, source=folder.name, license=license)


def _open_hub_dataset(name: str, *, config: str | None, split: str, revision: str | None) -> Source:
    try:
        # `load_dataset` in its three steps, as only the builder tells the commit.
        builder = datasets.load_dataset_builder(name, config, revision=revision)
        builder.download_and_prepare()
        dataset = builder.as_dataset(split=split)
    except Exception as error:  # `datasets` raises a dozen types for what the user can only mend in these ways
        raise SynthBuilderError(
            f"Cannot load the dataset {name!r} from the Hub: {without_addresses(_first_line(error))}.",
            cause="No such dataset, config, split or revision; or it is private or gated; or there is no connection "
            "(HF_HUB_OFFLINE=1 allows only what is in the cache).",
            todo="Check the id; `hf auth login` for private and gated datasets; a local folder is named as ./folder.",
        ) from None  # a traceback would show the address
    sha = find_commit(builder.hash, revision)
    source = f"{name}@{sha}" if sha else name
    return _dataset_source(dataset, name, source=source, license=_find_hub_license(name, sha))


def find_commit(builder_hash: str | None, revision: str | None) -> str:
    """The commit that a Hub dataset was read at; "" if neither its builder nor a pinned revision tells."""
    return next((name for name in (builder_hash, revision) if name and COMMIT.fullmatch(name)), "")


def _find_hub_license(name: str, sha: str) -> str:
    """The licence on the dataset's card, which `datasets` has put in the cache; no request is made."""
    card = try_to_load_from_cache(name, "README.md", revision=sha or None, repo_type="dataset")
    return make_plain(_read_card(Path(card)).get("license")) if isinstance(card, str) else ""


def _read_card(path: Path) -> dict[str, object]:
    if not path.is_file():
        return {}
    return split_front_matter(path.read_text(encoding="utf-8", errors="replace"))[0]


def _take_split(splits: Mapping[str, T], split: str, name: str) -> T:
    if split not in splits:
        raise SynthBuilderError(
            f"No split {split!r} in {name}: the splits are {', '.join(map(str, splits))}.", todo=SPLIT_TODO
        )
    return splits[split]


def _dataset_source(dataset: datasets.Dataset, name: str, *, source: str, license: str = "") -> Source:
    return Source(dataset.column_names, partial(_read_dataset, dataset, name, make_plain(source)), license)


def _read_dataset(dataset: datasets.Dataset, name: str, source: str, columns: Columns) -> Iterator[RawRow]:
    try:
        for number, values in enumerate(dataset.select_columns(columns.names()), start=1):
            yield RawRow(where=f"{name}, row {number}", values=values, source=source)
    except UnicodeDecodeError as error:
        raise SynthBuilderError(f"{name}: text that is not UTF-8 ({error.reason}).") from error


def _first_line(error: Exception) -> str:
    """The words of the first error in the chain: `datasets` wraps the one that tells."""
    while isinstance(error.__cause__, Exception):
        error = error.__cause__
    return (next(iter(str(error).splitlines()), "") or type(error).__name__).rstrip(".")

"""The search of a shop: BM25 by tantivy over terms that `analysis` makes, with an order that is the same in every build."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import tantivy

from agentgym_env_webshop.analysis import terms

RESULTS = 50
"""How many products a search finds at most."""

_HEAP = 600_000_000
"""Bytes that the writer may fill before it writes a segment: a million products make three, ten thousand make one."""

_LONGEST_QUERY = 4096
"""Characters of a query that are read: nothing that a person types is longer, and a model may say megabytes."""


def engine() -> str:
    """The engine's version: an index belongs to it."""
    return version("tantivy")


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    # Frequencies are enough: no query asks for a phrase.
    builder.add_text_field("terms", stored=False, tokenizer_name="terms", index_option="freq")
    builder.add_unsigned_field("place", stored=False, fast=True)
    return builder.build()


def _register(index: tantivy.Index) -> tantivy.Index:
    # The text is terms already, with blanks between them.
    index.register_tokenizer("terms", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index


def build(folder: Path, documents: Iterable[str]) -> int:
    """Index documents in an empty folder: one thread, one commit. Returns their number.

    :raises ValueError: tantivy's word for a folder that cannot be written.
    """
    index = _register(tantivy.Index(_schema(), path=str(folder)))
    writer = index.writer(_HEAP, 1)
    place = -1
    for place, text in enumerate(documents):
        document = tantivy.Document()
        document.add_text("terms", " ".join(terms(text)))
        document.add_unsigned("place", place)
        writer.add_document(document)
    writer.commit()
    writer.wait_merging_threads()
    return place + 1


class Search:
    """A built index, opened to read. Threads may share it."""

    def __init__(self, folder: Path) -> None:
        index = _register(tantivy.Index.open(str(folder)))
        self._schema = index.schema
        self._searcher = index.searcher()
        # An episode asks the same again when it goes back, and an expert asks what others asked.
        self.find = lru_cache(maxsize=4096)(self._find)

    def __len__(self) -> int:
        return self._searcher.num_docs

    def _find(self, query: str) -> tuple[int, ...]:
        """The places of the best products, at most `RESULTS`; equal scores stand in the order of the catalogue."""
        counted = Counter(terms(query[:_LONGEST_QUERY]))
        if not counted:
            return ()
        parts = [
            (tantivy.Occur.Should, tantivy.Query.boost_query(self._term(term), float(times)))
            for term, times in counted.items()
        ]
        search = tantivy.Query.boolean_query(parts)
        # Within a segment tantivy puts equal scores in the order of the documents, which is the catalogue's, and the last place goes to the
        # first of its equals. Over several segments it would be any of them: then all equals are asked for.
        one = self._searcher.num_segments == 1
        limit = RESULTS if one else RESULTS + 1
        while True:
            hits = self._searcher.search(search, limit, count=False).hits
            if one or len(hits) < limit or hits[-1][0] < hits[RESULTS - 1][0]:
                break
            limit *= 4
        addresses = [address for _, address in hits]
        places = [int(place or 0) for place in self._searcher.fast_field_values("place", addresses)]
        ordered = sorted(zip(hits, places, strict=True), key=lambda found: (-found[0][0], found[1]))
        return tuple(place for _, place in ordered[:RESULTS])

    def _term(self, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, "terms", term, index_option="freq")

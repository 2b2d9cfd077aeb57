"""All problem families, one table; their concepts under the lexicon's names."""

from __future__ import annotations

from synth_builder.offline.teacher.lexicon import canonical
from synth_builder.offline.teacher.write import (
    algebra,
    analysis,
    arithmetic,
    calculus,
    coordinates,
    discrete,
    functions,
    geometry,
    graphs,
    inequalities,
    integration,
    linear_algebra,
    multivariable,
    number_bases,
    numbers,
    probability,
    series,
    solids,
    statistics,
    structures,
    topology,
    trigonometry,
    vector_spaces,
)
from synth_builder.offline.teacher.write.family import Family


def _with_lexicon_names(family: Family) -> Family:
    names = (canonical(concept) or concept for concept in family.concepts)
    return family._replace(concepts=tuple(dict.fromkeys(names)))


FAMILIES: tuple[Family, ...] = tuple(
    _with_lexicon_names(family)
    for area in (
        algebra,
        analysis,
        arithmetic,
        calculus,
        coordinates,
        discrete,
        functions,
        geometry,
        graphs,
        inequalities,
        integration,
        linear_algebra,
        multivariable,
        number_bases,
        numbers,
        probability,
        series,
        solids,
        statistics,
        structures,
        topology,
        trigonometry,
        vector_spaces,
    )
    for family in area.FAMILIES
)

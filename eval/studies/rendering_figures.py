"""The figures of an adaptation whose target each concept has a real picture of: look, variety, retention, likeness."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eval.arrays import unit_rows
from eval.metrics import Array, Features, Measured
from eval.statistics import check_enough, mean_interval, wilson
from eval.study.declaration import StudyFigure, StudyRun
from eval.style_probe import StyleProbe, intra_cluster_diversity, pairwise_diversity

LOOK, PAIRWISE, WITHIN = "target probability", "pairwise diversity", "intra-cluster diversity"
RETENTION, OWN, OTHERS = "retention", "distance to its own target", "distance to other targets"


@dataclass
class RenderingJudges:
    """What judges an adaptation, by the encoder's name and checkpoint: probe, clusters, real targets, the source's.

    ``targets`` and ``sources`` (N, D) are features of the reference's rows: the concept's real target, and what the
    source draws of the same caption and seed.
    """

    style: str
    probes: dict[str, StyleProbe]
    clusters: dict[str, Any]
    targets: Mapping[str, Array]
    sources: dict[str, Array] = field(default_factory=dict)

    def tell_look(self, drawn: Features, run: StudyRun) -> Measured:
        """Return the mean probability of the target's style by the probe."""
        told = self.probes[drawn.encoder].probabilities(drawn.images, self.style)
        return Measured(LOOK, *mean_interval(told, 0, 1), len(told), drawn.encoder)

    def tell_pairwise(self, drawn: Features, run: StudyRun) -> Measured:
        """Return the mean cosine distance of all pairs of pictures."""
        return Measured(PAIRWISE, *pairwise_diversity(drawn.images), len(drawn.images), drawn.encoder)

    def tell_within(self, drawn: Features, run: StudyRun) -> Measured:
        """Return the same within clusters of the real targets."""
        at = self.clusters[drawn.encoder].predict(unit_rows(drawn.images))
        return Measured(WITHIN, *intra_cluster_diversity(drawn.images, at), len(drawn.images), drawn.encoder)

    def tell_retention(self, drawn: Features, run: StudyRun) -> Measured:
        """Return the share of pictures whose nearest one of the source's is their own, of the same caption and seed.

        Each set's mean is taken off, as all pictures shall move: what is left is what tells them from one another.
        """
        sources = self.sources[drawn.encoder][drawn.prompts]
        check_enough(len(sources))
        after, before = (unit_rows(rows - rows.mean(0)) for rows in (drawn.images, sources))
        cosines = after @ before.T
        kept = int((cosines.argmax(1) == np.arange(len(cosines))).sum())
        share = kept / len(cosines)
        return Measured(RETENTION, share, *wilson(share, len(cosines)), len(cosines), drawn.encoder)

    def tell_own(self, drawn: Features, run: StudyRun) -> Measured:
        """Return the mean cosine distance to the concept's own real target."""
        own = self._distances(drawn).diagonal()
        return Measured(OWN, *mean_interval(own, 0, 2), len(own), drawn.encoder)

    def tell_others(self, drawn: Features, run: StudyRun) -> Measured:
        """Return the mean cosine distance to other concepts' real targets."""
        found = self._distances(drawn)
        others = (found.sum(1) - found.diagonal()) / (len(found) - 1)
        return Measured(OTHERS, *mean_interval(others, 0, 2), len(others), drawn.encoder)

    def _distances(self, drawn: Features) -> Array:
        targets = self.targets[drawn.encoder][drawn.prompts]
        return np.asarray(1 - unit_rows(drawn.images) @ unit_rows(targets).T)

    def figures(self) -> tuple[StudyFigure, ...]:
        """Return all of them, for a study."""
        return (
            StudyFigure(LOOK, "higher", self.tell_look),
            StudyFigure(PAIRWISE, "higher", self.tell_pairwise),
            StudyFigure(WITHIN, "higher", self.tell_within),
            StudyFigure(RETENTION, "higher", self.tell_retention),
            StudyFigure(OWN, "lower", self.tell_own),
            StudyFigure(OTHERS, "higher", self.tell_others),
        )
